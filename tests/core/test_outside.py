"""What is not as it should be is as good as empty."""

import pytest

from core.outside import Payload, list_in, object_in, objects, objects_in, size_in, text_in, whole

ODD: list[Payload] = [{}, {"a": None}, {"a": 1}, {"a": True}]


def test_only_what_is_of_the_right_kind_is_there() -> None:
    of = {"text": "a", "object": {"b": 1}, "objects": [{"c": 1}, "d", None], "number": 1}

    assert [text_in(of, key) for key in ("text", "object", "number", "none")] == ["a", "", "", ""]
    assert [object_in(of, key) for key in ("object", "text", "none")] == [{"b": 1}, {}, {}]
    assert [objects_in(of, key) for key in ("objects", "text", "none")] == [[{"c": 1}], [], []]
    assert objects({"a": 1}) == []


def test_half_a_character_is_none() -> None:
    assert text_in({"text": "a\ud800b"}, "text") == "a\ufffdb"


@pytest.mark.parametrize("of", ODD)
def test_what_is_not_there_is_empty(of: Payload) -> None:
    assert (text_in(of, "a"), object_in(of, "a"), list_in(of, "a"), objects_in(of, "a")) == ("", {}, [], [])


def test_what_is_there_is_told() -> None:
    assert text_in({"a": "b"}, "a") == "b"
    assert object_in({"a": {"b": 1}}, "a") == {"b": 1}
    assert list_in({"a": [1]}, "a") == [1]
    assert objects_in({"a": [1, {"b": 1}, None]}, "a") == [{"b": 1}]


def test_half_a_character_is_written_otherwise() -> None:
    assert whole("a\ud800b") == text_in({"a": "a\ud800b"}, "a") == "a\ufffdb"


def test_a_size_is_a_number_that_is_not_below_nothing() -> None:
    assert [size_in({"size": size}, "size") for size in (3, 0, -1, "3", None)] == [3, 0, 0, 0, 0]
