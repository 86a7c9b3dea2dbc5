"""The command about what is kept, with rights that remember."""

from dataclasses import replace

import pytest

from core.contract import Command, Outcome, Person, Place, Verdict
from core.privacy import MOST_BYTES, answer, is_request
from core.store import Erased, Reach

pytestmark = pytest.mark.anyio

CHANNEL = Place("fake", "T", "C")
DIRECT = Place("fake", "T", "D", private=True)


class Deeds:
    """`Rights` that remember what was done."""

    def __init__(self, *, size: int = 2) -> None:
        self.history_days = 30
        self.days: int | None = None
        self.done: list[str] = []
        self.reach: Reach | None = None
        self._size = size

    async def keeps(self, command: Command) -> int | None:
        return self.days

    async def keep(self, command: Command, days: int | None) -> int | None:
        self.done.append("keep")
        self.days = days
        return days

    async def export(self, command: Command, place: Reach | None, at_most: int) -> bytes:
        self._did("export", place)
        return b"{" * self._size

    async def erase(self, command: Command, place: Reach | None) -> Erased:
        self._did("erase", place)
        return Erased(turns=1, exchanges=1200, places=2)

    def _did(self, what: str, place: Reach | None) -> None:
        self.done.append(f"{what} place" if place else what)
        self.reach = place


async def say(
    deeds: Deeds, argument: str, *, admin: bool = False, named: bool = False, place: Place = CHANNEL
) -> Verdict:
    command = Command(id="1", place=place, author=Person("ana"), at=0, name="privacy", argument=argument)
    verdict = await answer(deeds, command, admin=admin or named, named=named)
    assert verdict.outcome is Outcome.TOLD
    return verdict


async def test_it_says_what_is_kept_where_how_long_and_who_else_sees_it() -> None:
    deeds = Deeds()
    deeds.days = 7

    told = (await say(deeds, "")).text

    assert [
        word
        for word in (
            "encrypted",
            "7 days",
            "and so on with the next summary",
            "Anthropic",
            "privacy export",
            "privacy delete",
        )
        if word not in told
    ] == []
    assert deeds.done == []


@pytest.mark.parametrize(("argument", "of"), [("Export", "of you"), ("export place", "of this place")])
async def test_an_export_is_a_file(argument: str, of: str) -> None:
    verdict = await say(Deeds(), argument, admin=True)

    assert verdict.file == b"{{"
    assert f"{of} comes as a file" in verdict.text


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 0])
async def test_one_that_is_too_large_is_not_sent(size: int) -> None:
    verdict = await say(Deeds(size=size), "export")

    assert verdict.file == b""
    assert "parley export" in verdict.text


async def test_nothing_is_deleted_without_the_word() -> None:
    deeds = Deeds()

    warned = (await say(deeds, "delete")).text
    assert "privacy delete yes" in warned
    assert deeds.done == []

    done = (await say(deeds, "delete yes")).text
    assert "nothing of you is kept" in done
    assert deeds.done == ["erase"]


async def test_nobody_learns_by_numbers_how_often_others_asked_about_them() -> None:
    said = await say(Deeds(), "delete place yes", admin=True)

    assert "nothing of this place is kept any more (1,200 answered questions and 1 message)." in said.text
    assert "1,200" not in (await say(Deeds(), "delete yes")).text


@pytest.mark.parametrize(
    ("argument", "done"),
    [
        ("export place", ["export place"]),
        ("delete place", []),
        ("delete place yes", ["erase place"]),
        ("keep 0", ["keep"]),
        ("keep default", ["keep"]),
    ],
)
async def test_what_concerns_all_of_a_place_is_for_admins_and_for_who_is_alone_there(
    argument: str, done: list[str]
) -> None:
    for admin, place in ((True, CHANNEL), (False, DIRECT)):
        deeds = Deeds()
        await say(deeds, argument, admin=admin, place=place)
        assert deeds.done == done
    others = Deeds()
    assert "Only admins" in (await say(others, argument)).text
    assert others.done == []


@pytest.mark.parametrize("wish", ["export place", "delete place yes"])
async def test_what_lies_in_a_channel_is_for_admins_who_are_named(wish: str) -> None:
    everybody, named, alone, below = Deeds(), Deeds(), Deeds(), Deeds()

    told = [
        (await say(everybody, wish, admin=True)).text,
        (await say(below, wish, admin=True, place=replace(CHANNEL, thread="t"))).text,
        (await say(named, wish, named=True)).text,
        (await say(alone, wish, place=DIRECT)).text,
    ]

    assert ["The threads of this channel" in text for text in told] == [True, False, False, False]
    assert (everybody.reach, below.reach) == (Reach.HERE, Reach.HERE)
    assert (named.reach, alone.reach) == (Reach.SHARED, Reach.ALL)


async def test_a_warning_says_whether_threads_go_too() -> None:
    assert "in this place and its threads," in (await say(Deeds(), "delete place", named=True)).text
    assert "The threads of this channel stay" in (await say(Deeds(), "delete place", admin=True)).text
    thread = replace(CHANNEL, thread="root")
    assert "in this place, and" in (await say(Deeds(), "delete place", named=True, place=thread)).text


@pytest.mark.parametrize(
    ("argument", "own"),
    [
        *(("", True), ("export", True), ("export place", True), ("delete", True), ("keep", True)),
        *(("delete yes", False), ("delete place yes", False), ("keep 1", False)),
    ],
)
async def test_that_something_was_done_is_told_even_where_nothing_can_be_told_in_private(
    argument: str, *, own: bool
) -> None:
    assert (await say(Deeds(), argument, admin=True)).own is own


async def test_days_are_bounded_by_the_setting_and_told() -> None:
    deeds = Deeds()

    assert "30 days at most" in (await say(deeds, "keep 31", admin=True)).text
    assert "for 1 day. " in (await say(deeds, "keep 1", admin=True)).text
    assert "nothing of a conversation" in (await say(deeds, "keep 0", admin=True)).text
    assert "nothing of a conversation" in (await say(deeds, "keep")).text
    assert "for 30 days. " in (await say(deeds, "keep default", admin=True)).text


@pytest.mark.parametrize(
    "argument",
    [
        "export everything",
        "delete everything",
        "forget",
        "keep -1",
        "delete yes please",
        "keep forever",
        "keep " + "9" * 5_000,
    ],
)
async def test_what_is_not_understood_does_nothing(argument: str) -> None:
    deeds = Deeds()

    assert "Write `privacy`" in (await say(deeds, argument, admin=True)).text
    assert deeds.done == []


@pytest.mark.parametrize("argument", ["export", "delete", "delete yes", "delete place yes", "keep 7", "KEEP default"])
def test_after_its_word_a_wish_is_one(argument: str) -> None:
    assert is_request(argument)


@pytest.mark.parametrize("argument", ["", "is important", "delete my account, how?", "keep secrets", "policy of us"])
def test_a_sentence_is_none(argument: str) -> None:
    assert not is_request(argument)
