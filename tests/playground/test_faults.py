"""Faults: each hits the calls that it was planned for, no other, and as often as it was planned."""

from typing import Any

import pytest

from playground.faults import Plan


def hits(plan: Plan, *methods: str) -> list[str | None]:
    return [fault.do if (fault := plan.take(method)) else None for method in methods]


def test_a_fault_hits_once_and_only_its_method() -> None:
    plan = Plan()
    plan.add([{"method": "chat.update", "do": "500"}])

    assert hits(plan, "chat.postMessage", "chat.update", "chat.update") == [None, "500", None]
    assert len(plan) == 0


def test_skipped_calls_pass_and_then_it_hits_as_often_as_planned() -> None:
    plan = Plan()
    plan.add([{"method": "chat.*", "do": "lost", "skip": 1, "times": 2}])

    assert hits(plan, *["chat.update"] * 4) == [None, "lost", "lost", None]


def test_a_fault_hits_only_calls_about_what_it_is_about() -> None:
    plan = Plan()
    plan.add([{"method": "a", "do": "500", "about": "C1"}])
    taken = [plan.take("a", {"channel": channel}) for channel in ("C2", "C1", "C1")]

    assert [fault.do if fault else None for fault in taken] == [None, "500", None]


def test_faults_are_used_up_in_the_order_in_which_they_were_planned() -> None:
    plan = Plan()
    plan.add([{"method": "a", "do": "429"}, {"method": "*", "do": "reset"}])

    assert hits(plan, "a", "a", "a") == ["429", "reset", None]


def test_a_fault_without_an_end_lasts_until_cleared() -> None:
    plan = Plan()
    plan.add([{"method": "a", "do": "503", "times": None}])
    before = hits(plan, *["a"] * 50)
    plan.clear()

    assert before == ["503"] * 50
    assert plan.take("a") is None


def test_status_error_and_retry_after_are_read() -> None:
    plan = Plan()
    plan.add([{"method": "a", "do": 429, "retry_after": 2}, {"method": "a", "do": {"error": "is_archived"}}])
    first, second = plan.take("a"), plan.take("a")

    assert first
    assert (first.status, first.retry_after) == (429, 2)
    assert second
    assert (second.do, second.error, second.status) == ("error", "is_archived", 0)


def test_a_server_may_have_words_of_its_own() -> None:
    plan = Plan(("stumble",))
    plan.add([{"method": "a", "do": "stumble", "after": 3}])
    fault = plan.take("a")

    assert fault
    assert fault.more == {"after": 3}


@pytest.mark.parametrize(
    "raw",
    [
        {"do": "500"},
        {"method": "a"},
        {"method": "a", "do": "explode"},
        {"method": "a", "do": "200"},
        {"method": "a", "do": {"wrong": "x"}},
        {"method": "a", "do": "500", "times": 0},
        {"method": "a", "do": "500", "skip": -1},
        {"method": "a", "do": "500", "times": "2"},
    ],
)
def test_what_cannot_be_read_is_refused_whole(raw: dict[str, Any]) -> None:
    plan = Plan()

    with pytest.raises(ValueError, match=r"fault|error"):
        plan.add([{"method": "b", "do": "500"}, raw])
    assert len(plan) == 0
