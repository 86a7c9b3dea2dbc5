"""A chat service in a simulated world: messages with all their versions, and API calls that may fail in every way.

A call that was sent takes effect, or does not, whatever becomes of who sent it. No call takes effect later than its
caller waits for it: that is what the product's rule "no call begins with a lease that ends sooner" is built upon.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from core.canvas import CALL_SECONDS
from core.contract import Action, Bucket, Page, Turn
from core.errors import ScreenError, Throttled, Uncertain, Vanished
from playground.limits import Limits, Window
from tests.simulator.redis import settle
from tests.simulator.timeline import Loop, Timeline
from tests.simulator.trace import Trace

EDITS, POSTS = Bucket("sim.edit", "team", 60, 60), Bucket("sim.post", "team", 30, 30)
NAME = "sim"
EDITS_LET_THROUGH = Window(60, 60)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who touches a screen: a process, for a turn, under a fence."""

    bot: int
    turn: str
    fence: int


@dataclass(frozen=True, slots=True)
class Version:
    """What a message looked like from `at` on; None: it was removed."""

    at: float
    hand: Hand
    page: Page | None


@dataclass(slots=True)
class Post:
    """A message of the bot. `exchange`: the question's id."""

    id: str
    exchange: str
    nonce: str
    versions: list[Version]

    @property
    def page(self) -> Page | None:
        return self.versions[-1].page


@dataclass(slots=True)
class Mood:
    """Chances of a single call, its latencies in seconds, what is really let through, and who looks how long."""

    refused: float = 0.0
    lost_reply: float = 0.0
    stuck: float = 0.0
    throttled: float = 0.0
    slow: float = 0.0
    connecting: float = 0.05
    least: float = 0.02
    most: float = 0.2
    slowest: float = 4.0
    edits: Window = EDITS_LET_THROUGH
    watched: float = inf
    """How long people look at an answer before only a new message would reach them."""


@dataclass(eq=False)
class Chat:
    """The service. `on_version` hears of each thing that is to be seen."""

    timeline: Timeline
    trace: Trace
    mood: Mood = field(default_factory=Mood)
    posts: dict[str, Post] = field(default_factory=dict)
    is_over: bool = False
    on_version: Callable[[Hand], object] | None = None
    _limits: Limits = field(default_factory=Limits)

    def screen(self, loop: Loop, bot: int, turn: Turn, size: int) -> "Screen":
        return Screen(self, loop, Hand(bot, turn.id, turn.fence), turn.of or turn.id, size)

    def of(self, exchange: str) -> list[Post]:
        """The messages of an exchange that are to be seen, oldest first."""
        return [post for post in self.posts.values() if post.exchange == exchange and post.page]

    # A call on its way

    def call(self, loop: Loop, kind: str, effect: Callable[[], object], future: asyncio.Future[Any]) -> None:
        """Takes effect on the way there, if at all; the answer comes later."""
        random, mood = self.timeline.random, self.mood
        there = random.uniform(mood.least, mood.slowest if random.random() < mood.slow else mood.most)
        back, fate = random.uniform(mood.least, mood.most), self._fate()
        self.timeline.after(there, self._arrive, loop, kind, effect, future, back, fate)

    def _fate(self) -> str:
        draw = self.timeline.random.random()
        for fate in ("refused", "lost_reply", "stuck", "throttled"):
            draw -= getattr(self.mood, fate)
            if draw < 0:
                return fate
        return "fine"

    def _arrive(
        self, loop: Loop, kind: str, effect: Callable[[], object], future: asyncio.Future[Any], back: float, fate: str
    ) -> None:
        result: object
        if fate == "refused":
            result = Uncertain("service_unavailable")
        elif fate == "throttled":
            result = Throttled("", retry_after=self.timeline.random.choice((1.0, 3.0, 12.0)))
        else:
            try:
                self._admit(kind)
                result = effect()
            except ScreenError as error:
                result = error
            if fate == "lost_reply":
                result = Uncertain("connection_lost")
        if fate != "stuck":
            self.timeline.after(back, loop.call_soon, settle, future, result)

    def _admit(self, kind: str) -> None:
        if kind != "edit":
            return
        taken = self._limits.take(EDITS.name, self.mood.edits, self.timeline.now)
        if not taken.passed:
            raise Throttled(EDITS.name, retry_after=float(int(taken.wait) + 1))

    # Effects

    def put(self, hand: Hand, exchange: str, page: Page, nonce: str) -> str:
        id = f"m{len(self.posts) + 1}"
        self.posts[id] = Post(id, exchange, nonce, [])
        self._show(id, hand, page)
        return id

    def change(self, id: str, hand: Hand, page: Page) -> None:
        if id not in self.posts or self.posts[id].page is None:
            raise Vanished("message_not_found")
        self._show(id, hand, page)

    def take_away(self, id: str, hand: Hand) -> None:
        if id not in self.posts or self.posts[id].page is None:
            raise Vanished("message_not_found")
        self._show(id, hand, None)

    def find(self, nonce: str) -> str | None:
        return next((id for id, post in self.posts.items() if post.nonce == nonce and post.page), None)

    def _show(self, id: str, hand: Hand, page: Page | None) -> None:
        post = self.posts[id]
        post.versions.append(Version(self.timeline.now, hand, page))
        look = f"{page.text!r} {'/'.join(page.buttons)}{' final' if page.final else ''}" if page else "removed"
        if self.on_version:
            self.on_version(hand)
        self.trace.note(f"bot {hand.bot}", f"{id} of {post.exchange} for {hand.turn} fence {hand.fence}: {look}")


class Screen:
    """One answer's place on the service: the `Screen` of one simulated process."""

    measure = staticmethod(len)
    speaks = True
    status_seconds = 60.0
    lasts = False
    tables_apart = False
    most_pieces = 0
    head = ""

    def __init__(self, chat: Chat, loop: Loop, hand: Hand, exchange: str, size: int) -> None:
        self._chat = chat
        self._loop = loop
        self._hand = hand
        self._exchange = exchange
        self.size = size

    def buckets(self, call: str) -> Sequence[Bucket]:
        return {"edit": (EDITS,), "post": (POSTS,)}.get(call, ())

    def unnoticed(self, id: str) -> bool:
        return self._chat.timeline.now - self._chat.posts[id].versions[0].at > self._chat.mood.watched

    async def post(self, page: Page, nonce: str) -> str:
        return str(await self._call("post", lambda: self._chat.put(self._hand, self._exchange, page, nonce)))

    async def edit(self, id: str, page: Page) -> None:
        await self._call("edit", lambda: self._chat.change(id, self._hand, page))

    async def remove(self, id: str) -> None:
        await self._call("remove", lambda: self._chat.take_away(id, self._hand))

    async def status(self, text: str) -> None:
        await self._call("status", lambda: None)

    async def find(self, nonce: str) -> str | None:
        found: str | None = await self._call("find", lambda: self._chat.find(nonce))
        return found

    async def _call(self, kind: str, effect: Callable[[], object]) -> Any:
        """It is given up after as long as the product lets a call take."""
        chat = self._chat
        if chat.is_over:
            raise Uncertain("over")
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if chat.timeline.random.random() < chat.mood.connecting:
                    await asyncio.sleep(chat.timeline.random.uniform(0, 0.5))
                future = self._loop.create_future()
                chat.call(self._loop, kind, effect, future)
                self._loop.called(chat.mood.most / 2)
                return await future
        except TimeoutError:
            raise Uncertain("timed_out") from None


def buttons(post: Post) -> tuple[Action, ...]:
    return post.page.buttons if post.page else ()
