"""Times and pairs on their way to the scripts and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.words import info, microseconds, pairs


@given(st.floats())
def test_every_time_is_a_score_that_redis_keeps_exactly(seconds: float) -> None:
    assert 0 <= microseconds(seconds) < 2**53


@pytest.mark.parametrize(("seconds", "score"), [(1.5, 1_500_000), (-1, 0), (math.nan, 0), (math.inf, 4 * 10**15)])
def test_a_nonsensical_time_is_bounded(seconds: float, score: int) -> None:
    assert microseconds(seconds) == score


def test_a_hash_comes_as_pairs() -> None:
    assert pairs([b"a", b"1", b"b", b"2"]) == [("a", b"1"), ("b", b"2")]


def test_what_a_server_says_of_itself_has_names_and_values() -> None:
    assert info("# Memory\r\nused_memory:5\r\nos:Linux: 6\r\n") == {"used_memory": "5", "os": "Linux: 6"}
