"""Events go in as they were told, where it matters, and side by side where it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from core import lanes as module
from core.contract import Action, Change, Command, Event, Left, Message, Person, Place, Press
from core.lanes import Lanes, Pass
from tests import virtual
from tests.virtual import anyio_backend as anyio_backend

pytestmark = pytest.mark.anyio

ROOM = Place("fake", "T1", "C1")
ANA = Person("U-ana")


def message(place: Place = ROOM) -> Message:
    return Message(id="m", place=place, author=ANA, at=1, text="hello")


def command(name: str, argument: str = "", place: Place = ROOM) -> Command:
    return Command(id="c", place=place, author=ANA, at=1, name=name, argument=argument)


def press(action: Action, turn: str = "") -> Press:
    return Press(id="p", place=ROOM, author=ANA, at=1, action=action, turn=turn)


EDIT = Change(id="m", place=ROOM, author=ANA, at=1, text="better")
DELETION = replace(EDIT, text=None)
LEFT, REMOVED = (
    Left(id="l", place=ROOM, author=ANA, at=1),
    Left(id="l", place=Place("fake", "T1", ""), author=ANA, at=1),
)
RESET, FORGET, HELP = command("reset"), command("privacy", "delete yes"), command("help")
ELSEWHERE, AWAY = replace(ROOM, channel="C2"), replace(ROOM, space="T2")


class Street:
    """Events that go in, each as slowly as it is told; `done` are those that are in."""

    def __init__(self) -> None:
        self.lanes = Lanes()
        self.done: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, name: str, event: Event, *rooms: str, seconds: float = 0) -> None:
        entered = self.lanes.enter(event, *(rooms or (event.place.channel,)))
        self._tasks.append(asyncio.create_task(self._go(name, entered, seconds)))

    async def _go(self, name: str, entered: Pass, seconds: float) -> None:
        with entered:
            await entered.clear()
            await asyncio.sleep(seconds)
            self.done.append(name)

    async def all_in(self) -> list[str]:
        await asyncio.gather(*self._tasks)
        assert not self.lanes._lanes
        assert not self.lanes._ways
        return self.done


def on_the_street(walk: Callable[[Street], Awaitable[None]]) -> list[str]:
    """Who came in, in order, when time does not pass by itself."""

    async def main() -> list[str]:
        street = Street()
        await walk(street)
        return await street.all_in()

    return virtual.run(main())


def in_order(first: Event, second: Event) -> bool:
    """Whether the second waits for the first, which takes its time."""

    async def walk(street: Street) -> None:
        street.tell("first", first, seconds=1)
        street.tell("second", second)

    return on_the_street(walk) == ["first", "second"]


@pytest.mark.parametrize(
    "first", [EDIT, DELETION, LEFT, REMOVED, RESET, FORGET, command("model", "x"), press(Action.STOP)]
)
def test_a_question_waits_for_what_was_told_before_it_and_changes_what_it_finds(first: Event) -> None:
    assert in_order(first, message())


@pytest.mark.parametrize("second", [EDIT, DELETION, LEFT, REMOVED, RESET, FORGET, command("stop")])
def test_what_is_changed_is_in_before(second: Event) -> None:
    assert in_order(message(), second)


@pytest.mark.parametrize(
    "first", [message(), HELP, command("model"), command("ask", "why?"), press(Action.RETRY, "t1")]
)
def test_questions_and_what_only_shows_something_go_side_by_side(first: Event) -> None:
    assert not in_order(first, message())


@pytest.mark.parametrize("first", [EDIT, LEFT, RESET])
def test_another_room_is_not_held_up(first: Event) -> None:
    assert not in_order(first, message(ELSEWHERE))


def test_the_whole_space_waits_when_it_is_left_and_no_other() -> None:
    assert in_order(REMOVED, message(ELSEWHERE))
    assert not in_order(REMOVED, message(AWAY))


def test_a_persons_words_are_everywhere() -> None:
    for argument in ("delete yes", "delete place\nyes"):
        assert in_order(command("privacy", argument), message(AWAY))
    for argument in ("export", "delete", "delete place"):
        assert not in_order(command("privacy", argument), message(AWAY))
    assert in_order(command("privacy", "Delete place  YES"), message(AWAY))


def test_a_room_may_lie_in_another() -> None:
    async def walk(street: Street) -> None:
        street.tell("deletion", DELETION, "C1", seconds=1)
        street.tell("in its thread", message(), "C1-thread", "C1")
        street.tell("deletion in the thread", DELETION, "C1-thread", "C1", seconds=1)
        street.tell("in the channel", message(), "C1")

    assert on_the_street(walk) == ["deletion", "in its thread", "in the channel", "deletion in the thread"]


def test_many_come_in_as_they_were_told() -> None:
    async def walk(street: Street) -> None:
        for number in range(300):
            event = DELETION if number % 3 == 0 else message()
            street.tell(str(number // 3 * 3 + (number % 3 > 0)), event, seconds=0.001 * (number % 2))

    found = [int(name) for name in on_the_street(walk)]
    assert found == sorted(found)


def test_who_is_stuck_holds_up_the_others_for_a_moment_only() -> None:
    async def walk(street: Street) -> None:
        street.tell("stuck", DELETION, seconds=60)
        for name in ("one", "two"):
            street.tell(name, message())
        await asyncio.sleep(30)
        street.tell("three", message(), seconds=0)
        await asyncio.sleep(module.AHEAD_SECONDS + 0.1)
        assert street.done == ["one", "two", "three"]

    assert on_the_street(walk)[-1] == "stuck"


async def test_who_fails_is_through() -> None:
    lanes = Lanes()
    with pytest.raises(ValueError, match="no"), lanes.enter(DELETION, "C1"):
        raise ValueError("no")
    with lanes.enter(message(), "C1") as after:
        assert lanes.ahead(after) is None


@pytest.fixture
async def pausing() -> AsyncIterator[tuple[Lanes, "asyncio.Task[bool]"]]:
    """Somebody who tries again in an hour."""
    lanes = Lanes()
    with lanes.enter(DELETION, "C1") as entered:
        task = asyncio.create_task(entered.pause(3600))
        await asyncio.sleep(0)
        yield lanes, task
        task.cancel()


async def test_who_tries_again_later_does_so_at_once_when_somebody_waits(
    pausing: tuple[Lanes, "asyncio.Task[bool]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AHEAD_SECONDS", 0.01)
    lanes, pause = pausing

    with lanes.enter(message(), "C1") as after:
        await after.clear()

    assert await pause


async def test_who_fails_again_holds_nobody_up() -> None:
    """One more try for each who waits, also one that was under way when he came."""
    tries = []

    async def fails(lanes: Lanes) -> None:
        with lanes.enter(DELETION, "C1") as entered:
            while await entered.pause(3600):
                await asyncio.sleep(0.1)
                tries.append(virtual.now())

    lanes = Lanes()
    failing = asyncio.create_task(fails(lanes))
    await asyncio.sleep(0)
    began = virtual.now()
    for _ in range(3):
        with lanes.enter(message(), "C1") as after:
            await after.clear()
    lanes.close()
    await failing

    assert virtual.now() - began == pytest.approx(0.3, abs=0.11)
    assert len(tries) in {3, 4}


async def test_nobody_tries_again_once_it_is_closed(pausing: tuple[Lanes, "asyncio.Task[bool]"]) -> None:
    lanes, pause = pausing

    lanes.close()

    assert not await pause
    with lanes.enter(DELETION, "C1") as late:
        assert not await late.pause(3600)
