"""One answer's place in a Slack thread."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from bots.slack import markup, tables
from bots.slack.parts import is_by_us
from bots.slack.trouble import FROZEN, NO_METHOD, hopeful
from bots.slack.web import Answer, Web, note
from core.contract import LABELS, Action, Bucket, Json, Page, Turn
from core.errands import Errands
from core.errors import Closed, ScreenError, Throttled, Unasked, Uncertain, Unfit, Vanished
from core.trouble import in_the_end

SIZE = 11_500
"""Characters of a page. A message's `markdown` blocks may hold 12,000, a whole message about 13,200."""
MOST_PIECES = 45
"""Slack makes several blocks of a `markdown` block, and takes 50. The rest: a line to come, a note, the buttons."""
SECTION = 1_500
"""Characters of a block of plain text. It may hold 3,000; a character may count as two."""
STATUS_SECONDS = 60.0
"""Half of the two minutes for which Slack shows a status: one that is lost, or waits for its turn, leaves no gap."""
SESSION = "agents.sessions.setStatus"
SESSION_SECONDS = 1_800.0
"""The same of the hour for which a session is shown as processing."""
SESSIONS = 25
"""Sessions that begin in a minute. Slack takes 50 calls: the others are for their ends."""
REST_PAUSES = (1.0, 5.0, 30.0, 60.0)
"""Seconds between two tries to end one."""

EVENT_TYPE = "parley"
NO_FILE = "Slack does not let me attach the rest of this answer here. Please ask for a shorter one, or for its parts."

_NO_CALL = frozenset((*NO_METHOD, "feature_not_enabled", "feature_disabled", "missing_scope", "not_allowed_token_type"))
"""What is said of a call that the app cannot make, whatever it asks for."""
_NO_THREADS = "restricted_action_non_threadable_channel"
"""What is said where a channel's admins have switched threads off."""
_NO_STATUS_HERE = frozenset(
    (
        *("method_not_supported_for_channel_type", "channel_type_not_supported"),
        *("not_allowed", "not_authorized", "no_permission", "access_denied", "accesslimited", "ekm_access_denied"),
    )
)


def message(
    markdown: str, asker: str, buttons: Sequence[Action] = (), turn: str = "", *, drawn: bool = True
) -> Mapping[str, Json]:
    """The content of a message that pings nobody but the asker and fetches nothing. `drawn`: as Markdown."""
    text = markup.quiet(markdown, asker) or "…"
    blocks = [{"type": "markdown", "text": tables.lone(text)}] if drawn else [*_sections(text)]
    return {
        "text": markup.notification(markdown),
        "blocks": [*blocks, *_row(buttons, turn)],
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _sections(text: str) -> Iterator[Mapping[str, Json]]:
    """A text as it is written, parted at the ends of lines where there are some."""
    while text:
        end = len(text) if len(text) <= SECTION else text.rfind("\n", 0, SECTION) + 1 or SECTION
        yield {"type": "section", "expand": True, "text": {"type": "plain_text", "text": text[:end], "emoji": False}}
        text = text[end:]


def _row(buttons: Sequence[Action], turn: str) -> Iterator[Mapping[str, Json]]:
    if buttons:
        yield {"type": "actions", "elements": [_button(action, turn) for action in buttons]}


def _button(action: Action, turn: str) -> Mapping[str, Json]:
    label = {"type": "plain_text", "text": LABELS[action]}
    return {"type": "button", "action_id": f"{action}:{turn}", "text": label}


async def at_rest(web: Web, channel: str, thread: str) -> None:
    """Say of a thread's session that nothing goes on there any more: Slack would show that something does."""
    rest = partial(web.tell, SESSION, channel_id=channel, thread_ts=thread, status="active")
    await in_the_end(rest, REST_PAUSES, partial(note, call="status"))


def _short(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:8]


class SlackScreen:
    """The messages of one answer, in the thread of its question."""

    size = SIZE
    tables_apart = True
    most_pieces = MOST_PIECES
    head = ""

    def __init__(self, web: Web, turn: Turn, errands: Errands) -> None:
        """`errands`: what goes on beside an answer, and after it."""
        self._web = web
        self._errands = errands
        self._turn = turn.id
        address = turn.message.address
        self._channel = address.get("channel", "") or turn.message.place.channel
        self._thread = self._root = address.get("thread_ts", "")
        self._asked = address.get("ts", "") or self._thread
        self._asker = turn.message.author.id
        self._stem = f"answer-{_short(turn.of or turn.id)}"
        """So begin the names of the files of an answer, and of all that it replaces."""
        self._name = f"{self._stem}-{_short(turn.id)}.md" if turn.of else f"{self._stem}.md"
        self._has_shared, self._is_anew = False, bool(turn.of)
        self._is_drawn = True

    @property
    def speaks(self) -> bool:
        return not self._web.has_sessions

    @property
    def status_seconds(self) -> float:
        return SESSION_SECONDS if self._web.has_sessions else STATUS_SECONDS

    @property
    def lasts(self) -> bool:
        return self._web.has_sessions

    def measure(self, text: str) -> int:
        return markup.measure(text)

    def buckets(self, call: str) -> Sequence[Bucket]:
        """What Slack publishes (docs.slack.dev/apis/web-api/rate-limits).

        chat.update: tier 3, 50 a minute in a workspace. chat.postMessage: one a second in a channel, with bursts of no
        published length: 3 in any 3 s never ask for more than a burst of 3. setStatus has no number; slack's Java SDK
        counts it like chat.postMessage, with "generous burst behavior". That of sessions is of tier 3.
        """
        match call:
            case "edit":
                return (Bucket("slack.chat.update", self._web.bot.team, 50, 60),)
            case "post":
                return (Bucket("slack.chat.postMessage", self._channel, 3, 3),)
            case "status" if self._web.has_sessions:
                return (Bucket(f"slack.{SESSION}", self._web.bot.team, SESSIONS, 60),)
            case "status":
                return (Bucket("slack.assistant.threads.setStatus", self._channel, 10, 10),)
        return ()

    def unnoticed(self, id: str) -> bool:
        """Whoever is in a thread sees it change, and would take a second post for a second answer."""
        return False

    async def post(self, page: Page, nonce: str) -> str:
        metadata: Json = {"event_type": EVENT_TYPE, "event_payload": {"nonce": nonce}}
        with hopeful():
            try:
                posted = await self._posted(page, metadata)
            except Closed as error:
                if error.code != _NO_THREADS or not self._thread:
                    raise
                self._thread = ""  # then it stands in the channel, below its question
                posted = await self._posted(page, metadata)
        ts, said = str(posted["ts"]), posted.get("message")
        if self._thread and said and not said.get("thread_ts") and await self._is_thread_gone():
            # Whoever deletes their question does not want its answer in the channel, where Slack puts it then.
            await self.remove(ts)
            raise Unasked("thread_not_found")
        await self._share(ts, page)
        return ts

    async def _is_thread_gone(self) -> bool:
        """Asked only where it seems so: not everything that speaks as Slack does tells where a message stands."""
        try:
            await self._web.query("conversations.replies", channel=self._channel, ts=self._thread, limit=1)
        except ScreenError as error:
            return isinstance(error, Unasked)
        return False

    async def _posted(self, page: Page, metadata: Json) -> Answer:
        place = {"thread_ts": self._thread} if self._thread else {}
        return await self._paint("chat.postMessage", page, **place, metadata=metadata)

    async def edit(self, id: str, page: Page) -> None:
        try:
            with hopeful():
                await self._paint("chat.update", page, ts=id)
                await self._share(id, page)
        except Closed as error:
            if error.code not in FROZEN:
                raise
            with suppress(Closed):  # the workspace may let nobody delete either
                await self.remove(id)
            raise Vanished(error.code) from None

    async def remove(self, id: str) -> None:
        with suppress(Vanished), hopeful():
            await self._web.tell("chat.delete", channel=self._channel, ts=id)

    async def status(self, text: str) -> None:
        web = self._web
        if not self._root or web.is_speechless or self._channel in web.speechless:
            return
        is_session = web.has_sessions
        try:
            await (self._process(text) if is_session else self._say(text))
        except (Closed, Vanished) as error:  # it is only an ornament
            if error.code in _NO_STATUS_HERE:
                web.speechless.add(self._channel)
            if error.code not in _NO_CALL:
                return
            if not (web.is_speechless if is_session else web.has_sessions):  # it comes for several answers at once
                note(error, "status")
            web.has_sessions, web.is_speechless = True, web.is_speechless or is_session
            await self.status(text)

    async def _say(self, text: str) -> None:
        """What goes on, in words. Slack ends this in February 2027 (docs.slack.dev/changelog/2026/08/20)."""
        where = {"channel_id": self._channel, "thread_ts": self._root}
        said = {"status": markup.status(text), **markup.loading(text)}
        await self._web.tell("assistant.threads.setStatus", **where, **said)

    async def _process(self, text: str) -> None:
        """That something goes on, without words; it stands for an hour, and brings a Stop button of Slack's own."""
        if text:
            await self._web.tell(SESSION, channel_id=self._channel, thread_ts=self._root, status="processing")
        else:
            self._errands.begin(at_rest(self._web, self._channel, self._root))

    async def find(self, nonce: str) -> str | None:
        with hopeful():
            async for message in self._ours(include_all_metadata=True):
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("nonce") == nonce:
                    return str(message["ts"])
        return None

    async def _paint(self, method: str, page: Page, **more: Json) -> Answer:
        """What Slack does not draw (a table with more in it than it takes) stands as it is written.

        It has many words for that, and new ones. It takes a second call; so until a page's end nothing is drawn any
        more.
        """
        if self._is_drawn or page.final:
            try:
                return await self._tell(method, page, more)
            except Unfit:
                self._is_drawn = False
        return await self._tell(method, page, more, drawn=False)

    async def _tell(self, method: str, page: Page, more: Mapping[str, Json], *, drawn: bool = True) -> Answer:
        content = message(page.text, self._asker, page.buttons, self._turn, drawn=drawn)
        return await self._web.tell(method, channel=self._channel, **more, **content)

    async def _share(self, id: str, page: Page) -> None:
        """The rest of a text that was too long, once: its name tells whether it is there.

        It stands where the message `id` does: in the channel when that does. With the last text of an answer that was
        made anew the rest of the one that it replaces goes.
        """
        rest, is_anew = b"" if self._has_shared else page.file, self._is_anew and page.final
        if not rest and not is_anew:
            return
        try:
            ours = [one async for one in self._ours()]
            if any(one["ts"] == id and not one.get("thread_ts") for one in ours):
                self._thread = ""
            shared = [one for one in ours if _shares(one, self._stem)]
            if rest and not any(_shares(one, self._name) for one in shared):
                await self._upload(self._name, rest)
            if is_anew:
                await self._clear_replaced(shared)
        except Throttled as error:
            # The message stands: it must be found, not posted again; and others may be posted and edited.
            raise Uncertain(error.code) from None
        self._has_shared, self._is_anew = self._has_shared or bool(rest), self._is_anew and not is_anew

    async def _clear_replaced(self, shared: Sequence[Answer]) -> None:
        """Take away what of these messages of ours an answer has shared that this one replaces."""
        for one in shared:
            if not _shares(one, self._name):
                with suppress(Closed):  # the workspace may let nobody delete
                    await self.remove(str(one["ts"]))

    async def _upload(self, name: str, rest: bytes) -> None:
        try:
            await self._web.upload(name, rest, self._channel, self._thread)
        except Closed:  # a workspace may allow no uploads: whoever reads shall not wait for the rest
            place = {"thread_ts": self._thread} if self._thread else {}
            await self._web.tell("chat.postMessage", channel=self._channel, **place, **message(NO_FILE, self._asker))

    async def _ours(self, **arguments: Json) -> AsyncIterator[Answer]:
        """`_replies`; none where the app cannot read them: an answer that stands twice is better than none at all."""
        try:
            async for message in self._replies(**arguments):
                yield message
        except Closed as error:
            if error.code not in _NO_CALL:
                raise

    async def _replies(self, **arguments: Json) -> AsyncIterator[Answer]:
        """Our own messages since the question: those in its thread, or in the channel when there are none.

        There an answer stands where threads are switched off, which another process, or screen, does not know.
        """
        is_there = False
        if self._thread:
            async for message in self._web.replies(self._channel, self._thread, oldest=self._asked, **arguments):
                if is_by_us(message, self._web.bot):
                    is_there = is_there or message["ts"] != self._thread  # the root of a slash command is ours
                    yield message
        if is_there or not self._asked or self._thread not in ("", self._asked):
            return
        async for message in self._web.since(self._channel, self._asked, **arguments):
            if is_by_us(message, self._web.bot):
                yield message


def _shares(message: Answer, stem: str) -> bool:
    """Whether it shares a file whose name begins so."""
    return any(str(file.get("name")).startswith(stem) for file in message.get("files", ()))
