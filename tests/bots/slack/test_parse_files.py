"""What becomes of a message when its files go."""

from collections.abc import Callable
from typing import Any

import pytest

from bots.slack.parse import to_event
from core.contract import Change
from tests.bots.slack.desk import BOT, payload

Act = Callable[[dict[str, Any]], None]


def changed(act: Act, *, edited: bool = False) -> dict[str, Any]:
    """The payload of a question with a file, told to have changed."""
    before, after = payload("file_share")["event"], payload("file_share")["event"]
    act(after["files"][0])
    if edited:
        after["files"] = after["files"][1:]
        after["edited"] = {"user": after["user"], "ts": "1795259700.000000"}
    told = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": before["channel"]}
    told |= {"channel_type": before["channel_type"], "message": after, "previous_message": before}
    return {**payload("file_share"), "event": told}


def delete(file: dict[str, Any]) -> None:
    id = file["id"]
    file.clear()
    file.update(id=id, mode="tombstone")


def hide(file: dict[str, Any]) -> None:
    """As Slack does on a free plan, after a time."""
    delete(file)
    file["mode"] = "hidden_by_limit"


def rename(file: dict[str, Any]) -> None:
    file["name"] = "another.pdf"


def leave(_: dict[str, Any]) -> None:
    pass


@pytest.mark.parametrize("told", [changed(delete), changed(leave, edited=True)], ids=["deleted", "taken out"])
def test_a_message_that_loses_a_file_is_told_to_have_less(told: dict[str, Any]) -> None:
    change = to_event(told, BOT)

    assert isinstance(change, Change)
    assert (change.text, change.files, change.less) == ("what is in it?", ("F0VEILED12",), True)


def test_an_edit_tells_of_the_files_that_are_left() -> None:
    told = changed(leave)
    told["event"]["message"] |= {"text": "and now?", "edited": {"user": "U1", "ts": "1795259700.000000"}}

    change = to_event(told, BOT)

    assert isinstance(change, Change)
    assert (change.files, change.less) == (("F0FILE1234", "F0VEILED12"), False)


@pytest.mark.parametrize("act", [hide, rename, leave])
def test_what_befalls_a_file_otherwise_is_nothing_to_forget(act: Act) -> None:
    assert to_event(changed(act), BOT) is None
