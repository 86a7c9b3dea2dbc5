"""Discord's REST API, one call at a time: what goes wrong has a name, and nothing is tried twice."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from bots.discord.parts import NAME
from bots.discord.words import Bot
from core import __version__, trouble
from core.contract import Bucket, Json
from core.downloads import download, is_kept
from core.errors import Closed, FileError, ScreenError, Shut, Throttled, TooBig, Uncertain, Unfit, Vanished
from core.outside import Payload

TIMEOUT = 5.0
"""Seconds of one call: less than a lease, so that no call outlives the turn it was made for."""
THROTTLED_SECONDS = 10.0
"""Seconds to wait when Discord refuses and does not say how long."""
MOST_MESSAGES = 100
"""The most that one call reads; where it finds fewer, there are no more."""
HOSTS = ("cdn.discordapp.com", "media.discordapp.net")

GLOBAL, POST, EDIT, TYPING = "discord.global", "discord.post", "discord.edit", "discord.typing"
TOKEN, TOKEN_MINUTE = "discord.token", "discord.token.minute"
PUBLISHED: Mapping[str, tuple[int, float]] = {
    POST: (5, 5.0),
    EDIT: (5, 5.0),
    TYPING: (5, 5.0),
    TOKEN: (5, 2.0),
    TOKEN_MINUTE: (30, 60.0),
    GLOBAL: (50, 1.0),
}
"""Calls and seconds to begin with: Discord publishes only the last, the others were seen by many; headers tell them.

Of an interaction's token they tell one of two limits; the other shows in a 429, which asks for a wait of 40 s and more.
"""
LONG = 10.0
"""Seconds: a longer wait is that for a token's longer window."""

OVER = frozenset(("10015", "10062", "50027"))
"""Codes of an interaction's token that is no good any more."""
UNREADABLE = "160002"
"""We may write here, but not reply: that takes Read Message History."""
ACKNOWLEDGED = "40060"
BAD_TOKEN = "http_401"  # noqa: S105  # Discord has no number for it
BLOCKED = frozenset(("200000", "240000"))
"""A server's AutoMod took offence, or Discord's filter for harmful links."""
FORBIDDEN = "50013"
"""We lack a permission."""
_UNSERVED = frozenset(("http_404", "http_405", "http_501"))
"""There is no such call, as a stand-in with fewer of them says. Discord has them all: there it is over in a moment."""
_GONE, _ARCHIVED = 10008, 50083
_AILING = frozenset((40004, 40006, 40333, 130000))
"""Discord has switched something off for now, its network fails, or it is overloaded: no word on what we may."""
_LIMITS = frozenset((20016, 20022, 20028, 20029, 30046, 31002, 40003, 40062))
"""Limits, whatever the status: slow mode, edits of announcements, writes to a channel and to a server, edits of what is
older than an hour, a service's, new direct messages, a service's again."""
_INVALID = 50035
_LARGE = re.compile(r"BASE_TYPE_MAX_LENGTH|MAX_MESSAGE_LENGTH")
_REFUSED = frozenset((_INVALID, 50006, 200000, 200001, 240000))
"""What is written is not taken: a form that Discord does not like, nothing at all, what a server's rules filter."""

Answer: TypeAlias = Any  # JSON of Discord's, whose shape each endpoint documents
note = partial(trouble.note, NAME)
"""Write down which trouble Discord gave, and with what."""


class Rest:
    """The API with one token and one session. Whatever fails is a ScreenError; its code is Discord's number."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession) -> None:
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": f"DiscordBot (parley, {__version__})"}
        self._api = api_url.rstrip("/")
        self._is_real = (urlsplit(self._api).hostname or "").endswith("discord.com")
        self._session = session
        self._learnt: dict[str, tuple[int, float]] = {}
        self.bot = Bot("", "")
        """Who we are; `identity` learns it."""

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        file: tuple[str, bytes] | None = None,
        bucket: str = "",
        signed: bool = True,
        query: Mapping[str, str | int] | None = None,
        seconds: float = TIMEOUT,
    ) -> Answer:
        """One call, and its JSON. `signed`: with our token; interactions bring their own in the path.

        `bucket` is what it spends: a 429 is told of it, headers are learnt for it. `seconds`: what it may take.
        """
        headers = {key: value for key, value in self._headers.items() if signed or key != "Authorization"}
        data = _form(body, *file) if file else None
        try:
            async with self._session.request(
                method,
                self._api + path,
                json=None if file else body,
                data=data,
                params=query,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                found = _parsed(await response.read())
                self._learn(bucket, response.headers)
                if not 200 <= response.status < 300 or found is None:
                    raise _trouble(response.status, response.headers, found, bucket)
                return found
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Uncertain(type(error).__name__) from None

    async def told(self, path: str, query: Mapping[str, str | int] | None = None) -> Answer:
        """What Discord knows, {} where there is no such call. Raises ScreenError."""
        try:
            return await self.call("GET", path, query=query)
        except ScreenError as error:
            if self._is_unserved(error):
                return {}
            raise

    def _is_unserved(self, error: ScreenError) -> bool:
        return error.code in _UNSERVED and not self._is_real

    async def identity(self) -> Payload:
        """Ask who we are. What Discord says of our application."""
        user = await self.call("GET", "/users/@me")
        application: Payload = await self.call("GET", "/oauth2/applications/@me")
        self.bot = Bot(str(user["id"]), str(application["id"]), str(user.get("username") or ""))
        return application

    async def messages(self, channel: str, **where: str | int) -> Sequence[Payload]:
        """Up to MOST_MESSAGES of a channel, oldest first: those next to the id that is said as `after` or `before`."""
        query = {"limit": MOST_MESSAGES, **where}
        found: Sequence[Payload] = await self.told(f"/channels/{channel}/messages", query) or ()
        return found[::-1]

    async def typing(self, channel: str) -> None:
        await self.call("POST", f"/channels/{channel}/typing", bucket=TYPING)

    def bucket(self, name: str, scope: str = "") -> Bucket:
        """What may be spent of it, as far as we know."""
        calls, seconds = self._learnt.get(name, PUBLISHED[name])
        return Bucket(name, scope, calls, seconds)

    def _learn(self, bucket: str, headers: Mapping[str, str]) -> None:
        """The first call of a window tells how many calls it has, and how long it is."""
        limit, left = headers.get("X-RateLimit-Limit", ""), headers.get("X-RateLimit-Remaining", "")
        if not bucket or not limit.isdecimal() or not left.isdecimal() or int(left) != int(limit) - 1:
            return
        after = _number(headers.get("X-RateLimit-Reset-After", ""))
        if after > 0:
            self._learnt[_of_two(bucket, after)] = int(limit), round(after + 0.05, 1)

    # Files

    async def download(self, ref: str, at_most: int) -> bytes:
        """The bytes of a file, by the `ref` that parse made. Raises FileError; what is over soon, too."""
        channel, message, attachment, path = (*ref.split(":", 3), "", "", "")[:4]
        try:
            url = await self._address(channel, message, attachment, path)
        except (Throttled, Uncertain):
            raise
        except ScreenError:
            raise FileError("This file is gone, or I may not read it.") from None
        if not is_kept(url, HOSTS, self._api):
            raise FileError("This file is not kept by Discord, so I cannot read it.")
        return await download(self._session, url, at_most, "Discord")

    async def _address(self, channel: str, message: str, attachment: str, path: str) -> str:
        """A fresh address: those of yesterday are over. What we may not read again Discord signs anew."""
        try:
            found = await self.told(f"/channels/{channel}/messages/{message}")
        except (Closed, Vanished):
            found = {}
        holders = [found, *(one.get("message") or {} for one in found.get("message_snapshots") or ())]
        for one in (one for holder in holders for one in holder.get("attachments") or ()):
            if one.get("id") == attachment:
                return str(one.get("url") or "")
        if not path:
            raise Vanished("attachment")
        try:
            fresh = await self.call("POST", "/attachments/refresh-urls", {"attachment_urls": [self._cdn + path]})
        except ScreenError as error:
            if self._is_unserved(error):  # where nothing is signed anew, nothing is signed
                return self._cdn + path
            raise
        return str((fresh.get("refreshed_urls") or [{}])[0].get("refreshed") or "")

    @property
    def _cdn(self) -> str:
        api = urlsplit(self._api)
        return f"https://{HOSTS[0]}" if self._is_real else f"{api.scheme}://{api.netloc}"


def _form(body: Json, name: str, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    kind = "application/json" if name.endswith(".json") else "text/markdown"
    form.add_field("files[0]", content, filename=name, content_type=kind)
    return form


def _parsed(raw: bytes) -> Answer:
    """None: it is of what stands before Discord, which answers in HTML or plain text."""
    try:
        return json.loads(raw) if raw else {}
    except ValueError:
        return None


def _trouble(status: int, headers: Mapping[str, str], answer: Answer, bucket: str) -> ScreenError:
    """The one place where trouble with a call gets its name. What is not Discord's own word says nothing for good.

    A 429 of Cloudflare, or of whoever else stands before Discord, is for all that comes from this machine.
    """
    told = answer if isinstance(answer, Mapping) else {}
    number = told.get("code")
    code = str(number) if isinstance(number, int) and number else f"http_{status}"
    if status == 429 or number in _LIMITS:
        wait = _number(told.get("retry_after")) or _number(headers.get("Retry-After", "")) or THROTTLED_SECONDS
        is_everywhere = told.get("global") or not told
        return Throttled(GLOBAL if is_everywhere else _of_two(bucket, wait) or code, retry_after=wait)
    if status >= 500 or number in _AILING or not (isinstance(number, int) or status == 413):
        return Uncertain(code)
    if number in (_GONE, _ARCHIVED):
        return Vanished(code) if number == _GONE else Shut(code)
    is_large = number == _INVALID and _LARGE.search(json.dumps(told.get("errors")))
    if is_large or status == 413:
        return TooBig(code)
    return Unfit(code) if number in _REFUSED else Closed(code)


def _of_two(bucket: str, seconds: float) -> str:
    """The budget that is meant: of a token's two the one whose window may be that long."""
    return TOKEN_MINUTE if bucket == TOKEN and seconds > LONG else bucket


def _number(value: object) -> float:
    try:
        return max(float(str(value)), 0.0)
    except ValueError:
        return 0.0
