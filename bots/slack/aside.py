"""What one person alone is told: below what they wrote, where they typed a command, or in a direct message."""

from functools import partial
from typing import Any

from bots.slack.parts import ts_of
from bots.slack.screen import message
from bots.slack.trouble import NO_METHOD
from bots.slack.web import Web, note
from core.contract import Event, Outcome, Press, Verdict
from core.errors import Closed, TooBig
from core.privacy import FILE
from core.trouble import in_the_end

ASIDE_PAUSES = (0.5, 2.0, 8.0)
"""Seconds between two tries to tell one person alone, or to send them a file."""
UNSENT = "Slack did not let me send you the file. Please give the command again."


def whisper(text: str, *, drawn: bool = True) -> dict[str, Any]:
    """What only one person sees."""
    return {**message(text, "", drawn=drawn), "response_type": "ephemeral"}


class Aside:
    """Trouble with it is written down, and goes no further."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def tell(self, event: Event, verdict: Verdict, url: str = "") -> None:
        """`url`: where a slash command wants its answers, which is also where we are not; good for five posts.

        A press has one, too: it reaches who only looks at a channel. Others see what stands in their thread.
        """
        thread = {"thread_ts": root} if (root := ts_of(event.place.thread)) else {}
        content = {**whisper(verdict.text), **thread}
        there = {"channel": event.place.channel, "user": event.author.id}

        async def say() -> None:
            if url and not isinstance(event, Press):
                await self._web.respond(url, content)
                return
            try:
                await self._web.tell("chat.postEphemeral", **content, **there)
            except (Closed, TooBig) as error:
                if error.code == "invalid_blocks":
                    as_written = whisper(verdict.text, drawn=False)
                    await self._web.tell("chat.postEphemeral", **{**content, **as_written}, **there)
                elif url and error.code == "user_not_in_channel":
                    await self._web.respond(url, {**content, "replace_original": False})
                elif error.code in NO_METHOD:  # better seen by all than told to nobody
                    below = {} if event.place.private else {"thread_ts": event.address.get("thread_ts", "")}
                    await self._web.tell("chat.postMessage", **{**below, **content}, channel=event.place.channel)
                else:
                    raise

        if await in_the_end(say, ASIDE_PAUSES, partial(note, call="tell")) and verdict.file:
            await self.hand(event, verdict.file, url)

    async def hand(self, event: Event, file: bytes, url: str) -> None:
        """A file for one person alone comes as a direct message. Who waits for it in vain is told so."""

        async def send() -> None:
            await self._web.upload(FILE, file, await self._direct_to(event.author.id), "")

        if not await in_the_end(send, ASIDE_PAUSES, partial(note, call="hand")):
            await self.tell(event, Verdict(Outcome.TOLD, UNSENT), url)

    async def write_to(self, person: str, text: str) -> None:
        """To somebody who asked nothing. Raises ScreenErrors."""
        await self._web.tell("chat.postMessage", channel=await self._direct_to(person), **message(text, ""))

    async def _direct_to(self, person: str) -> str:
        """The channel of direct messages with somebody."""
        opened = await self._web.tell("conversations.open", users=person)
        return str(opened["channel"]["id"])
