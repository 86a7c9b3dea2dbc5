"""Slack's Web API, one call at a time: what goes wrong has a name, and nothing is tried twice."""

import asyncio
import json
import logging
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.parts import NAME, Bot, People, Profile, profile, room
from bots.slack.trouble import NO_METHOD, trouble
from core.contract import Json
from core.downloads import TRANSFER, download, is_kept
from core.errors import Closed, FileError, ScreenError, Throttled, Uncertain
from core.network import proxy_for
from core.newest import Newest
from core.trouble import note as note_of

LOG = logging.getLogger("slack_bolt.parley")
LOG.setLevel(logging.WARNING)  # for the SDK to write into: below this it formats whole requests and answers

TIMEOUT = 5.0
"""Seconds of one call: less than a lease, so that no call outlives the turn it was made for."""
CALL = aiohttp.ClientTimeout(total=TIMEOUT)
PROFILE_SECONDS = 1.0
"""Seconds for asking who somebody is: an event waits for it."""
KNOWN_SECONDS = 3600.0
"""How long the answer to that counts."""
MOST_KNOWN = 5_000
"""People of whom that is kept."""
MET = 1_000
"""Members that one call tells of, when all are met."""
MOST_ASKED = 40
"""Calls of users.info, of 100 a minute, that are made for one event."""
MOST_IDLY = 70
"""Calls of it in a minute after which nobody is looked up who writes in threads that we take no part in: whoever asks
us beside many strangers needs some, too."""
PAGES = 10
"""Calls that read back in one place."""
LIMIT = 200
"""Messages that each of them asks for."""
CALLS = 20
"""Calls that read a thread that is quoted: there are 50 a minute, and a hiccup has them made again."""
QUOTED_LIMIT = 500
"""Messages that each of these asks for. Slack gives up to 1,000, but has TIMEOUT for it."""
NEWEST = 2_000
"""Messages of such a thread that are kept beside its root."""
MOST_SAID = 1_000_000
"""Characters of their texts: no question has room for so many, and Slack would tell 80 million."""
MOST_TITLES = 1_000
HOSTS = ("slack.com", "slack-files.com", "slack-gov.com")
"""They alone, and what is below them, see our token."""

Found = TypeVar("Found")
Answer: TypeAlias = Mapping[str, Any]
Call: TypeAlias = Callable[[], Awaitable[Answer]]
Through: TypeAlias = Callable[[Call], Awaitable[Answer]]
"""Makes the calls of what takes several, each in its time."""
note = partial(note_of, NAME)
"""Write down which trouble Slack gave, and with what."""

_ROOMS = ("C", "G")
"""So begin the ids of channels."""
_HIDDEN = ("user_not_found", "user_not_visible", "channel_not_found")
_CANVAS, _LIST = "canvas", "Slack list"
_NO_BYTES = {
    **dict.fromkeys(("canvas", "quip", "docs", "application/vnd.slack-docs"), _CANVAS),
    **dict.fromkeys(("list", "application/vnd.slack-list"), _LIST),
}
"""What a file of this mode or type is, where it has no bytes that we could read."""
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


async def straight(call: Call) -> Answer:
    return await call()


class Web:
    """The Web API with one token and one session. Whatever fails is a ScreenError; nothing is tried twice."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession) -> None:
        self._token = token
        self._session = session
        self._api_url = api_url
        self.client = _client(api_url, session, token)
        self.nameless = _client(api_url, session)
        """Without our token: for Bolt and its sockets, which bring the app-level one."""
        self.bot = Bot("", "", "")
        """Who we are; `identity` learns it."""
        self._known = Newest[str, tuple[Profile, float]](MOST_KNOWN)  # by id, until when
        self._tells_who = False  # of somebody it has told where they belong: it has the call for that
        self._asked_at = deque[float](maxlen=MOST_IDLY)
        self.titles = Newest[str, str](MOST_TITLES)
        """What the files are called that were read last, by id: of another company's a message does not tell."""
        self.speechless: set[str] = set()
        """Channels that take no status line: there it is not tried again."""
        self.has_sessions = False
        """Whether they take a session in the place of its words: Slack has ended those."""
        self.is_speechless = False
        """Whether no channel takes either."""

    async def tell(self, method: str, **arguments: Json) -> Answer:
        """A call that changes something: its arguments as JSON."""
        return (await called(self.client.api_call(method, json=arguments))).data  # type: ignore[return-value]  # of JSON it is a dict

    async def query(self, method: str, **arguments: Json) -> Answer:
        """A call that takes its arguments in the query: those that look something up, and those that share a file."""
        return (await called(self.client.api_call(method, params=arguments))).data  # type: ignore[return-value]  # of JSON it is a dict

    async def identity(self) -> frozenset[str]:
        """Ask who we are. The scopes that our token has; none when Slack does not tell."""
        answer = await called(self.client.auth_test())
        told = {key: str(answer.get(key) or "") for key in ("user_id", "bot_id", "team_id", "enterprise_id", "user")}
        self.bot = Bot(told["user_id"], told["bot_id"], told["team_id"], told["enterprise_id"], told["user"])
        scopes = str(answer.headers.get("x-oauth-scopes", ""))
        return frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())

    async def connection(self, app_token: str) -> None:
        """Ask for a websocket's address, only to see whether this token may."""
        await called(self.nameless.apps_connections_open(app_token=app_token))

    async def meet(self) -> None:
        """Learn who the members are, up to MOST_KNOWN at once: then nobody's first question waits for it."""
        async for members in self._pages("users.list", "members", MOST_KNOWN // MET, MET):
            for user in members:
                self._learn(str(user["id"]), profile(user, self.bot))

    async def people(self, ids: Iterable[str], channel: str = "", *, idly: bool = False) -> People:
        """Who these are, and what the channels among them are called. Of whom Slack tells nothing is not among them.

        Of many whom we do not know the first MOST_ASKED are asked for, people first; `idly`, where they are among
        themselves, only as long as enough calls are left. `channel`: where they were named. To another company, with
        which that is shared, no channel is.
        """
        found = tuple(dict.fromkeys(ids))
        rooms = [id for id in found if id.startswith(_ROOMS)]
        at_home = [channel] if rooms and channel.startswith(_ROOMS) else []
        known = await self._who([id for id in found if id not in rooms] + at_home + rooms, idly=idly)
        if all(id in known and known[id].trusted for id in at_home):
            return known
        return {id: who for id, who in known.items() if not id.startswith(_ROOMS)}

    async def _who(self, wanted: Sequence[str], *, idly: bool) -> People:
        now = time.monotonic()
        known = {id: self._known[id] for id in wanted if id in self._known}
        asked = [id for id in wanted if id not in known or known[id][1] <= now][:MOST_ASKED]
        while self._asked_at and self._asked_at[0] <= now - 60:
            self._asked_at.popleft()
        asked = asked[: MOST_IDLY - len(self._asked_at)] if idly else asked
        self._asked_at += [now] * len(asked)
        found = zip(asked, await asyncio.gather(*map(self._profile, asked)), strict=True)
        return {id: who for id, (who, _) in known.items()} | {id: who for id, who in found if who is not None}

    async def _profile(self, id: str) -> Profile | None:
        try:
            async with asyncio.timeout(PROFILE_SECONDS):
                found = await self._asked(id)
        except (Throttled, Uncertain, TimeoutError):
            return None
        self._learn(id, found)
        return found

    def _learn(self, id: str, found: Profile) -> None:
        """Where that tells not whether somebody is a guest, it is asked again: a proxy may have said it."""
        if found.trusted is not None:
            self._known[id] = found, time.monotonic() + KNOWN_SECONDS
            self._tells_who = self._tells_who or not id.startswith(_ROOMS)

    async def _asked(self, id: str) -> Profile:
        """Somebody whom Slack does not show to us is a stranger; what else it says is not of them, and passes."""
        try:
            if id.startswith(_ROOMS):
                return room((await self.query("conversations.info", channel=id)).get("channel", {}))
            return profile((await self.query("users.info", user=id)).get("user", {}), self.bot)
        except (Throttled, Uncertain):
            raise
        except ScreenError as error:
            if error.code in NO_METHOD and not self._tells_who:
                return Profile("")
            if error.code not in _HIDDEN:
                raise Uncertain(error.code) from None
            return Profile("", trusted=False)

    async def replies(
        self, channel: str, thread: str, through: Through = straight, /, **arguments: Json
    ) -> AsyncIterator[Answer]:
        """A thread, its root first, oldest first; the first PAGES * LIMIT of what `arguments` leave of it."""
        where = {"channel": channel, "ts": thread, **arguments}
        async for page in self._pages("conversations.replies", "messages", PAGES, LIMIT, through, **where):
            for said in page:
                yield said

    async def thread(self, channel: str, root: str, **span: str) -> Sequence[Answer]:
        """What was said in a thread before `latest`, after `oldest` (a ts each), oldest first: its root, the newest."""
        first: Answer | None = None
        newest, size = deque[Answer](), 0
        replies = self._pages(
            "conversations.replies", "messages", CALLS, QUOTED_LIMIT, channel=channel, ts=root, **span
        )
        async for page in replies:  # oldest first: the end can only be read up to
            for said in page:
                if said.get("ts") == root:
                    first = said
                    continue
                newest.append(said)
                size += len(said.get("text") or "")
                while len(newest) > NEWEST or size > MOST_SAID:
                    size -= len(newest.popleft().get("text") or "")
        return (first, *newest) if first else tuple(newest)

    async def _pages(
        self,
        method: str,
        key: str,
        calls: int = PAGES,
        limit: int = LIMIT,
        through: Through = straight,
        /,
        **arguments: Json,
    ) -> AsyncIterator[Sequence[Answer]]:
        """What stands at `key` of each answer."""
        cursor: dict[str, Json] = {}
        for _ in range(calls):
            found = await through(partial(self.query, method, limit=limit, **arguments, **cursor))
            yield found.get(key, ())
            cursor = {"cursor": (found.get("response_metadata") or {}).get("next_cursor", "")}
            if not cursor["cursor"]:
                return

    async def history(self, channel: str, oldest: str, through: Through) -> Sequence[Answer]:
        """A channel's messages, oldest first: those after `oldest` (a ts), and those before that come with them.

        Those may be roots of threads that go on. Slack is told no bound: it begins with the newest page only where it
        is given no `oldest`, or a `latest` too, for which our clock would have to be right.
        """
        found: list[Answer] = []
        async for page in self._pages("conversations.history", "messages", PAGES, LIMIT, through, channel=channel):
            found += page
            if found and found[-1]["ts"] <= oldest:
                break
        return found[::-1]

    async def since(self, channel: str, oldest: str, **arguments: Json) -> AsyncIterator[Answer]:
        """A channel's own messages after `oldest` (a ts): the first PAGES * LIMIT, of each call newest first."""
        where = {"channel": channel, "oldest": oldest, **arguments}
        async for page in self._pages("conversations.history", "messages", **where):
            for said in page:
                yield said

    async def rooms(self, kinds: str) -> Sequence[Answer]:
        """What the bot is in, of these kinds: channels, direct messages."""
        pages = self._pages("users.conversations", "channels", types=kinds, exclude_archived="true")
        return [room async for page in pages for room in page]

    async def upload(self, name: str, content: bytes, channel: str, thread: str) -> None:
        """Share a file: ask for an address, send the bytes there, say where it belongs."""
        slot = await self.query("files.getUploadURLExternal", filename=name, length=len(content))
        await self._send("upload", str(slot["upload_url"]), content, TRANSFER)
        files = json.dumps([{"id": slot["file_id"], "title": name}])
        place = {"channel_id": channel} | ({"thread_ts": thread} if thread else {})
        await self.query("files.completeUploadExternal", files=files, **place)

    async def respond(self, url: str, content: Mapping[str, Json]) -> None:
        """Answer a slash command where it was typed: at its response_url, which lives for half an hour."""
        await self._send("respond", url, json.dumps(content).encode(), CALL, "application/json")

    async def _send(
        self, call: str, url: str, body: bytes, within: aiohttp.ClientTimeout, kind: str = "application/octet-stream"
    ) -> None:
        """What goes to an address that Slack gave. It needs no token."""
        if not is_kept(url, HOSTS, self._api_url):
            raise Closed(f"{call}_host")
        try:
            async with self._session.post(
                url,
                data=body,
                headers={"Content-Type": kind},
                proxy=self.client.proxy,
                timeout=within,
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    is_over_soon = response.status >= 500 or response.status in {408, 429}
                    raise (Uncertain if is_over_soon else Closed)(f"http_{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Uncertain(call) from None

    async def download(self, id: str, at_most: int) -> bytes:
        """A file's bytes. Raises FileError; Throttled and Uncertain of what is over soon."""
        try:
            file = (await self.query("files.info", file=id))["file"]
        except (Throttled, Uncertain):
            raise
        except ScreenError as error:
            raise FileError(_advice(error)) from None
        kind = _NO_BYTES.get(file.get("mode")) or _NO_BYTES.get(file.get("mimetype"))
        name = "" if kind == _LIST else file.get("name")  # that of each of them is "list"
        self.titles[id] = str(name or file.get("title") or "")
        if int(file.get("size") or 0) > at_most:
            raise FileError("This file is too large for me.")
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if not is_kept(url, HOSTS, self._api_url):
            raise FileError("This file is not kept in Slack, so I cannot read it.")
        if kind:
            raise FileError(f"I cannot read a {kind}. Please copy what matters into your message.")
        content = await download(
            self._session, url, at_most, "Slack", {"Authorization": f"Bearer {self._token}"}, self.client.proxy
        )
        is_whole = len(content) == file.get("size")  # and may be a page that somebody wrote
        if _HTML.match(content[:1000]) and not is_whole:  # Slack's way of saying no: 200, and a page to sign in
            raise FileError("Slack did not give me this file. The app may lack the files:read scope.")
        return content


def _client(api_url: str, session: aiohttp.ClientSession, token: str | None = None) -> AsyncWebClient:
    """The SDK's client as it should be: no retry of its own (it could post twice), one session for all."""
    made = AsyncWebClient(
        token=token, base_url=api_url, session=session, timeout=int(TIMEOUT), retry_handlers=[], logger=LOG
    )
    made.proxy = proxy_for(api_url)  # the SDK's own choice heeds no NO_PROXY, and is one for this machine, too
    return made


async def called(call: Awaitable[Found]) -> Found:
    """The one place where trouble with a call gets its name. The SDK's errors hold whole answers: they stay here."""
    try:
        return await call
    except SlackApiError as error:
        raise trouble(error.response) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Uncertain(type(error).__name__) from None
    except (AttributeError, ValueError):  # what answered was no JSON object, so it was not Slack
        raise Uncertain("no_answer_of_slack") from None


def _advice(error: ScreenError) -> str:
    match error.code:
        case "missing_scope":
            return "I may not read files here: the app lacks the files:read scope."
        case "file_deleted":
            return "This file is gone."
        case "file_not_found":
            return "I cannot see this file: it was deleted, or shared where I am not."
    return "I could not fetch this file from Slack. Please try again."
