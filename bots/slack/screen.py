"""Slack's Web API, call by call, and one answer's place in a thread."""

import asyncio
import hashlib
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bots.slack import markup
from bots.slack.parse import Bot, People, Profile, profile
from bots.slack.trouble import FROZEN, hopeful, trouble
from core.contract import Action, Bucket, Json, Page, Place, Turn
from core.errors import Closed, FileError, ScreenError, Throttled, Unasked, Uncertain, Vanished

LOG = logging.getLogger("slack_bolt.parley")
LOG.setLevel(logging.WARNING)  # for the SDK to write into: below this it formats whole requests and answers

TIMEOUT = 5.0
"""Seconds of one call: less than a lease, so that no call outlives the turn it was made for."""
SIZE = 11_500
"""Characters of a page. A message's `markdown` blocks may hold 12,000, a whole message about 13,200."""
PATIENCE, KNOWN_SECONDS, MOST_KNOWN = 1.0, 3600.0, 5_000
"""Who somebody is: seconds to ask (an event waits for it), how long the answer counts, how many are kept."""
PAGES, LIMIT, THREADS = 10, 200, 10
"""How far back is read: calls for one thread, messages a call, threads of one channel."""

LABELS = {
    Action.STOP: "Stop",
    Action.REGENERATE: "Regenerate",
    Action.CONTINUE: "Continue",
    Action.RETRY: "Try again",
}
EVENT_TYPE = "parley"
NO_FILE = "Slack does not let me attach the rest of this answer here. Ask me to go on, or for a shorter one."

Answer: TypeAlias = Mapping[str, Any]

_NO_STATUS = frozenset(
    (
        *("unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope", "not_allowed_token_type"),
        *("not_allowed", "no_permission", "access_denied", "accesslimited", "ekm_access_denied"),
    )
)
_NO_STATUS_HERE = frozenset(("method_not_supported_for_channel_type", "channel_type_not_supported"))
_HOSTS = ("slack.com", "slack-files.com", "slack-gov.com")
_CHUNK = 65_536
_DOWNLOAD = aiohttp.ClientTimeout(total=60, sock_read=10)
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


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
        self._known: dict[str, tuple[Profile, float]] = {}  # by id, until when
        self.speechless: set[str] = set()
        """Channels that take no status line; "" for all: then it is not tried again."""

    async def tell(self, method: str, **arguments: Json) -> Answer:
        """A call that changes something: its arguments as JSON."""
        return (await _called(self.client.api_call(method, json=arguments))).data  # type: ignore[return-value]  # of JSON it is a dict

    async def ask(self, method: str, **arguments: Json) -> Answer:
        """A call that looks something up, or takes no JSON: its arguments in the query."""
        return (await _called(self.client.api_call(method, params=arguments))).data  # type: ignore[return-value]  # of JSON it is a dict

    async def identity(self) -> frozenset[str]:
        """Ask who we are. The scopes that our token has; none when Slack does not tell."""
        answer = await _called(self.client.auth_test())
        told = {key: str(answer.get(key) or "") for key in ("user_id", "bot_id", "team_id", "enterprise_id", "user")}
        self.bot = Bot(told["user_id"], told["bot_id"], told["team_id"], told["enterprise_id"], told["user"])
        scopes = str(answer.headers.get("x-oauth-scopes", ""))
        return frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())

    async def connection(self, app_token: str) -> None:
        """Ask for a websocket's address, only to see whether this token may."""
        await _called(self.nameless.apps_connections_open(app_token=app_token))

    async def meet(self) -> None:
        """Learn who the members are, all at once: then nobody's first question waits for it."""
        for user in (await self.ask("users.list", limit=1_000)).get("members", ()):
            self._known[str(user["id"])] = profile(user, self.bot), time.monotonic() + KNOWN_SECONDS

    async def people(self, ids: Iterable[str]) -> People:
        """Who these are. Raises Throttled or Uncertain when Slack cannot tell now and did not tell before."""
        wanted = tuple(ids)
        return dict(zip(wanted, await asyncio.gather(*map(self._profile, wanted)), strict=True))

    async def _profile(self, id: str) -> Profile:
        now = time.monotonic()
        known, until = self._known.get(id, (None, 0.0))
        if known is not None and now < until:
            return known
        try:
            async with asyncio.timeout(PATIENCE):
                found = profile((await self.ask("users.info", user=id)).get("user", {}), self.bot)
        except (Throttled, Uncertain, TimeoutError):
            if known is None:
                raise Uncertain("users.info") from None
            return known
        except ScreenError:  # Slack does not show this person to us
            found = Profile("", trusted=False)
        self._known[id] = found, now + KNOWN_SECONDS
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return found

    async def replies(self, channel: str, thread: str, **arguments: Json) -> AsyncIterator[Answer]:
        """A thread, its root first, oldest first; the first PAGES * LIMIT of what `arguments` leave of it."""
        async for said in self._all("conversations.replies", channel=channel, ts=thread, **arguments):
            yield said

    async def _all(self, method: str, **arguments: Json) -> AsyncIterator[Answer]:
        cursor: dict[str, Json] = {}
        for _ in range(PAGES):
            found = await self.ask(method, limit=LIMIT, **arguments, **cursor)
            for said in found.get("messages", ()):
                yield said
            cursor = {"cursor": (found.get("response_metadata") or {}).get("next_cursor", "")}
            if not cursor["cursor"]:
                return

    async def since(self, place: Place, oldest: str) -> AsyncIterator[Answer]:
        """What was said at a place after `oldest` (a ts); in a channel also in the newest of its threads."""
        if place.thread:
            root = place.thread.partition(":")[2]
            async for said in self.replies(place.channel, root, oldest=oldest):
                if said.get("ts") != root:
                    yield said
            return
        newest_first = self._all("conversations.history", channel=place.channel, oldest=oldest)
        newest_last = [said async for said in newest_first][::-1]
        for said in newest_last:
            yield said
        threads = [said["ts"] for said in newest_last if str(said.get("latest_reply", "")) > oldest]
        for ts in threads[-THREADS:]:
            async for said in self.since(replace(place, thread=f"{place.channel}:{ts}"), oldest):
                yield said

    async def rooms(self, kinds: str) -> Sequence[Answer]:
        """What the bot is in, of these kinds: channels, direct messages."""
        found: list[Answer] = []
        cursor: dict[str, Json] = {"cursor": ""}
        for _ in range(PAGES):
            part = await self.ask("users.conversations", types=kinds, exclude_archived="true", limit=LIMIT, **cursor)
            found += part.get("channels", ())
            cursor = {"cursor": (part.get("response_metadata") or {}).get("next_cursor", "")}
            if not cursor["cursor"]:
                break
        return found

    async def upload(self, name: str, content: bytes, channel: str, thread: str) -> None:
        """Share a file: ask for an address, send the bytes there, say where it belongs."""
        slot = await self.ask("files.getUploadURLExternal", filename=name, length=len(content))
        if not is_slack(str(slot["upload_url"]), self._api_url):
            raise Closed("upload_host")
        try:
            async with self._session.post(
                slot["upload_url"], data=content, proxy=self.client.proxy, timeout=_DOWNLOAD, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise Uncertain(f"http_{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Uncertain("upload") from None
        files = json.dumps([{"id": slot["file_id"], "title": name}])
        place = {"channel_id": channel} | ({"thread_ts": thread} if thread else {})
        await self.ask("files.completeUploadExternal", files=files, **place)

    async def download(self, id: str, at_most: int) -> bytes:
        """A file's bytes. Raises FileError."""
        try:
            file = (await self.ask("files.info", file=id))["file"]
        except ScreenError as error:
            raise FileError(_advice(error)) from None
        if int(file.get("size") or 0) > at_most:
            raise FileError("This file is too large for me.")
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if not is_slack(url, self._api_url):
            raise FileError("This file is not kept in Slack, so I cannot read it.")
        content = await self._fetch(url, at_most)
        is_html = str(file.get("mimetype", "")) == "text/html" and len(content) == file.get("size")
        if _HTML.match(content[:1000]) and not is_html:  # Slack's way of saying no: 200, and a page to sign in
            raise FileError("Slack did not give me this file. The app may lack the files:read scope.")
        return content

    async def _fetch(self, url: str, at_most: int) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        content = bytearray()
        try:
            async with self._session.get(
                url, headers=headers, allow_redirects=False, timeout=_DOWNLOAD, proxy=self.client.proxy
            ) as response:
                if response.status != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
                    raise FileError("Slack did not give me this file. Please try to send it again.")
                async for chunk in response.content.iter_chunked(_CHUNK):
                    content += chunk
                    if len(content) > at_most:
                        raise FileError("This file is too large for me.")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise FileError("I could not fetch this file from Slack. Please try again.") from None
        return bytes(content)


def is_slack(url: str, api_url: str) -> bool:
    """Whether our token may go there: to Slack's own hosts over TLS, or to where SLACK_API_URL is."""
    try:
        parts, own = urlsplit(url), urlsplit(api_url)
        host, port = parts.hostname or "", parts.port
        if (parts.scheme, host, port) == (own.scheme, own.hostname, own.port):
            return True
    except ValueError:
        return False
    is_known = any(host == known or host.endswith(f".{known}") for known in _HOSTS)
    return parts.scheme == "https" and port in {None, 443} and is_known


def _client(api_url: str, session: aiohttp.ClientSession, token: str | None = None) -> AsyncWebClient:
    """The SDK's client as it should be: no retry of its own (it could post twice), one session for all."""
    made = AsyncWebClient(
        token=token, base_url=api_url, session=session, timeout=int(TIMEOUT), retry_handlers=[], logger=LOG
    )
    if urlsplit(api_url).hostname in {"127.0.0.1", "localhost", "::1"}:
        made.proxy = None  # it takes HTTPS_PROXY from the environment, also for this machine
    return made


async def _called(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
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
        case "file_not_found" | "file_deleted":
            return "This file is gone."
    return "I could not fetch this file from Slack. Please try again."


def blocks(text: str, buttons: Sequence[Action] = (), turn: str = "") -> list[Mapping[str, Json]]:
    """A message as Slack draws it: Markdown, and a row of buttons below."""
    made: list[Mapping[str, Json]] = [{"type": "markdown", "text": text}]
    if buttons:
        made.append({"type": "actions", "elements": [_button(action, turn) for action in buttons]})
    return made


def _button(action: Action, turn: str) -> Mapping[str, Json]:
    label = {"type": "plain_text", "text": LABELS[action]}
    return {"type": "button", "action_id": f"{action}:{turn}", "text": label}


def message(markdown: str, asker: str, buttons: Sequence[Action] = (), turn: str = "") -> Mapping[str, Json]:
    """The content of a message that pings nobody but the asker and fetches nothing."""
    return {
        "text": markup.notification(markdown),
        "blocks": blocks(markup.quiet(markdown, asker) or "…", buttons, turn),
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


class SlackScreen:
    """The messages of one answer, in the thread of its question."""

    size = SIZE
    speaks = True

    def __init__(self, web: Web, turn: Turn) -> None:
        self._web = web
        self._turn = turn.id
        address = turn.message.address
        self._channel = address.get("channel", "") or turn.message.place.channel
        self._thread = address.get("thread_ts", "")
        self._asked = address.get("ts", "") or self._thread
        self._asker = turn.message.author.id
        self._shared = False

    def measure(self, text: str) -> int:
        return markup.measure(text)

    def buckets(self, call: str) -> Sequence[Bucket]:
        """What Slack publishes (docs.slack.dev/apis/web-api/rate-limits).

        chat.update: tier 3, 50 a minute in a workspace. chat.postMessage: one a second in a channel, with bursts of no
        published length: 3 in any 3 s never ask for more than a burst of 3. setStatus has no number; slack's Java SDK
        counts it like chat.postMessage, with "generous burst behavior".
        """
        match call:
            case "edit":
                return (Bucket("slack.chat.update", self._web.bot.team, 50, 60),)
            case "post":
                return (Bucket("slack.chat.postMessage", self._channel, 3, 3),)
            case "status":
                return (Bucket("slack.assistant.threads.setStatus", self._channel, 10, 10),)
        return ()

    def unnoticed(self, id: str) -> bool:
        """Who is in a thread sees that it changes, and of a second post he would be told as of a second answer."""
        return False

    async def post(self, page: Page, nonce: str) -> str:
        metadata: Json = {"event_type": EVENT_TYPE, "event_payload": {"nonce": nonce}}
        place = {"thread_ts": self._thread} if self._thread else {}
        with hopeful():
            posted = await self._web.tell(
                "chat.postMessage", channel=self._channel, **place, **self._content(page), metadata=metadata
            )
        ts = str(posted["ts"])
        if self._thread and not posted.get("message", {}).get("thread_ts"):
            # Whoever deletes his question does not want its answer in the channel, where Slack puts it then.
            await self.remove(ts)
            raise Unasked("thread_not_found")
        try:
            await self._share(page.file)
        except Throttled as error:
            raise Uncertain(error.code) from None  # the message stands: it must be found, not posted again
        return ts

    async def edit(self, id: str, page: Page) -> None:
        try:
            with hopeful():
                await self._web.tell("chat.update", channel=self._channel, ts=id, **self._content(page))
                await self._share(page.file)
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
        if not self._thread or self._web.speechless & {"", self._channel}:
            return
        try:
            await self._web.tell(
                "assistant.threads.setStatus",
                channel_id=self._channel,
                thread_ts=self._thread,
                status=markup.status(text),
            )
        except (Closed, Vanished) as error:  # it is only an ornament
            if error.code in _NO_STATUS:
                self._web.speechless.add("")
            elif error.code in _NO_STATUS_HERE:
                self._web.speechless.add(self._channel)

    async def find(self, nonce: str) -> str | None:
        with hopeful():
            async for message in self._replies(include_all_metadata=True):
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("nonce") == nonce:
                    return str(message["ts"])
        return None

    def _content(self, page: Page) -> Mapping[str, Json]:
        return message(page.text, self._asker, page.buttons, self._turn)

    async def _share(self, rest: bytes) -> None:
        """The rest of a text that was too long, once: its name tells whether it is there."""
        if not rest or self._shared:
            return
        name = f"answer-{hashlib.sha256(self._turn.encode()).hexdigest()[:8]}.md"
        async for message in self._replies():
            if any(file.get("name") == name for file in message.get("files", ())):
                break
        else:
            await self._upload(name, rest)
        self._shared = True

    async def _upload(self, name: str, rest: bytes) -> None:
        try:
            await self._web.upload(name, rest, self._channel, self._thread)
        except Closed:  # a workspace may allow no uploads: whoever reads shall not wait for the rest
            place = {"thread_ts": self._thread} if self._thread else {}
            await self._web.tell("chat.postMessage", channel=self._channel, **place, **message(NO_FILE, self._asker))

    async def _replies(self, **arguments: Json) -> AsyncIterator[Answer]:
        """Our own messages in the thread since the question."""
        if not self._thread:
            return
        async for message in self._web.replies(self._channel, self._thread, oldest=self._asked, **arguments):
            if message.get("bot_id") == self._web.bot.id or message.get("user") == self._web.bot.user:
                yield message
