"""Days as a calendar has them, and what may be spent in one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.allowance import NO_BUDGET, Allowance, Allowances, Day, day_at, days_before, parts, spent

BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
HOUR = 3_600_000


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@given(st.floats(0, 4e9), st.sampled_from([UTC, BERLIN, APIA, ZoneInfo("America/St_Johns")]))
def test_a_time_lies_in_its_day_and_the_next_day_begins_where_it_ends(seconds: float, zone: ZoneInfo) -> None:
    day = day_at(seconds, zone)

    assert day.begins <= seconds * 1000 < day.ends
    assert day_at(day.ends / 1000, zone).begins == day.ends


@pytest.mark.parametrize(("text", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-21", 24)])
def test_a_day_is_as_long_as_the_clocks_there_make_it(text: str, hours: int) -> None:
    day = day_at(at(f"{text}T12:00:00+01:00"), BERLIN)

    assert (day.name, day.ends - day.begins) == (text, hours * HOUR)


def test_midnight_is_the_one_of_the_zone() -> None:
    moment = at("2026-11-20T23:30:00+00:00")

    assert (day_at(moment, UTC).name, day_at(moment, BERLIN).name) == ("2026-11-20", "2026-11-21")


def test_days_are_listed_oldest_first() -> None:
    assert days_before("2026-03-01", 3) == ("2026-02-27", "2026-02-28", "2026-03-01")


@pytest.mark.parametrize(
    ("allowances", "holds", "needs"),
    [
        (NO_BUDGET, False, False),
        (Allowances(Allowance(tokens=5)), True, False),
        (Allowances(Allowance(dollars=5)), True, True),
        (Allowances(person=Allowance(dollars=5)), True, True),
    ],
)
def test_only_a_budget_in_dollars_needs_prices(allowances: Allowances, holds: bool, needs: bool) -> None:
    assert (bool(allowances), allowances.needs_prices) == (holds, needs)


def test_dollars_are_counted_in_whole_parts() -> None:
    assert sum(parts(0.1) for _ in range(10)) == parts(1)


def test_a_spent_budget_says_whose_it_is_and_when_it_begins_anew() -> None:
    assert spent("own", 7200) == "Your budget for today is used up. It begins anew in 2 hours."
    assert spent("all", 59) == "Today's budget for everybody here is used up. It begins anew in 59 seconds."


def test_a_day_is_plain_data() -> None:
    assert day_at(0, UTC) == Day("1970-01-01", 0, 24 * HOUR)
