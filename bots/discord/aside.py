"""What one person alone is told: in a direct message, for a channel has no other way, or by a sign."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from bots.discord import looks
from bots.discord.rest import POST, TIMEOUT, UNREADABLE, Rest, note
from bots.discord.screen import MENTION, SIZE, content
from core.contract import Command, Event, Json, Verdict
from core.errors import Closed
from core.newest import Newest
from core.privacy import FILE
from core.text import pages
from core.trouble import in_the_end

FILE_SECONDS = 60.0
"""What such a file may take: it is up to 8 MiB."""
SIGN = "⏳"
"""Not now: for whoever was told so not long ago, or takes no direct messages."""
ABOUT = "-# About https://discord.com/channels/{space}/{channel}/{message}"
NO_WAY = "What I have to say is for you alone, and I cannot write to you directly. Use `/{}`: only you see its answer."
MOST_KNOWN = 5_000
ASIDE_PAUSES = (0.5, 2.0, 8.0)
"""Seconds between two tries: what came through is not said again."""


class Aside:
    """Trouble with it is written down, and goes no further."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._direct = Newest[str, str](MOST_KNOWN)
        self._signed = Newest[str, str](MOST_KNOWN)
        """Messages below which a sign stands, and their channels."""

    async def tell(self, event: Event, verdict: Verdict) -> None:
        await in_the_end(lambda: self._tell(event, verdict), ASIDE_PAUSES, partial(note, call="tell"))

    async def write_to(self, person: str, text: str) -> None:
        """To somebody who asked nothing. Raises ScreenErrors."""
        await self._post(await self._direct_to(person), text, person)

    def is_signed(self, message: str) -> bool:
        return message in self._signed

    async def unsign(self, message: str) -> None:
        """What was not for now is answered."""
        if channel := self._signed.pop(message, ""):
            await in_the_end(
                partial(self._call_sign, "DELETE", channel, message), ASIDE_PAUSES, partial(note, call="sign")
            )

    async def _tell(self, event: Event, verdict: Verdict) -> None:
        address = event.address
        if not (verdict.text or verdict.file):
            await self._sign(event)
        elif event.place.private and not address.get("interaction"):
            await self._say(event, verdict, address.get("channel", ""))
        else:
            try:
                await self._say(event, verdict, await self._direct_to(event.author.id), ABOUT)
            except Closed:  # they take no messages from us
                await self._otherwise(event, verdict)

    async def _otherwise(self, event: Event, verdict: Verdict) -> None:
        """Whoever must wait sees a sign; other words are a reply that rings nobody. A command had its answer.

        What is somebody's own is no words for all to read: those only say by which command they get it.
        """
        if event.address.get("interaction"):
            return
        if verdict.own or verdict.file:
            command = event.name if isinstance(event, Command) and event.name != "ask" else "usage"
            verdict = replace(verdict, text=NO_WAY.format(command), file=b"")
        if verdict.retry_after:
            try:
                await self._sign(event)
            except Closed:  # that takes a permission, too
                await self._say(event, verdict, event.address.get("channel", ""))
        else:
            await self._say(event, verdict, event.address.get("channel", ""))

    async def _say(self, event: Event, verdict: Verdict, channel: str, about: str = "") -> None:
        """`about`: the message that it is about, where that stands elsewhere; without, it is a reply to that."""
        message = event.address.get("message", "")
        where = {"space": event.place.space, "channel": event.address.get("channel", ""), "message": message}
        text = f"{verdict.text}\n{about.format(**where)}" if about and message else verdict.text
        try:
            await self._post(channel, text, event.id, file=verdict.file, replied_to="" if about else message)
        except Closed as error:
            if error.code != UNREADABLE:
                raise
            await self._post(channel, text, event.id, file=verdict.file, named=event.author.id)

    async def _post(
        self, channel: str, text: str, id: str, *, file: bytes = b"", replied_to: str = "", named: str = ""
    ) -> None:
        """`id`: of what it is about; the same words on that within minutes are said once. `named`: for whom."""
        reply: Mapping[str, Json] = {"message_id": replied_to, "fail_if_not_exists": False}
        name = MENTION.format(asker=named) if named else ""
        for number, page in enumerate(pages(text, SIZE - len(name), looks.measure)):
            nonce = hashlib.sha256(f"{id}\n{number}\n{text}".encode("utf-8", "replace")).hexdigest()[:25]
            body: dict[str, Json] = {**content(page.text), "nonce": nonce, "enforce_nonce": True}
            body["content"] = f"{body['content']}{name}"
            if replied_to:
                body["message_reference"] = reply
            beside = (FILE, file) if file and not number else None
            path, seconds = f"/channels/{channel}/messages", FILE_SECONDS if beside else TIMEOUT
            await self._rest.call("POST", path, body, file=beside, bucket=POST, seconds=seconds)

    async def _sign(self, event: Event) -> None:
        channel, message = event.address.get("channel", ""), event.address.get("message", "")
        if not message:
            return
        await self._call_sign("PUT", channel, message)
        self._signed[message] = channel

    async def _call_sign(self, method: str, channel: str, message: str) -> None:
        await self._rest.call(method, f"/channels/{channel}/messages/{message}/reactions/{quote(SIGN)}/@me")

    async def _direct_to(self, person: str) -> str:
        """The channel of direct messages with somebody."""
        if person not in self._direct:
            opened = await self._rest.call("POST", "/users/@me/channels", {"recipient_id": person})
            self._direct[person] = str(opened["id"])
        return self._direct[person]
