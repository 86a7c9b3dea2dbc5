"""Which conversations are refused, in the API's words, and which are taken."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from playground.claude.check import read
from playground.claude.errors import Refused
from playground.claude.models import Catalogue
from playground.claude.request import Request
from playground.claude.seals import sign, sign_compaction

from .conftest import MODEL

SCHEMA = {"type": "object", "properties": {}}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "roll", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "4"}


def taken(*turns: Any, model: str = MODEL, **more: Any) -> Request:
    messages = [{"role": role, "content": content} for role, content in turns]
    return read({"model": model, "max_tokens": 100, "messages": messages, **more}, Catalogue())


def refusal(*turns: Any, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        taken(*turns, **more)
    assert caught.value.status == 400
    return caught.value.message


def roles(request: Request) -> Iterable[str]:
    return [turn.role for turn in request.turns]


def test_roles_begin_with_the_user_and_alternate() -> None:
    assert "first message" in refusal(("assistant", "Hi"), ("user", "Hi"))
    assert "roles must alternate" in refusal(("user", "a"), ("assistant", "b"), ("assistant", "c"), ("user", "d"))
    assert roles(taken(("user", "a"), ("assistant", "b"), ("user", "c"))) == ["user", "assistant", "user"]


def test_what_a_user_says_twice_in_a_row_is_one_turn() -> None:
    request = taken(("user", "one"), ("user", [{"type": "text", "text": "two"}]))

    assert roles(request) == ["user"]
    assert request.turns[0].text == "one\n\ntwo"


def test_a_prefill_is_refused_by_every_model_of_today() -> None:
    assert "prefill" in refusal(("user", "a"), ("assistant", "b"))
    assert roles(taken(("user", "a"), ("assistant", "b"), model="claude-haiku-4-5")) == ["user", "assistant"]


def test_a_paused_turn_may_come_back_last() -> None:
    paused = [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]

    assert roles(taken(("user", "a"), ("assistant", paused))) == ["user", "assistant"]


@pytest.mark.parametrize("content", ["", [], [{"type": "text", "text": ""}], [{"type": "text", "text": " \n"}]])
def test_nothing_said_is_refused(content: Any) -> None:
    assert "non-" in refusal(("user", content))
    assert "non-" in refusal(("user", "a"), ("assistant", content), ("user", "b"))


@pytest.mark.parametrize("content", [7, ["text"], [{"text": "x"}], [{"type": "text"}], [{"type": "hologram"}]])
def test_what_is_no_content_is_refused(content: Any) -> None:
    assert refusal(("user", content)).startswith("messages.0.content")


def test_a_role_is_one_that_the_model_knows() -> None:
    assert "role" in refusal(("robot", "a"))
    assert roles(taken(("user", "a"), ("system", "Be brief."))) == ["user", "system"]
    assert "does not support" in refusal(("user", "a"), ("system", "b"), model="claude-sonnet-5")


def test_a_document_of_the_assistant_and_citations_of_the_user_are_refused() -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    cited = {"type": "text", "text": "x", "citations": [{"type": "char_location"}]}

    assert "not permitted in assistant" in refusal(("user", "a"), ("assistant", [document]), ("user", "b"))
    assert "citations" in refusal(("user", [cited]))


def test_an_image_has_a_source_of_a_known_kind() -> None:
    def image(**source: Any) -> list[Any]:
        return [{"type": "image", "source": source}]

    assert taken(("user", image(type="base64", media_type="image/png", data="aGk="))).tokens > 1_000
    assert taken(("user", image(type="url", url="https://example.com/a.png"))).tokens > 1_000
    assert "media_type" in refusal(("user", image(type="base64", media_type="image/bmp", data="aGk=")))
    assert "data" in refusal(("user", image(type="base64", media_type="image/png", data="")))
    assert "source" in refusal(("user", image(type="carrier pigeon")))
    assert "10 MB" in refusal(("user", image(type="base64", media_type="image/png", data="a" * 10_485_761)))


def test_each_tool_use_has_its_result_in_the_next_message() -> None:
    assert roles(taken(("user", "a"), ("assistant", [CALL]), ("user", [RESULT]))) == ["user", "assistant", "user"]
    assert "without `tool_result`" in refusal(("user", "a"), ("assistant", [CALL]), ("user", "b"))
    assert "unexpected `tool_use_id`" in refusal(("user", [RESULT]))
    assert "unique" in refusal(("user", "a"), ("assistant", [CALL, CALL]), ("user", [RESULT]))
    assert "Field required" in refusal(("user", "a"), ("assistant", [{"type": "tool_use", "id": "x"}]), ("user", "b"))


def thought(request: Request, text: str = "", *, place: int = 1) -> dict[str, Any]:
    """A thinking block as it was returned for the first turns of a request."""
    earlier = replace(request, turns=request.turns[:place])
    return {"type": "thinking", "thinking": text, "signature": sign(earlier.prefix(place, 0), text)}


SAID = {"type": "text", "text": "b"}


SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}


def test_a_search_has_its_result_unless_it_is_done_with_this_request() -> None:
    asked, both = ("user", "Hi"), ("assistant", [SEARCH, CALL])

    assert taken(asked, both, ("user", [RESULT])).searching == ["srvtoolu_1"]
    assert taken(asked, both, ("user", [RESULT]), ("assistant", [FOUND, CALL]), ("user", [RESULT])).searching == []
    missing = "messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding"
    text = {"type": "text", "text": "Go on."}
    assert missing in refusal(asked, both, ("user", [RESULT, text]))
    assert missing in refusal(asked, both, ("user", [RESULT]), ("assistant", "4"), ("user", "Why?"))
    assert missing in refusal(asked, ("assistant", [SEARCH]), ("user", "And?"))


def test_thinking_comes_back_unchanged_and_after_the_same_prompt() -> None:
    block = thought(taken(("user", "a")))

    assert taken(("user", "a"), ("assistant", [block, SAID]), ("user", "c"))
    changed = block | {"thinking": "other"}
    assert "Invalid `signature`" in refusal(("user", "a"), ("assistant", [changed, SAID]), ("user", "c"))
    broken = block | {"signature": "%%%"}
    assert "Invalid `signature`" in refusal(("user", "a"), ("assistant", [broken, SAID]), ("user", "c"))
    assert "bound to a different" in refusal(("user", "A"), ("assistant", [block, SAID]), ("user", "c"))
    assert "bound" in refusal(("user", "a"), ("assistant", [block, SAID]), ("user", "c"), system="new")


def test_a_mark_of_the_cache_does_not_change_a_prompt() -> None:
    block = thought(taken(("user", "a")))
    marked = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]

    assert taken(("user", marked), ("assistant", [block, SAID]), ("user", "c"))


def test_older_models_do_not_mind_another_prompt() -> None:
    block = thought(taken(("user", "a"), model="claude-opus-5"))

    assert taken(("user", "A"), ("assistant", [block, SAID]), ("user", "c"), model="claude-opus-5")


def test_who_asks_for_it_has_thinking_dropped_instead_of_refused() -> None:
    block = thought(taken(("user", "a")))
    binding = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}

    request = taken(("user", "A"), ("assistant", [block, SAID]), ("user", "c"), thinking=binding)

    assert request.turns[1].blocks == (SAID,)


def test_within_a_tool_loop_thinking_must_not_be_missing() -> None:
    call = CALL | {"id": "toolu_01Tafterthought"}
    result = RESULT | {"tool_use_id": call["id"]}
    block = thought(taken(("user", "a")))

    assert "Expected `thinking`" in refusal(("user", "a"), ("assistant", [call]), ("user", [result]))
    assert taken(("user", "a"), ("assistant", [block, call]), ("user", [result]))
    assert taken(("user", "a"), ("assistant", [call]), ("user", [result]), thinking={"type": "between_tools"})


def test_a_compaction_stands_first_once_and_as_it_was_returned() -> None:
    block = {"type": "compaction", "content": "In short.", "signature": sign_compaction("In short.")}

    assert roles(taken(("assistant", [block]), ("user", "go on"))) == ["assistant", "user"]
    for turns, code in (
        ([("user", "a"), ("assistant", [block]), ("user", "b")], "compaction_block_misplaced"),
        ([("assistant", [block, block]), ("user", "b")], "compaction_block_ambiguous"),
        ([("assistant", [block | {"content": "Else."}]), ("user", "b")], "compaction_content_mismatch"),
        ([("assistant", [block | {"signature": None}]), ("user", "b")], "compaction_signature_invalid"),
    ):
        with pytest.raises(Refused) as caught:
            taken(*turns)
        assert caught.value.code == code


def marked(life: str | None = None) -> list[Any]:
    mark = {"type": "ephemeral"} | ({"ttl": life} if life else {})
    return [{"type": "text", "text": "x", "cache_control": mark}]


def test_at_most_four_cache_marks_the_long_lived_ones_first() -> None:
    turns: list[Any] = [("user", marked()), ("assistant", marked())] * 2 + [("user", "x")]

    assert taken(*turns)
    assert "maximum of 4" in refusal(*turns, cache_control={"type": "ephemeral"})
    assert taken(("user", marked("1h")), ("assistant", marked("5m")), ("user", "x"))
    assert "must not come after" in refusal(("user", marked("5m")), ("assistant", marked("1h")), ("user", "x"))
    assert "ttl" in refusal(("user", marked("2h")))
    assert "ephemeral" in refusal(("user", "x"), cache_control={"type": "forever"})
