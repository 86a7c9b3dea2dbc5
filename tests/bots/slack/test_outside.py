"""What is not as it should be is as good as empty."""

from bots.slack.outside import object_in, objects, objects_in, text_in


def test_only_what_is_of_the_right_kind_is_there() -> None:
    of = {"text": "a", "object": {"b": 1}, "objects": [{"c": 1}, "d", None], "number": 1}

    assert [text_in(of, key) for key in ("text", "object", "number", "none")] == ["a", "", "", ""]
    assert [object_in(of, key) for key in ("object", "text", "none")] == [{"b": 1}, {}, {}]
    assert [objects_in(of, key) for key in ("objects", "text", "none")] == [[{"c": 1}], [], []]
    assert objects({"a": 1}) == []


def test_half_a_character_is_none() -> None:
    assert text_in({"text": "a\ud800b"}, "text") == "a\ufffdb"
