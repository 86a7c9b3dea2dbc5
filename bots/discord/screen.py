"""One answer's messages in a Discord channel, or in answer to a command."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from bots.discord import looks
from bots.discord.parse_interactions import tokens
from bots.discord.parts import is_past, seconds
from bots.discord.rest import (
    BAD_TOKEN,
    BLOCKED,
    EDIT,
    FORBIDDEN,
    GLOBAL,
    OVER,
    POST,
    TOKEN,
    TOKEN_MINUTE,
    TYPING,
    UNREADABLE,
    Answer,
    Rest,
)
from bots.discord.words import EPHEMERAL, LOADING, SUPPRESS_EMBEDS
from core.called import quoted
from core.contract import LABELS, Action, Bucket, Json, Page, Turn
from core.errors import Closed, ScreenError, Shut, Uncertain, Vanished
from core.outside import Payload, object_in, objects_in, size_in, text_in
from core.text import REST_IN_FILE

SIZE = 2_000
"""Code points of a message."""
TYPING_SECONDS = 8.0
"""Discord's typing goes out after 10."""
SECONDARY, DANGER = 2, 4
RINGS_NOBODY: Mapping[str, Json] = {"parse": []}
RINGS_ASKER: Mapping[str, Json] = {"parse": [], "replied_user": True}
"""A reply rings whom it answers, and nobody else, whatever its text says."""

WATCHED_SECONDS = 60.0
"""How long whoever asked looks at the answer. An edit rings nobody: what ends later than that ends in a new message."""
MENTION = "\n-# <@{asker}>"
"""Below what shall ring somebody whose question is no message: a command."""
MENTION_SIZE = len(MENTION) + 20

MOST_QUOTED = 300
"""Characters of a command's question that stand above its answer."""

BUCKETS = {"post": POST, "edit": EDIT, "status": TYPING}
REST_FILE = "answer.md"
"""The rest of a text that was too long."""
NO_FILES = "*Too long, and I may attach no file: ask for parts.*"
BLOCKED_HERE = "*The rules of this server (AutoMod) or of Discord do not let me show this answer.*"


def content(text: str, buttons: Sequence[Action] = (), turn: str = "") -> dict[str, Json]:
    """A message that pings nobody and shows no preview."""
    return {
        "content": looks.looks(text).strip() or "…",
        "components": [{"type": 1, "components": [_button(action, turn) for action in buttons]}] if buttons else [],
        "flags": SUPPRESS_EMBEDS,
        "allowed_mentions": RINGS_NOBODY,
    }


def _button(action: Action, turn: str) -> Mapping[str, Json]:
    style = DANGER if action is Action.STOP else SECONDARY
    return {"type": 2, "style": style, "label": LABELS[action], "custom_id": f"{action}:{turn}"}


def _head(asked: str) -> str:
    """What a command asked, on one line: Discord shows to all who gave it, and to nobody what it says."""
    words = " ".join(asked.split()).replace("```", "'''")
    return quoted(words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED].rstrip()}…")


def _is_loading(message: Payload) -> bool:
    """Whether it says "is thinking"."""
    return bool(size_in(message, "flags") & LOADING)


def _buttons_of(message: Payload) -> Iterator[str]:
    """Their custom ids."""
    rows = objects_in(message, "components")
    return (text_in(button, "custom_id") for row in rows for button in objects_in(row, "components"))


def _looks_of(message: Payload) -> tuple[str, ...]:
    """Its words and its buttons."""
    return (text_in(message, "content"), *_buttons_of(message))


class DiscordScreen:
    """The messages of one answer: written with an interaction's token while it is good, else as the bot itself.

    A call that cannot work as it was meant says Uncertain once; the next one goes the other way.
    """

    speaks = False
    status_seconds = TYPING_SECONDS
    lasts = False
    tables_apart = False
    most_pieces = 0

    def __init__(self, rest: Rest, turn: Turn) -> None:
        address, place = turn.message.address, turn.message.place
        self._rest = rest
        self._turn = turn.id
        self._known = set(turn.shown)
        self._channel = address.get("channel", "") or place.thread or place.channel
        self._asked = address.get("message", "")
        self._interaction = address.get("interaction", "")
        self._original = address.get("original", "")
        self._is_alone = bool(address.get("alone"))
        self._is_bound = self._is_alone or bool(address.get("bound"))
        self._token = address.get("token", "") if self._is_good(address, turn.shown) else ""
        self._tokens = tokens(address, time.time())
        self._had_token = bool(self._token)
        self._without_token = set[str]()
        """What no token of ours changes: the bot posted it as itself, or Discord says so."""
        self._is_blocked, self._may_attach, self._may_ring = False, True, not self._is_bound
        self._is_thinking = bool(self._interaction) and not turn.shown and not self._original
        """Whether "is thinking" stands in the place of an answer, as far as is known."""
        # Of a message that is asked about by its menu Discord shows the beginning, until its author deletes it.
        is_shown = self._asked or not self._interaction or turn.message.quoted
        self.head = "" if is_shown else _head(turn.message.text)
        self._shows_head = bool(self.head)
        self._asker = turn.message.author.id
        self._ringing = set(turn.shown)
        self._named = set[str]()
        """Messages below which stands whom they are for."""
        self._is_again, self._tried = turn.attempt > 1, set[str]()
        self._older: dict[str, str] = {}
        """What a post found in its place, by its nonce: of that Discord makes no second one, whatever the words are."""
        self._came = seconds(self._interaction) if self._interaction else 0.0  # to press a button, or type a command

    def _is_good(self, address: Mapping[str, str], shown: tuple[str, ...]) -> bool:
        """Of what is there already, a button's token is good for the message that it is on."""
        if is_past(float(address.get("until") or 0), time.time()):
            return False
        return not self._original or self._is_bound or shown in {(), (self._original,)}

    @property
    def size(self) -> int:
        return SIZE if self._asked or self._is_bound else SIZE - MENTION_SIZE

    def measure(self, text: str) -> int:
        return looks.measure(text)

    def buckets(self, call: str) -> Sequence[Bucket]:
        """What a call spends: an interaction's own budget, or the channel's and the bot's. A post's stays the same."""
        rest = self._rest
        if self._had_token and call in {"post", "edit"}:
            return tuple(rest.bucket(name, self._interaction) for name in (TOKEN, TOKEN_MINUTE))
        if call == "status" and not self._may_type:
            return ()
        everywhere = rest.bucket(GLOBAL)
        if call not in BUCKETS:
            return (everywhere,)
        return (rest.bucket(BUCKETS[call], self._channel), everywhere)

    def unnoticed(self, id: str) -> bool:
        told = [seconds(one) for one in self._ringing if int(one) <= int(id)]
        return self._may_ring and is_past(max((self._came, *told)) + WATCHED_SECONDS, time.time())

    async def post(self, page: Page, nonce: str) -> str:
        if self._is_thinking and not self._token and not self._is_alone:
            raise Uncertain("token")  # "is thinking" is found and taken away
        newest = max(self._known, key=int, default="")
        rings = not newest or self.unnoticed(newest)
        by_token = self._token and not (newest and rings)  # what comes by a token rings nobody
        try:
            posted = await (self._post_by_token(page) if by_token else self._post(page, nonce, rings=rings))
        except Closed as error:
            if by_token or not self._token:
                raise
            self._may_ring = False  # a command is answered also where we may not write
            raise Uncertain(error.code) from None
        id = str(posted["id"])
        self._known.add(id)
        if not by_token:
            self._without_token.add(id)
        if rings:
            self._ringing.add(id)
        if rings and not by_token and not self._asked:
            self._named.add(id)
        if nonce in self._older:
            raise Uncertain("nonce")  # it is found, and edited
        return id

    async def edit(self, id: str, page: Page) -> None:
        await self._change("PATCH", id, page)

    async def remove(self, id: str) -> None:
        await self._change("DELETE", id)

    async def _change(self, method: str, id: str, page: Page | None = None) -> None:
        body = self._content(page, is_named=id in self._named) if page else None
        if self._token and id not in self._without_token:
            try:
                await self._hook(method, self._hooked(id), body, page, token=self._token_of(id))
            except Shut:
                raise
            except Vanished as error:
                if self._is_alone:
                    raise
                self._without_token.add(id)
                raise Uncertain(error.code) from None
            return
        try:
            await self._send(method, f"{self._messages()}/{id}", body, page, EDIT if page else "")
        except Closed as error:
            if self._token and self._is_bound:  # it stands for good, so another takes its place
                raise Vanished(error.code) from None
            raise

    async def status(self, text: str) -> None:
        """Discord knows typing only, which goes by itself."""
        if text and self._may_type:
            await self._rest.typing(self._channel)

    @property
    def _may_type(self) -> bool:
        """Whether there is no other sign: a command shows "is thinking" from the beginning."""
        return not self._is_bound and not (self._is_thinking and self._token)

    async def find(self, nonce: str) -> str | None:
        """The message with this nonce; where Discord no longer tells it, the one that can only be it."""
        if nonce in self._older:
            return self._older[nonce]
        try:
            found = await (self._answer() if self._is_thinking and self._token else self._ours())
        except (Closed, Vanished):  # we may write here, but not read
            found = ()
        if self._is_thinking and not self._token:
            self._is_thinking = False
            await self._think_no_more(found)
        same = [one for one in found if one.get("nonce") == nonce] or [one for one in found if self._is_next(one)]
        if not same:
            return None
        self._is_thinking = False
        id = str(same[0]["id"])
        self._known.add(id)
        self._ringing.add(id)
        if not same[0].get("interaction_metadata"):
            self._without_token.add(id)
        return id

    # As the bot itself

    def _messages(self) -> str:
        if self._is_alone:
            raise Closed("token")
        return f"/channels/{self._channel}/messages"

    async def _post(self, page: Page, nonce: str, *, rings: bool) -> Answer:
        """One answer rings once, and again when it took long."""
        content = self._content(page, is_named=rings and not self._asked)
        body = {**content, "nonce": nonce, "enforce_nonce": True}
        if rings and self._asked:
            body["message_reference"] = {"message_id": self._asked, "fail_if_not_exists": False}
        may_be_there = self._is_again or nonce in self._tried
        self._tried.add(nonce)
        try:
            posted = await self._send("POST", self._messages(), body, page, POST)
        except Closed as error:
            if error.code != UNREADABLE or not self._asked:
                raise
            self._asked = ""
            raise Uncertain(error.code) from None
        if may_be_there and _looks_of(posted) != _looks_of(body):
            self._older[nonce] = str(posted["id"])
        return posted

    async def _ours(self) -> Sequence[Payload]:
        """What we wrote here since the question."""
        if self._is_alone:
            return ()
        since = self._original or self._asked or self._interaction or "0"
        found: Sequence[Answer] = await self._rest.messages(self._channel, after=since)
        return [one for one in found if one["author"]["id"] == self._rest.bot.user]

    async def _think_no_more(self, found: Sequence[Payload]) -> None:
        """Without its token no answer takes that place. What cannot be taken away stands above the answer."""
        for one in found:
            if _is_loading(one) and text_in(object_in(one, "interaction_metadata"), "id") == self._interaction:
                with suppress(ScreenError):
                    await self._rest.call("DELETE", f"{self._messages()}/{text_in(one, 'id')}")

    def _is_next(self, message: Payload) -> bool:
        """Whether it is of this turn and not yet known: by its buttons, its command, the question that it replies to.

        A notice replies to that question, too, but rings nobody.
        """
        told: Answer = message
        if told["id"] in self._known or _is_loading(message):
            return False
        if any(id.endswith(f":{self._turn}") for id in _buttons_of(told)):
            return True
        command = (told.get("interaction_metadata") or {}).get("id")
        if command or self._had_token:
            return bool(command == self._interaction)
        answered = (told.get("message_reference") or {}).get("message_id")
        is_rung = any(one.get("id") == self._asker for one in told.get("mentions") or ())
        return not told.get("nonce") and is_rung and bool(self._asked) and bool(answered == self._asked)

    # With an interaction's token

    async def _post_by_token(self, page: Page) -> Answer:
        body = self._content(page)
        if not self._is_thinking:
            body["flags"] = SUPPRESS_EMBEDS | (EPHEMERAL if self._is_alone else 0)
            return await self._hook("POST", "", body, page)
        try:
            answered = await self._hook("PATCH", "/messages/@original", body, page)
        except Vanished as error:
            self._is_thinking = False
            raise Uncertain(error.code) from None
        self._is_thinking, self._original = False, str(answered["id"])
        return answered

    async def _answer(self) -> Sequence[Payload]:
        """The answer to the command; none while it "is thinking"."""
        return (await self._hook("GET", "/messages/@original"),)

    def _hooked(self, id: str) -> str:
        return f"/messages/{'@original' if id == self._original else id}"

    def _token_of(self, id: str) -> str:
        """The one that a message was made with: the newest before it. A button's is good for its message as well."""
        made_with = (token for interaction, token in self._tokens if interaction < int(id))
        return self._token if id == self._original else next(made_with, self._token)

    async def _hook(
        self, method: str, path: str, body: dict[str, Json] | None = None, page: Page | None = None, *, token: str = ""
    ) -> Answer:
        token = token or self._token
        where = f"/webhooks/{self._rest.bot.application}/{token}{path}"
        try:
            return await self._send(method, where, body, page, TOKEN, signed=False)
        except Closed as error:
            if error.code not in OVER:
                raise
            self._tokens = [one for one in self._tokens if one[1] != token]
            self._token = "" if token == self._token else self._token
            raise Uncertain(error.code) from None

    # Either way

    def _content(self, page: Page, *, is_named: bool = False) -> dict[str, Json]:
        """`is_named`: with whom it is for below it, unless the page is full because it was to be a reply."""
        may_ring = RINGS_ASKER if self._asked else RINGS_NOBODY
        text = page.text if self._shows_head else page.text.removeprefix(self.head)
        text = text if self._may_attach else text.replace(REST_IN_FILE, NO_FILES)
        shown = content(BLOCKED_HERE if self._is_blocked else text, page.buttons, self._turn)
        named = f"{shown['content']}{MENTION.format(asker=self._asker)}"
        if is_named and len(named) <= SIZE:
            return {**shown, "content": named, "allowed_mentions": {"parse": [], "users": [self._asker]}}
        return {**shown, "allowed_mentions": may_ring}

    async def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Json] | None,
        page: Page | None,
        bucket: str,
        *,
        signed: bool = True,
    ) -> Answer:
        """The rest of a text that was too long goes along; what went along before and does not now is taken away."""
        file = (REST_FILE, page.file) if page and page.file and self._may_attach else None
        if body is not None:
            body["attachments"] = [{"id": 0, "filename": REST_FILE}] if file else []
        try:
            return await self._rest.call(method, path, body, file=file, bucket=bucket, signed=signed)
        except Closed as error:
            if error.code in BLOCKED and self._shows_head:
                self._shows_head = False  # it may be the question alone that is not let through
            elif error.code in BLOCKED and not self._is_blocked:
                self._is_blocked = True
            elif error.code == FORBIDDEN and file:
                self._may_attach = False
            elif error.code == BAD_TOKEN:
                pass  # it will be replaced: what is not finished waits for who has the new one
            else:
                raise
            raise Uncertain(error.code) from None
