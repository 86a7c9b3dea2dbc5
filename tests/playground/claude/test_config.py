"""The settings: what is taken, and what is refused with a sentence."""

from typing import Any

import pytest

from playground.claude.budget import PUBLISHED
from playground.claude.config import Config, changed


def test_what_is_not_named_stays_as_it_is() -> None:
    config = changed(Config(), {"first_token": 1})

    assert config == Config(first_token=1.0)
    assert changed(config, {}) == config


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ({"limits": "off"}, "limits", {}),
        ({"limits": "published"}, "limits", PUBLISHED),
        ({"limits": {"requests": 5}}, "limits", PUBLISHED | {"requests": 5}),
        ({"context": 900}, "context", {"*": 900}),
        ({"output": {"claude-haiku-5-5": 9}}, "output", {"claude-haiku-5-5": 9}),
        ({"keys": ["a"]}, "keys", ("a",)),
        ({"bodies": False}, "bodies", False),
        ({"us": True}, "us", True),
    ],
)
def test_a_setting_may_be_written_in_short(raw: dict[str, Any], field: str, value: object) -> None:
    assert getattr(changed(Config(), raw), field) == value


@pytest.mark.parametrize(
    "raw",
    [
        {"pace": 1},
        {"first_token": -1},
        {"ping": "often"},
        {"limits": "tight"},
        {"limits": {"cookies": 1}},
        {"context": {"*": 0}},
        {"output": "small"},
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        changed(Config(), raw)


def test_any_key_of_the_right_shape_is_accepted_unless_some_are_named() -> None:
    assert Config().accepts("sk-ant-anything")
    assert not Config().accepts("xoxb-1")
    assert not Config().accepts("")
    assert Config(keys=("one",)).accepts("one")
    assert not Config(keys=("one",)).accepts("sk-ant-anything")
