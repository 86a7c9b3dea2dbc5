"""Limits under bursts, retries, replicas and a clock set by an hour: a log of a few lines beside the real thing."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from core.contract import Message, Outcome, Person
from core.limits import Limits, Window
from core.store import Admission, Store, Terms, server
from tests.core.store.world import ANN, CHANNEL, CLOCK, World, finish

pytestmark = pytest.mark.timeout(180)

T = TypeVar("T")
PEOPLE = [replace(ANN, id=id) for id in ("ann", "bob")]
PATIENCE = 60
WINDOWS = st.lists(
    st.builds(Window, st.integers(1, 4), st.sampled_from([1, 5, 60, 3600])), min_size=1, max_size=3, unique=True
)


class Asking(RuleBasedStateMachine):
    """People ask, one by one and all at once, again and again; time goes by, and the server's clock is set.

    `counted`: for each of whom a window counts, when on the server's own time what was accepted is answered, in ms.
    """

    socket: Path

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.world = World(self.socket)
        self.do(self.world.__aenter__())
        self.stores: list[Store] = [self.do(self.world.store()) for _ in range(2)]
        self.counted: dict[str, list[int]] = defaultdict(list)
        self.held: dict[str, tuple[str, int]] = {}
        self.due: dict[str, int] = {}
        self.answered: set[str] = set()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def teardown(self) -> None:
        self.do(self.world.__aexit__())
        self.loop.close()

    @initialize(person=WINDOWS, place=WINDOWS, limits_place=st.booleans())
    def limit(self, person: list[Window], place: list[Window], limits_place: bool) -> None:
        self.person, self.place = person, place if limits_place else []

    # What is asked

    @rule(who=st.sampled_from(PEOPLE), store=st.integers(0, 1), patient=st.booleans(), again=st.booleans())
    def ask(self, who: Person, store: int, patient: bool, again: bool) -> None:
        message = self.message(who)
        admission = self.do(self.accept(message, store, patient))
        if again:
            assert self.do(self.accept(message, 1 - store, patient)).outcome is Outcome.SEEN
        self.check(message, admission, patient)

    @rule(who=st.sampled_from(PEOPLE), many=st.integers(2, 9))
    def ask_at_once(self, who: Person, many: int) -> None:
        async def burst() -> list[Admission]:
            return await asyncio.gather(*(self.accept(one, n % 2, False) for n, one in enumerate(messages)))

        room = self.room(who)
        messages = [self.message(who) for _ in range(many)]
        admissions = self.do(burst())

        accepted = [one for one in admissions if one.outcome is Outcome.ACCEPTED]
        assert len(accepted) == min(room, many)
        for message, admission in zip(messages, admissions, strict=True):
            if admission.outcome is Outcome.ACCEPTED:
                self.count(message, self.now)

    @rule(who=st.sampled_from(PEOPLE))
    def wait_as_told(self, who: Person) -> None:
        """To the second: a second before it is too early, and then it is time."""
        message = self.message(who)
        told = self.do(self.accept(message, 0, False))
        if told.outcome is Outcome.ACCEPTED:
            self.count(message, self.now)
            return
        assert 0 < told.retry_after <= self.longest + PATIENCE
        if told.retry_after > 1:
            self.world.sleep(told.retry_after - 1)
            early = self.do(self.accept(self.message(who), 1, False))
            assert early.outcome is Outcome.TOLD
            assert early.retry_after == pytest.approx(1, abs=0.002)
            self.world.sleep(1)
        else:
            self.world.sleep(told.retry_after)
        message = self.message(who)
        self.check(message, self.do(self.accept(message, 1, False)), False)
        assert self.counted[who.id][-1] == self.now

    # What happens meanwhile

    @rule(seconds=st.sampled_from([0.001, 0.5, 1.0, 4.0, 61.0, 700.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.world.sleep(seconds)

    @rule(hours=st.sampled_from([-1, 1]))
    def the_clock_is_set(self, hours: int) -> None:
        self.do(self.stores[0].ping())
        self.world.jump(3600 * hours)

    @rule(store=st.integers(0, 1))
    def answer(self, store: int) -> None:
        """What was held back is answered when its time has come, and not before."""
        while (claim := self.do(self.stores[store].claim())) is not None:
            turn = claim.turn.id
            assert turn not in self.answered
            assert self.due[turn] <= self.now
            self.answered.add(turn)
            self.do(finish(self.stores[store], claim))
        assert {turn for turn, at in self.due.items() if at <= self.now} == self.answered

    # The log of a few lines

    @property
    def now(self) -> int:
        """The server's own time, which never runs back."""
        seen, offset = self.world.redis.hmget("{parley}:clock", "seen", "offset")
        return max(self.world.now + int(float(offset or 0)), int(float(seen or 0)))

    @property
    def longest(self) -> int:
        return max(window.seconds for window in [*self.person, *self.place])

    def message(self, who: Person) -> Message:
        message = self.world.message(author=who)
        return replace(message, place=replace(CHANNEL, thread=message.id))  # a line of its own: no queue is in the way

    async def accept(self, message: Message, store: int, patient: bool) -> Admission:
        terms, patience = Terms(Limits(self.person, self.place)), PATIENCE if patient else 0
        return await self.stores[store].accept(message, terms, patience=patience)

    def waits(self, who: Person) -> list[int]:
        logs = ((self.counted[who.id], self.person), (self.counted["everybody"], self.place))
        return [
            max(0, sorted(log)[-window.calls] + window.seconds * 1000 - self.now)
            for log, windows in logs
            for window in windows
            if len(log) >= window.calls
        ]

    def room(self, who: Person) -> int:
        logs = ((self.counted[who.id], self.person), (self.counted["everybody"], self.place))
        return min(
            max(0, window.calls - sum(at > self.now - window.seconds * 1000 for at in log))
            for log, windows in logs
            for window in windows
        )

    def check(self, message: Message, admission: Admission, patient: bool) -> None:
        who = message.author
        wait = max([*self.waits(who), 0])
        free = self.held.get(who.id, ("", 0))[1] <= self.now
        held = 0 < wait <= PATIENCE * 1000 and patient and free
        assert admission.retry_after == wait / 1000
        assert (admission.outcome is Outcome.ACCEPTED) is (wait == 0 or held)
        assert (admission.reason == "held") is held
        if held:
            self.held[who.id] = (message.id, self.now + wait)
        if admission.outcome is Outcome.ACCEPTED:
            self.count(message, self.now + wait)

    def count(self, message: Message, at: int) -> None:
        self.due[message.id] = at
        for log, windows in ((message.author.id, self.person), ("everybody", self.place)):
            self.counted[log].append(at)
            for window in windows:
                near = [one for one in self.counted[log] if at - window.seconds * 1000 < one <= at]
                after = [one for one in self.counted[log] if at <= one < at + window.seconds * 1000]
                assert max(len(near), len(after)) <= window.calls


def asking(valkey: Path, examples: int) -> None:
    machine = type("Machine", (Asking,), {"socket": valkey})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_window_ever_has_more_than_it_allows_and_nobody_waits_longer_than_told(valkey: Path) -> None:
    asking(valkey, 40)


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        ("charge(logs, A.turn, now + wait)", "charge(logs, A.turn, now)"),
        ("    if left > wait then", "    if left > wait + 1000 then"),
        (
            "call('ZREVRANGE', P .. 'w:' .. log.of, window[1] - 1, window[1] - 1",
            "call('ZREVRANGE', P .. 'w:' .. log.of, window[1], window[1]",
        ),
        ("    now, offset = seen, seen - raw\n", "    now, offset = raw, 0\n"),
        ("call('ZRANGEBYSCORE', later, '-inf', now,", "call('ZRANGEBYSCORE', later, '-inf', now + 60000,"),
    ],
    ids=["the future counts", "to the second", "exact", "a clock set back", "not too early"],
)
def test_the_same_people_find_a_limiter_that_breaks_a_rule(
    valkey: Path, monkeypatch: pytest.MonkeyPatch, rule: str, without: str
) -> None:
    broken = {name: text.replace(rule, without) for name, text in server.sources(CLOCK).items()}
    assert broken != server.sources(CLOCK)
    monkeypatch.setattr(server, "sources", lambda _: broken)

    with pytest.raises((AssertionError, ExceptionGroup)):
        asking(valkey, 40)
