"""What people are told of usage and limits."""

from hypothesis import given
from hypothesis import strategies as st

from core.allowance import NO_BUDGET, Allowance, Allowances
from core.limits import Limits, parse_windows
from core.reports import WIDTH, Shares, Used, bar, bars, dollars, left, left_of_all, limits, summed, usage
from core.store import Figures

WEEK = {f"2026-11-{day}": Figures(1, 0, day / 10, day * 100) for day in range(15, 22)}
USED = Used({"2026-10-31": Figures(9, 0, 9.0, 9), **WEEK}, "2026-11-21")


def test_usage_is_told_of_today_of_this_month_and_day_by_day() -> None:
    assert usage("Your usage", USED, ["$1.00 of $2.00"]).splitlines() == [
        "**Your usage**",
        "- today: 1 call to Claude, 2,100 tokens, $2.10",
        "- this month: 7 calls to Claude, 12,600 tokens, $12.60",
        "- left today: $1.00 of $2.00",
        "",
        "```",
        "11-15 ██████████████▎      $1.50",
        "11-16 ███████████████▎     $1.60",
        "11-17 ████████████████▎    $1.70",
        "11-18 █████████████████▏   $1.80",
        "11-19 ██████████████████▏  $1.90",
        "11-20 ███████████████████  $2.00",
        "11-21 ████████████████████ $2.10",
        "```",
    ]


def test_who_asks_sees_themselves_among_the_others() -> None:
    people = {f"p{number}": Figures(1, 0, 10.0 - number, 1) for number in range(9)}

    told = usage("Everybody", USED, (), Shares({"claude-sonnet-5-5": Figures(1, 0, 1.0, 1)}, people, "p1"))

    assert "This month by model:\n```\nclaude-sonnet-5-5 ████████████████████ $1.00" in told
    rows = told.partition("This month by person:\n```\n")[2].splitlines()
    assert [row.rpartition("  ")[0].split("█")[0].strip() for row in rows[:6]][:2] == ["p0", "you"]
    assert rows[5].startswith("4 others ")
    assert rows[5].endswith("$14.00")


def test_nothing_used_is_said_in_words_and_an_unknown_price_too() -> None:
    nothing, unknown, some = Used({}, "2026-11-21"), Figures(2, 2, 0, 5), Figures(3, 1, 0.5, 5)

    assert "- today: nothing" in usage("Your usage", nothing)
    assert "2 calls to Claude, 5 tokens, cost unknown" in usage("", Used({"2026-11-21": unknown}, "2026-11-21"))
    told = usage("", Used({"2026-11-21": some}, "2026-11-21"))
    assert "3 calls to Claude, 5 tokens, $0.5000 and 1 of unknown cost" in told


def test_what_is_left_is_never_less_than_nothing() -> None:
    both = Allowance(2.0, 1_000)

    assert left(both, Figures(1, 0, 0.5, 300)) == ["$1.50 of $2.00", "700 of 1,000 tokens"]
    assert left(both, Figures(1, 0, 2.5, 1_300)) == ["$0.00 of $2.00", "0 of 1,000 tokens"]
    assert left_of_all(both, Figures(1, 0, 0.5, 300)) == ["70 % of everybody’s budget"]
    assert left_of_all(both, Figures(1, 0, 9, 300)) == ["0 % of everybody’s budget"]
    assert (left(Allowance(), Figures()), left_of_all(Allowance(), Figures())) == ([], [])


@given(st.floats(0, 1))
def test_a_bar_is_as_long_as_its_part_to_an_eighth_and_never_too_long(part: float) -> None:
    drawn = bar(part)

    assert len(drawn) <= WIDTH
    assert abs(drawn.count("█") - part * WIDTH) <= 1
    assert bool(drawn) is (part > 0)


def test_without_any_price_bars_are_of_tokens() -> None:
    assert bars({"a": Figures(1, 1, 0, 50), "bb": Figures(1, 1, 0, 1_000)}) == [
        "a  █                    50",
        "bb ████████████████████ 1,000",
    ]
    assert bars({}) == []


def test_small_sums_are_not_told_as_nothing() -> None:
    assert [dollars(amount) for amount in (0, 0.0012, 0.5, 0.999, 1, 1234.5)] == [
        *("$0.00", "$0.0012", "$0.5000", "$1.00", "$1.00", "$1,234.50")
    ]


def test_days_are_summed_for_each() -> None:
    days = {"1": {"a": Figures(1, 0, 0.5, 5)}, "2": {"a": Figures(2, 1, 0.25, 1), "b": Figures(1)}}

    assert summed(days) == {"a": Figures(3, 1, 0.75, 6), "b": Figures(1)}


def test_limits_are_those_of_the_settings_or_of_the_place() -> None:
    person, place = parse_windows("10/minute 100/day"), parse_windows("30/hour")
    budgets = Allowances(Allowance(20.0), Allowance(tokens=5_000))

    assert limits(Limits(person, place), {}, NO_BUDGET).splitlines() == [
        "**How often you may ask**",
        "- each person, everywhere together: `10/minute`, `100/day`",
        "- each person, in this channel: no limit",
        "- all people in this channel together: `30/hour`",
    ]
    assert limits(Limits(place=place), {"all": (), "each": parse_windows("2/hour")}, budgets).splitlines()[1:] == [
        "- each person, everywhere together: no limit",
        "- each person, in this channel: `2/hour`",
        "- all people in this channel together: no limit",
        "- budget of everybody together for a day: $20.00",
        "- budget of each person for a day: 5,000 tokens",
    ]
