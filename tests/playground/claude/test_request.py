"""A request's parts: what is asked, how large it is, what stands before a block."""

from typing import Any

from playground.claude.check import read
from playground.claude.models import Catalogue
from playground.claude.request import Request, canonical

from .conftest import MODEL

TOOL = {"name": "roll", "description": "Rolls a die.", "input_schema": {"type": "object"}}


def request(*messages: Any, **more: Any) -> Request:
    return read({"model": MODEL, "max_tokens": 9, "messages": list(messages), **more}, Catalogue())


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "roll", "input": {}}]}


def test_what_is_asked_is_the_newest_message_and_what_tools_said_in_it() -> None:
    results = {"type": "tool_result", "tool_use_id": "t1", "content": [said("a four"), {"type": "image", "source": {}}]}

    assert request(user(said("one"), said("two"))).asked == "one\n\ntwo"
    assert request(user(said("Roll!")), CALL, user(results)).asked == "a four"
    assert request(user(said("Roll!")), CALL, user(results | {"content": "4"}, said("Well?"))).asked == "Well?\n4"


def test_the_whole_prompt_is_counted_and_the_segments_are_all_of_it() -> None:
    asked = request(user(said("a" * 400)), tools=[TOOL], system="b" * 400)

    assert asked.tokens == sum(segment.tokens for segment in asked.segments())
    assert 200 < asked.tokens < 260


def test_a_prefix_is_all_before_a_block_and_nothing_after() -> None:
    short = request(user(said("a")))
    longer = request(user(said("a")), {"role": "assistant", "content": "b"}, user(said("c")))

    assert short.prefix(1, 0) == longer.prefix(1, 0)
    assert longer.prefix(1, 0) != longer.prefix(1, 1)
    assert request(user(said("x"))).prefix(1, 0) != short.prefix(1, 0)
    assert request(user(said("a")), system="b").prefix(1, 0) != short.prefix(1, 0)


def test_the_same_content_has_the_same_bytes() -> None:
    marked = {"text": "a", "type": "text", "cache_control": {"type": "ephemeral"}}

    assert canonical(marked) == canonical(said("a"))
