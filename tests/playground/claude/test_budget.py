"""The rate limits: what is left, when it is back, and what the headers tell."""

from hypothesis import given
from hypothesis import strategies as st

from playground.claude.budget import Budget

LIMITS = {"requests": 60, "input_tokens": 6_000, "output_tokens": 600}


def test_what_is_used_up_comes_back_steadily() -> None:
    budget = Budget(LIMITS, enforced=True)
    budget.spend("requests", 60, 0)

    assert budget.wait(0) == ("requests", 1.0)
    assert budget.wait(0.5) == ("requests", 0.5)
    assert budget.wait(1) == ("", 0)


def test_more_may_be_used_than_was_left_and_is_waited_for() -> None:
    budget = Budget(LIMITS, enforced=True)
    budget.spend("output_tokens", 1_200, 0)

    kind, wait = budget.wait(0)
    assert kind == "output_tokens"
    assert 60 < wait < 61


def test_a_limit_that_is_not_enforced_is_only_told() -> None:
    budget = Budget(LIMITS)
    budget.spend("requests", 70, 0)

    assert budget.wait(0) == ("", 0)
    headers = budget.headers(0, 1_795_255_200)
    assert headers["anthropic-ratelimit-requests-limit"] == "60"
    assert headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert headers["anthropic-ratelimit-tokens-limit"] == "6600"
    assert headers["anthropic-ratelimit-input-tokens-reset"] == "2026-11-21T10:00:00Z"
    assert headers["anthropic-ratelimit-requests-reset"] == "2026-11-21T10:01:10Z"


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), max_size=30))
def test_nothing_is_ever_more_than_full(steps: list[tuple[float, int]]) -> None:
    budget, now = Budget(LIMITS), 0.0
    for pause, amount in steps:
        now += pause
        budget.spend("requests", amount, now)

        assert int(budget.headers(now, 0)["anthropic-ratelimit-requests-remaining"]) <= 60


def test_a_cleared_budget_is_full() -> None:
    budget = Budget(LIMITS, enforced=True)
    budget.spend("requests", 60, 0)

    budget.clear()

    assert budget.wait(0) == ("", 0)
