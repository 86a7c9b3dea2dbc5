"""Fields that may be missing, or of another type than they should be."""

import pytest

from bots.discord.fields import Payload, list_of, object_of, objects_of, text_of, whole

ODD: list[Payload] = [{}, {"a": None}, {"a": 1}, {"a": True}]


@pytest.mark.parametrize("of", ODD)
def test_what_is_not_there_is_empty(of: Payload) -> None:
    assert (text_of(of, "a"), object_of(of, "a"), list_of(of, "a"), objects_of(of, "a")) == ("", {}, [], [])


def test_what_is_there_is_told() -> None:
    assert text_of({"a": "b"}, "a") == "b"
    assert object_of({"a": {"b": 1}}, "a") == {"b": 1}
    assert list_of({"a": [1]}, "a") == [1]
    assert objects_of({"a": [1, {"b": 1}, None]}, "a") == [{"b": 1}]


def test_half_a_character_is_written_otherwise() -> None:
    assert whole("a\ud800b") == text_of({"a": "a\ud800b"}, "a") == "a\ufffdb"
