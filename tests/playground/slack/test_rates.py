"""Budgets: the published numbers, the refilling alternative, and rules of one's own."""

import pytest

from playground.limits import Refill, Window
from playground.slack.errors import Nonsense
from playground.slack.methods import METHODS
from playground.slack.rates import read


def test_published_budgets_are_those_of_the_tiers() -> None:
    rates = read("published")
    rules = {name: rates.rule(name, METHODS[name].tier) for name in ("chat.update", "conversations.list", "users.info")}

    assert rules == {
        "chat.update": Window(50, 60),
        "conversations.list": Window(20, 60),
        "users.info": Window(100, 60),
    }
    assert rates.rule("chat.postMessage", 0) == Refill(3, 1.0)
    assert rates.rule("assistant.threads.setStatus", 0) is None


def test_the_refilling_ones_let_nine_through_and_then_the_rate() -> None:
    assert read("refill").rule("chat.update", 3) == Refill(9, 50 / 60)


def test_off_is_off() -> None:
    assert all(read("off").rule(name, method.tier) is None for name, method in METHODS.items())


def test_own_rules_go_first() -> None:
    rates = read(
        {"mode": "off", "chat.update": [5, 2], "chat.postMessage": {"burst": 2, "rate": 3}, "users.info": None}
    )

    assert rates.rule("chat.update", 3) == Window(5, 2.0)
    assert rates.rule("chat.postMessage", 0) == Refill(2, 3.0)
    assert rates.rule("conversations.list", 2) is None


@pytest.mark.parametrize("raw", ["strict", {"mode": "some"}, {"chat.update": 5}, {"chat.update": [0, 1]}])
def test_nonsense_is_refused(raw: object) -> None:
    with pytest.raises(Nonsense):
        read(raw)  # type: ignore[arg-type]  # that is the point
