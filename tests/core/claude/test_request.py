"""What is sent for a prompt."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest

from core import content
from core.claude.models import Model
from core.claude.request import COMPACTION, MCP, Request, asked, resumed
from core.contract import Json
from core.dialogue import Prompt, Tool

PROMPT = Prompt(
    model="claude-sonnet-5-5",
    system="Be kind.  \n",
    messages=({"role": "user", "content": "Hello"},),
    max_tokens=16_000,
    effort="low",
    thinking="on",
    user="p1",
)
CAN = Model("claude-sonnet-5-5", longest=8_000, efforts=("low",), thinking=("adaptive",))


def test_effort_and_thinking_go_where_the_model_can_and_nowhere_else() -> None:
    can, cannot = (Request(PROMPT, model, PROMPT.messages, "5m").json() for model in (CAN, Model("old")))

    assert (can["output_config"], can["thinking"]) == ({"effort": "low"}, {"type": "adaptive"})
    assert not {"output_config", "thinking"} & cannot.keys()


def test_no_more_is_asked_for_than_the_model_can_write() -> None:
    assert Request(PROMPT, CAN, PROMPT.messages, "5m").max_tokens == 8_000
    assert Request(PROMPT, Model("unknown"), PROMPT.messages, "5m").max_tokens == 16_000


def test_the_system_prompt_goes_to_the_byte_and_is_marked_for_the_cache() -> None:
    marked = Request(PROMPT, CAN, PROMPT.messages, "1h").json()["system"]

    assert marked == [{"type": "text", "text": PROMPT.system, "cache_control": MARK}]
    assert Request(PROMPT, CAN, PROMPT.messages, "").json()["system"] == PROMPT.system


@pytest.mark.parametrize("system", ["", " \n"])
def test_a_system_prompt_that_says_nothing_takes_no_mark(system: str) -> None:
    sent = Request(replace(PROMPT, system=system), CAN, PROMPT.messages, "5m").json()

    assert sent.get("system", "") == system


def test_what_is_not_wished_for_is_not_sent() -> None:
    plain = Prompt(model="m", system="", messages=PROMPT.messages, max_tokens=5)

    assert Request(plain, CAN, PROMPT.messages, "").json() == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 5,
        "messages": as_blocks(PROMPT.messages),
    }


def test_a_first_call_sends_the_conversation_as_it_is() -> None:
    assert asked(PROMPT.messages, "") == asked(PROMPT.messages, " \n") == PROMPT.messages


def test_the_rest_is_asked_for_in_a_turn_of_its_own() -> None:
    assert [message["role"] for message in asked(PROMPT.messages, "Half an")] == ["user", "assistant", "user"]


ASKED = {"type": "text", "text": "What time is it?"}
USED: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "clock", "input": {}}
ROUND = (
    {"role": "assistant", "content": [USED]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "noon"}]},
)
SAID = {"role": "assistant", "content": "Noon."}
MUCH = {"role": "assistant", "content": [ASKED] * 16}
MARK = {"type": "ephemeral", "ttl": "1h"}


def as_blocks(messages: Any) -> list[Any]:
    return [{**said, "content": content.blocks(said)} for said in messages]


def _marks(said: Any) -> list[Any]:
    """The mark of each of its blocks, None for none."""
    return [block.get("cache_control") for block in said["content"]]


@pytest.mark.parametrize("asked", ["What time is it?", [ASKED]])
@pytest.mark.parametrize("after", [(*ROUND * 8, SAID, {"role": "user", "content": "Thanks"}), ROUND * 8, (MUCH,)])
def test_the_newest_question_is_marked_for_the_cache_when_it_is_far_from_the_end(asked: Any, after: Any) -> None:
    messages = ({"role": "user", "content": "Hi"}, SAID, {"role": "user", "content": asked}, *after)

    sent = Request(PROMPT, CAN, messages, "1h").json()["messages"]

    assert sent[2] == {"role": "user", "content": [{**ASKED, "cache_control": MARK}]}
    assert [*sent[:2], *sent[3:-1]] == as_blocks((*messages[:2], *messages[3:-1]))
    assert [mark for mark in _marks(sent[-1]) if mark] == [MARK]
    assert "cache_control" not in str(messages)


@pytest.mark.parametrize(
    "messages",
    [
        ({"role": "user", "content": "Hi"},),
        ({"role": "assistant", "content": [{"type": "compaction", "content": "x"}]}, {"role": "user", "content": "Hi"}),
        ({"role": "user", "content": "Hi"}, *ROUND * 7, SAID),
        ({"role": "user", "content": [ASKED, {"type": "image"}]}, MUCH, {"role": "user", "content": "Hi"}),
    ],
)
def test_where_there_is_none_the_messages_have_one_mark_at_their_end(messages: Any) -> None:
    sent = Request(PROMPT, CAN, messages, "1h").json()["messages"]

    assert sent[:-1] == as_blocks(messages[:-1])
    assert _marks(sent[-1]) == [*[None] * (len(sent[-1]["content"]) - 1), MARK]
    plain = Request(PROMPT, CAN, (*messages, MUCH, *messages), "").json()["messages"]
    assert plain == as_blocks((*messages, MUCH, *messages))


def test_a_message_is_written_the_same_with_a_mark_and_without() -> None:
    alone, asked_again = (
        Request(PROMPT, CAN, messages, "1h").json()["messages"][0]["content"]
        for messages in (PROMPT.messages, (*PROMPT.messages, *ROUND))
    )

    assert [{**block, "cache_control": MARK} for block in asked_again] == alone


def test_what_was_thought_last_takes_no_mark() -> None:
    thought, said = {"type": "thinking", "thinking": "", "signature": "s"}, {"type": "text", "text": "Well,"}
    paused: Any = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": [said, thought]})

    sent = Request(PROMPT, CAN, paused, "1h").json()["messages"]
    (only,) = Request(PROMPT, CAN, ({"role": "assistant", "content": [thought]},), "1h").json()["messages"]

    assert (_marks(sent[-1]), _marks(only)) == ([MARK, None], [None])


def test_marks_are_such_as_claude_behind_a_gateway_takes() -> None:
    sent = Request(PROMPT, CAN, ({"role": "user", "content": "Hi"}, *ROUND * 20), "5m").json()

    assert "cache_control" not in sent
    assert json.dumps(sent).count('"cache_control": {"type": "ephemeral"}') == 3


def test_there_are_never_more_marks_than_the_api_takes() -> None:
    messages = ({"role": "user", "content": "Hi"}, *ROUND * 20, SAID, {"role": "user", "content": [ASKED]}, *ROUND * 20)

    sent = Request(replace(PROMPT, tools=(SEARCH, WIKI)), CAN, messages, "1h").json()

    assert json.dumps(sent).count('"cache_control"') == 3  # of four


def test_a_paused_turn_is_sent_back_unchanged_at_the_end() -> None:
    blocks: tuple[dict[str, Json], ...] = ({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},)

    assert resumed(PROMPT.messages, blocks) == (*PROMPT.messages, {"role": "assistant", "content": list(blocks)})
    assert resumed(PROMPT.messages, ()) == PROMPT.messages


def test_a_request_shows_nothing_of_itself() -> None:
    sent = Request(PROMPT, CAN, PROMPT.messages, "5m")

    assert "Hello" not in repr(sent)
    assert dataclasses.is_dataclass(sent)


SEARCH = Tool("web_search", {"type": "new", "name": "web_search"}, basic={"type": "old", "name": "web_search"})
WIKI = Tool("wiki", {"type": "mcp_toolset", "mcp_server_name": "wiki"}, server={"type": "url", "name": "wiki"})


def test_tools_go_as_they_are_and_the_basic_ones_where_a_model_can_no_more() -> None:
    prompt = replace(PROMPT, tools=(SEARCH, WIKI))

    able = Request(prompt, replace(CAN, programs=True), PROMPT.messages, "").json()
    other = Request(prompt, CAN, PROMPT.messages, "").json()

    assert able["tools"] == [SEARCH.spec, WIKI.spec]
    assert other["tools"] == [SEARCH.basic, WIKI.spec]
    assert "tool_choice" not in able


def test_servers_of_others_are_named_with_what_they_need() -> None:
    sent = Request(replace(PROMPT, tools=(SEARCH, WIKI)), CAN, PROMPT.messages, "")

    assert sent.json()["mcp_servers"] == [WIKI.server]
    assert sent.betas == (MCP,)
    assert Request(PROMPT, CAN, PROMPT.messages, "").betas == ()


def test_a_model_that_has_used_its_tools_up_is_told_to_use_none() -> None:
    prompt = replace(PROMPT, tools=(SEARCH,))

    assert Request(prompt, CAN, PROMPT.messages, "", mute=True).json()["tool_choice"] == {"type": "none"}
    assert "tool_choice" not in Request(PROMPT, CAN, PROMPT.messages, "", mute=True).json()


def test_what_no_later_call_can_read_is_not_marked_for_the_cache() -> None:
    prompt, messages = replace(PROMPT, tools=(SEARCH,)), ({"role": "user", "content": "Hi"}, *ROUND * 20)

    sent = Request(prompt, CAN, messages, "5m", mute=True).json()

    assert "cache_control" not in {*sent, *str(sent["messages"]).split("'")}
    assert sent["system"][0]["cache_control"] == {"type": "ephemeral"}  # with the tools before it


def test_a_summary_of_the_apis_own_reads_the_conversation_from_the_cache_with_tools_too() -> None:
    prompt = replace(PROMPT, tools=(SEARCH,))

    summary = Request(prompt, CAN, PROMPT.messages, "5m", mute=True, compacts=True).json()

    assert "tool_choice" not in summary
    assert {**Request(prompt, CAN, PROMPT.messages, "5m").json(), "compaction": {"type": "summarize"}} == summary


def test_a_summary_is_asked_for_and_sent_back_by_the_name_of_its_beta() -> None:
    summary = ({"role": "assistant", "content": [{"type": "compaction", "content": "In short."}]}, *PROMPT.messages)

    asking = Request(PROMPT, CAN, PROMPT.messages, "", compacts=True)

    assert asking.json()["compaction"] == {"type": "summarize"}
    assert asking.betas == Request(PROMPT, CAN, summary, "").betas == (COMPACTION,)
