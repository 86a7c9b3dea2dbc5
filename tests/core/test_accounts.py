"""The commands about usage and limits, with books that remember."""

from collections.abc import Mapping, Sequence

import pytest

from core.accounts import is_limit, limits, usage
from core.allowance import NO_BUDGET, Allowance, Allowances
from core.contract import Command, Event, Person, Place
from core.limits import Limits, Window, parse_windows
from core.reports import Shares, Used
from core.store import Figures

pytestmark = pytest.mark.anyio

TODAY = "2026-11-21"


class Notebook:
    """`Accounts` of one place."""

    def __init__(self, allowances: Allowances = NO_BUDGET) -> None:
        self.usual = Limits(parse_windows("10/minute"))
        self.allowances = allowances
        self.own: dict[str, Sequence[Window]] = {}
        self.asked: list[str] = []

    async def limits(self, place: Place) -> Mapping[str, Sequence[Window]]:
        return self.own

    async def limit(self, place: Place, kind: str, windows: Sequence[Window] | None) -> None:
        self.own.pop(kind, None)
        if windows is not None:
            self.own[kind] = windows

    async def used(self, event: Event, whose: str) -> Used:
        self.asked.append(whose)
        return Used({TODAY: Figures(1, 0, 5.0 if whose == "all" else 1.0, 10)}, TODAY)

    async def shares(self, event: Event) -> Shares:
        return Shares(people={"somebody": Figures(1, 0, 5.0, 10)})


def command(name: str, argument: str = "") -> Command:
    return Command(id="1", place=Place("fake", "T", "C"), author=Person("ana"), at=0, name=name, argument=argument)


async def test_usage_is_ones_own_unless_asked_otherwise() -> None:
    books = Notebook()

    told = [await usage(books, command("usage", whose)) for whose in ("", "me", "channel", "ALL")]

    assert books.asked == ["me", "me", "channel", "all"]
    assert [text.splitlines()[0] for text in told] == [
        *("**Your usage**", "**Your usage**", "**Usage of this channel**", "**Everybody’s usage**")
    ]
    assert "somebody" in told[3]
    assert not any("somebody" in text or "left" in text for text in told[:3])


async def test_ones_own_usage_tells_what_is_left_of_both_budgets() -> None:
    books = Notebook(Allowances(Allowance(20.0), Allowance(4.0)))

    told = await usage(books, command("usage"))

    assert "- left today: $3.00 of $4.00\n- left today: 75 % of everybody’s budget" in told
    assert "- left today: $15.00 of $20.00" in await usage(books, command("usage", "all"))


async def test_limits_are_shown_set_and_taken_back() -> None:
    books = Notebook()

    shown = await limits(books, command("limits"))
    for_all = await limits(books, command("limits", "30/hour 5/Minute"))
    for_each = await limits(books, command("limits", "each 2/hour"))
    none = await limits(books, command("limits", "none"))
    back = await limits(books, command("limits", "default"))

    assert "everywhere together: `10/minute`" in shown
    assert "`limits each 5/hour` one for each person" in shown
    assert "together: `30/hour`, `5/minute`" in for_all
    assert "in this channel: `2/hour`" in for_each
    assert none.endswith("all people in this channel together: no limit")
    assert back == for_each.replace("`30/hour`, `5/minute`", "no limit")
    assert books.own == {"each": parse_windows("2/hour")}


@pytest.mark.parametrize("wrong", ["lots", "0/hour", "each", "each day", "5/fortnight"])
async def test_what_is_no_limit_is_said_and_changes_nothing(wrong: str) -> None:
    books = Notebook()

    told = await limits(books, command("limits", wrong))

    assert told.startswith('"')
    assert books.own == {}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("30/hour", True),
        ("each 5/day 1/minute", True),
        ("default", True),
        ("none", True),
        ("each none", True),
        ("are for the weak", False),
        ("each", False),
        ("", False),
    ],
)
def test_a_limit_is_told_from_a_sentence(text: str, is_one: bool) -> None:
    assert is_limit(text) is is_one
