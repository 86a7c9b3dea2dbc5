"""Arguments: a form's texts and JSON's values mean the same."""

from typing import Any

import pytest

from playground.slack.arguments import Arguments
from playground.slack.errors import Refused


@pytest.mark.parametrize("value", [True, "true", "1", 1])
def test_a_flag_is_set_in_every_spelling(value: Any) -> None:
    assert Arguments({"inclusive": value}).flag("inclusive")


@pytest.mark.parametrize("value", [False, "false", "0", 0, "", None])
def test_a_flag_is_not_set_by_anything_else(value: Any) -> None:
    assert not Arguments({"inclusive": value}).flag("inclusive")


@pytest.mark.parametrize(("value", "number"), [(5, 5), ("5", 5), (0, 100), ("", 100), (None, 100)])
def test_a_number_may_be_a_text_and_nothing_is_the_default(value: Any, number: int) -> None:
    assert Arguments({"limit": value}).number("limit", 100, 1000) == number


@pytest.mark.parametrize("value", ["many", -1, 1001])
def test_a_number_outside_its_bounds_is_refused(value: Any) -> None:
    with pytest.raises(Refused) as caught:
        Arguments({"limit": value}).number("limit", 100, 1000)
    assert caught.value.code == "invalid_limit"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Refused) as caught:
        Arguments({"channel": "C1", "ts": ""}).required("channel", "ts", "name")
    assert caught.value.details == ("[ERROR] missing required field: ts", "[ERROR] missing required field: name")


def test_json_is_read_from_text_and_taken_as_value() -> None:
    assert Arguments({"blocks": "[1]"}).json("blocks", "bad") == Arguments({"blocks": [1]}).json("blocks", "bad") == [1]
    with pytest.raises(Refused) as caught:
        Arguments({"blocks": "["}).json("blocks", "bad")
    assert caught.value.code == "bad"
