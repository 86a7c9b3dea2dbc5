"""Order, once and limits, whatever happens in whatever order: a model of a few lines against the real thing."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from core.contract import Final, Message, Outcome, Person, Place
from core.errors import StaleLease
from core.limits import Limits, Window
from core.store import QUEUE, Claim, Store, Terms, server
from tests.core.store.world import ANN, CHANNEL, CLOCK, World, claimed, exchange, finish, texts, thread

T = TypeVar("T")
PLACES = [CHANNEL, thread("C1:0")]
PEOPLE = [replace(ANN, id=id) for id in ("ann", "bob")]


def line_of(message: Message) -> tuple[object, ...]:
    alone = message.place.thread or message.place.private
    return (message.place, "" if alone else message.author.id)


class Walks(RuleBasedStateMachine):
    """Messages come, late and twice; two workers claim, die, give back, come back from the dead, and finish."""

    socket: Path
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.world = World(self.socket)
        self.do(self.world.__aenter__())
        self.stores: list[Store] = [self.do(self.world.store()) for _ in range(2)]
        self.waiting: dict[object, list[Message]] = defaultdict(list)
        self.begun: dict[object, str] = {}
        self.said: dict[object, list[str]] = defaultdict(list)
        self.fence: dict[str, int] = {}
        self.final: dict[str, str] = {}
        self.known: list[Message] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def teardown(self) -> None:
        self.do(self.world.__aexit__())
        self.loop.close()

    @rule(
        place=st.sampled_from(PLACES), author=st.sampled_from(PEOPLE), late=st.integers(0, 5), store=st.integers(0, 1)
    )
    def accept(self, place: Place, author: Person, late: int, store: int) -> None:
        message = self.world.message(place=place, author=author)
        message = replace(message, at=message.at - late - late / 10, text=f"text of {message.id}")
        line = self.waiting[line_of(message)]

        admission = self.do(self.stores[store].accept(message))

        assert admission.outcome is (Outcome.TOLD if len(line) >= QUEUE else Outcome.ACCEPTED)
        self.known.append(message)
        if admission.outcome is Outcome.ACCEPTED:
            line.append(message)
            line.sort(key=lambda one: one.at)

    @rule(pick=st.integers(0, 10**6), store=st.integers(0, 1))
    def deliver_again(self, pick: int, store: int) -> None:
        if self.known:
            again = self.known[pick % len(self.known)]
            assert self.do(self.stores[store].accept(again)).outcome is Outcome.SEEN

    @rule(target=claims, store=st.integers(0, 1), dead=st.booleans())
    def claim(self, store: int, dead: bool) -> tuple[int, Claim] | None:
        """`dead`: whoever held something is not heard of for longer than a lease."""
        if dead:
            self.world.sleep(11)
        claim = self.do(self.stores[store].claim())
        if claim is None:
            return None
        turn = claim.turn
        line = line_of(turn.message)
        expected = self.begun.get(line) or self.waiting[line][0].id
        assert turn.id == expected
        assert claim.lease.fence >= self.fence.get(turn.id, 0)
        assert (turn.final.text if turn.final else None) == self.final.get(turn.id)
        if turn.final is None:
            assert texts(claim)[1::2] == self.said[turn.message.place]
        self.begun[line] = turn.id
        self.fence[turn.id] = claim.lease.fence
        return store, claim

    def newest(self, claim: Claim) -> bool:
        return self.fence.get(claim.turn.id) == claim.lease.fence

    @rule(held=claims)
    def commit(self, held: tuple[int, Claim] | None) -> None:
        if held is None:
            return
        store, claim = held
        said = f"{claim.turn.id} by {claim.lease.fence}"
        try:
            for text in (said, f"{said} again"):
                self.do(self.stores[store].commit(claim.lease, Final(text), exchange(claim, text)))
        except StaleLease:
            assert not self.newest(claim) or claim.lease.lost
            return
        assert self.newest(claim)
        if claim.turn.id not in self.final:
            self.final[claim.turn.id] = said
            self.said[claim.turn.message.place].append(said)

    @rule(held=consumes(claims))
    def done(self, held: tuple[int, Claim] | None) -> None:
        if held is None:
            return
        store, claim = held
        self.do(self.stores[store].done(claim.lease))
        if self.newest(claim):
            line = line_of(claim.turn.message)
            self.waiting[line] = [one for one in self.waiting[line] if one.id != claim.turn.id]
            del self.fence[claim.turn.id]
            del self.begun[line]

    @rule(held=consumes(claims))
    def release(self, held: tuple[int, Claim] | None) -> None:
        if held is not None:
            store, claim = held
            self.do(self.stores[store].release(claim.lease))
            if self.newest(claim):
                self.fence[claim.turn.id] += 1

    @rule(seconds=st.sampled_from([-3600.0, -2.0, 2.0]))
    def the_servers_clock_is_set(self, seconds: float) -> None:
        self.world.jump(seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        waiting = sum(len(line) for line in self.waiting.values())
        assert sum(int(self.world.redis.zcard(key)) for key in self.world.keys("*:q:*")) == waiting


def walk(valkey: Path, examples: int) -> None:
    Walks.socket = valkey
    run_state_machine_as_test(
        Walks,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
        ),
    )


def test_whatever_dies_each_line_is_answered_in_order_and_each_message_once(valkey: Path) -> None:
    walk(valkey, 30)


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        ("return l[1] == fence and l[2] == turn and l[3] == '1'", "return true"),
        ("return known[2] == A.token and known[3] or 'seen 0 0 0 0'", ""),
        ("call('ZADD', q, order, turn)", "call('ZADD', q, now, turn)"),
        ("if call('HEXISTS', x, 'f') == 1 then return left_of(A.turn) end", ""),
        ("local turn = cur and call('ZSCORE', q, cur) and cur or", "local turn ="),
    ],
    ids=["fences", "once", "order", "one commit", "what has begun goes on"],
)
def test_the_same_walk_finds_a_store_that_breaks_a_rule(
    valkey: Path, monkeypatch: pytest.MonkeyPatch, rule: str, without: str
) -> None:
    broken = {name: text.replace(rule, without) for name, text in server.sources(CLOCK).items()}
    assert broken != server.sources(CLOCK)
    monkeypatch.setattr(server, "sources", lambda _: broken)

    with pytest.raises((AssertionError, ExceptionGroup)):
        walk(valkey, 60)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    windows=st.lists(st.builds(Window, st.integers(1, 5), st.sampled_from([1, 7, 60])), min_size=1, max_size=3),
    gaps=st.lists(st.sampled_from([0.0, 0.001, 0.5, 1.0, 3.0, 20.0]), min_size=5, max_size=25),
)
def test_limits_are_those_of_a_log_of_all_that_was_accepted(
    valkey: Path, windows: list[Window], gaps: list[float]
) -> None:
    async def check() -> None:
        async with World(valkey) as world:
            store = await world.store()
            log: list[int] = []
            for number, gap in enumerate(gaps):
                world.sleep(gap)
                author = replace(ANN, id="ann")
                place = replace(CHANNEL, channel=f"c{number}")
                admission = await store.accept(world.message(author=author, place=place), Terms(Limits(windows)))
                waits = [
                    sorted(log)[-window.calls] + window.seconds * 1000 - world.now
                    for window in windows
                    if len(log) >= window.calls
                ]
                longest = max([*waits, 0])
                assert admission.retry_after == longest / 1000
                assert (admission.outcome is Outcome.ACCEPTED) is (longest <= 0)
                if admission.outcome is Outcome.ACCEPTED:
                    log.append(world.now)

    asyncio.run(check())


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(8)), replicas=st.lists(st.integers(0, 1), min_size=8, max_size=8))
def test_any_order_of_arrival_is_answered_in_the_order_of_the_platform(
    valkey: Path, order: list[int], replicas: list[int]
) -> None:
    async def check() -> list[float]:
        async with World(valkey) as world:
            stores = [await world.store(), await world.store()]
            for at, which in zip(order, replicas, strict=True):
                await stores[which].accept(world.message(at=float(at)))
            answered = []
            for which in replicas:
                claim = await claimed(stores[which])
                answered.append(claim.turn.message.at)
                await finish(stores[which], claim)
            return answered

    assert asyncio.run(check()) == [float(at) for at in range(8)]


pytestmark = pytest.mark.timeout(120)
