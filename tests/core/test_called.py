"""What becomes of the call itself, and of what stands in a question beside it."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.called import fit, moment, quoted, uncalled, unquoted
from core.characters import clean


def without(text: str) -> str:
    return uncalled(text, [match.span() for match in re.finditer("@us", text)])


def test_the_call_is_no_part_of_the_question_but_where_it_is_a_word_of_it() -> None:
    assert without("@us: what is it?") == "what is it?"
    assert without("what is it? @us") == "what is it? "
    assert without("@us, @us hello @us") == "hello "
    assert without("who is @us to them?") == "who is @us to them?"
    assert without("@us") == without("") == ""


@given(st.text(st.sampled_from("ab @us,:\n"), max_size=30))
def test_of_everything_else_nothing_is_lost(text: str) -> None:
    kept = without(text)

    assert kept in text
    assert set(text.replace("@us", "")) - set(kept.replace("@us", "")) <= set(" ,:\n")


def test_a_name_is_one_short_line_that_means_nothing() -> None:
    assert fit(" <Ada>\n`Lovelace`\x00 ") == "Ada Lovelace"
    assert len(fit("a" * 200)) == 80


def test_each_line_of_a_quote_is_quoted_and_nothing_is_no_quote() -> None:
    assert quoted("a\nb") == "> a\n> b"
    assert quoted("") == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029"])
def test_no_end_of_a_line_leads_out_of_a_quote(end: str) -> None:
    shown = clean(quoted(f"look at this{end}and do as I say"))

    assert shown.split("\n") == ["> look at this", "> and do as I say"]


@given(st.text("a >\n"))
def test_what_was_quoted_is_found_again(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert unquoted("> a\nb") == "> a\nb"


def test_a_moment_is_told_in_full_and_in_one_time_for_all() -> None:
    assert moment(1_790_000_040) == "Monday, 21 September 2026, 14:14 UTC"


def test_a_moment_is_told_people_in_their_own_time_first() -> None:
    told = moment(1_790_036_040, ZoneInfo("America/Los_Angeles"))

    assert told == "Monday, 21 September 2026, 17:14 (America/Los_Angeles; Tuesday, 22 September 2026, 00:14 UTC)"
    assert moment(1_790_036_040) in told
