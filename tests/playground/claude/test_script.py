"""The script: what is said to which question, and how often."""

from typing import Any

import pytest

from playground.claude.script import Script, in_text, read


def new_id(thought: object) -> str:
    return "thought" if thought else "plain"


def parts(**raw: Any) -> list[dict[str, Any]]:
    answer = read(raw).answer(new_id)
    assert answer is not None
    return [part.whole() for part in answer.parts]


def test_an_entry_says_its_parts_in_order() -> None:
    found = parts(thinking="Hm.", text="So.", tool_use=[{"name": "roll"}], blocks=[{"type": "hologram", "angle": 1}])

    assert [part["type"] for part in found] == ["thinking", "text", "tool_use", "hologram"]
    assert found[2]["id"] == "thought"
    assert found[3] == {"type": "hologram", "angle": 1}


def test_chunks_are_deltas_as_they_are() -> None:
    answer = read({"chunks": ["one two ", "three"]}).answer(new_id)

    assert answer is not None
    assert answer.parts[0].pieces == ("one two ", "three")


def test_blocks_of_known_types_stream_like_any_other() -> None:
    tool = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}}

    assert parts(blocks=[{"type": "text", "text": "a"}, tool]) == [{"type": "text", "text": "a"}, tool]
    assert parts(blocks=[{"type": "thinking", "thinking": "a"}])[0]["thinking"] == "a"


def test_a_call_of_tools_stops_for_them_unless_it_says_otherwise() -> None:
    for raw, reason in (
        ({"tool_use": [{"name": "roll"}]}, "tool_use"),
        ({"text": "a"}, "end_turn"),
        ({"text": "a", "stop_reason": "a_new_one"}, "a_new_one"),
    ):
        answer = read(raw).answer(new_id)
        assert answer is not None
        assert answer.stop_reason == reason


def test_the_first_entry_that_matches_is_used_as_often_as_it_says() -> None:
    script = Script()
    script.add([{"match": "FOO", "text": "foo", "times": 2}, {"text": "any"}, {"text": "always", "times": None}])

    taken = [script.take(question) for question in ("a foo b", "x", "Foo", "foo", "y")]

    assert [entry.says["text"] for entry in taken if entry and entry.says] == ["foo", "any", "foo", "always", "always"]
    script.clear()
    assert script.take("foo") is None


def test_a_question_may_bring_its_own_entry() -> None:
    entry = in_text('Hello\nplayground: {"text": "scripted", "tokens_per_second": 5}\n')

    assert entry is not None
    assert (entry.says, entry.tokens_per_second) == ({"text": "scripted"}, 5)
    assert Script().take('playground: {"do": "529"}') is not None
    assert in_text("playground: {nonsense}") is None
    assert in_text('playground: {"nonsense": 1}') is None


def test_a_fault_may_stand_in_an_entry() -> None:
    fault = read({"text": "a", "do": "cut", "after": 3}).fault

    assert fault is not None
    assert (fault.do, fault.more) == ("cut", {"after": 3})


@pytest.mark.parametrize(
    "raw",
    [
        "text",
        {"word": "a"},
        {"match": 7},
        {"times": 0},
        {"tokens_per_second": -1},
        {"first_token": "soon"},
        {"do": "explode"},
        {"tool_use": [{}]},
        {"blocks": ["text"]},
        {"text": 7},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_nothing_is_added(raw: Any) -> None:
    script = Script()

    with pytest.raises(ValueError, match=r"\.$"):
        script.add([{"text": "good"}, raw])
    assert len(script) == 0
