"""The record: what changed is told again, what did not is not."""

import json
from itertools import count

from playground.record import Record


def ticking() -> Record:
    return Record(wall=count(1000.0).__next__, monotonic=count(1.0).__next__)


def test_a_call_in_flight_is_shown_and_shown_again_when_it_is_answered() -> None:
    record = ticking()
    call = record.call("chat.update", {"channel": "C1"})
    before = record.state()
    call.effect()
    call.answered(429, "ratelimited")
    after = record.state(before["next"])

    assert before["calls"][0]["answered"] is None
    assert after["calls"][0]["id"] == before["calls"][0]["id"]
    assert (after["calls"][0]["status"], after["calls"][0]["error"]) == (429, "ratelimited")
    assert after["calls"][0]["arrived"] < after["calls"][0]["effect"] < after["calls"][0]["answered"]


def test_since_returns_nothing_that_was_already_told() -> None:
    record = ticking()
    record.add("statuses", text="thinking")
    told = record.state()["next"]
    record.add("statuses", text="still thinking")

    assert [status["text"] for status in record.state(told)["statuses"]] == ["still thinking"]


def test_versions_of_a_message_are_numbered_each_message_for_itself() -> None:
    record = ticking()
    record.version("C1", "1.0", author="B1", text="Hel")
    record.version("C1", "2.0", author="U1", text="other")
    record.version("C1", "1.0", author="B1", text="Hello", method="chat.update")

    versions = [(v["message"], v["number"], v["text"]) for v in record.state()["versions"]]
    assert versions == [("1.0", 0, "Hel"), ("2.0", 0, "other"), ("1.0", 1, "Hello")]


def test_an_answer_after_a_reset_does_not_come_back_from_the_dead() -> None:
    record = ticking()
    call = record.call("chat.update", {})
    record.clear()
    call.answered(200)

    assert "calls" not in record.state()


def test_an_old_since_stays_valid_over_a_reset() -> None:
    record = ticking()
    record.add("statuses", text="a")
    told = record.state()["next"]
    record.clear()
    record.add("statuses", text="b")

    assert [status["text"] for status in record.state(told)["statuses"]] == ["b"]


def test_the_state_is_json() -> None:
    record = Record()
    record.call("auth.test", {"token": "x"}).cut()

    assert json.loads(json.dumps(record.state()))["calls"][0]["error"] == "cut"
