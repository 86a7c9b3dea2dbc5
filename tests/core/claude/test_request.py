"""What is sent for a prompt."""

import dataclasses

from core.claude.models import Model
from core.claude.request import asked, request, resumed
from core.contract import Json, Prompt

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
    can = request(PROMPT, CAN, PROMPT.messages, "5m")
    cannot = request(PROMPT, Model("old"), PROMPT.messages, "5m")

    assert (can.effort, can.thinking) == ("low", {"type": "adaptive"})
    assert (cannot.effort, cannot.thinking) == ("", None)


def test_no_more_is_asked_for_than_the_model_can_write() -> None:
    assert request(PROMPT, CAN, PROMPT.messages, "5m").max_tokens == 8_000
    assert request(PROMPT, Model("unknown"), PROMPT.messages, "5m").max_tokens == 16_000


def test_the_system_prompt_goes_to_the_byte() -> None:
    assert request(PROMPT, CAN, PROMPT.messages, "5m").system == PROMPT.system


def test_what_is_not_wished_for_is_not_sent() -> None:
    plain = Prompt(model="m", system="", messages=PROMPT.messages, max_tokens=5)

    assert request(plain, CAN, PROMPT.messages, "").json() == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 5,
        "stream": True,
        "messages": list(PROMPT.messages),
    }


def test_a_first_call_sends_the_conversation_as_it_is() -> None:
    assert asked(PROMPT, "") == asked(PROMPT, " \n") == PROMPT.messages


def test_the_rest_is_asked_for_in_a_turn_of_its_own() -> None:
    assert [message["role"] for message in asked(PROMPT, "Half an")] == ["user", "assistant", "user"]


def test_a_paused_turn_is_sent_back_unchanged_at_the_end() -> None:
    blocks: tuple[dict[str, Json], ...] = ({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},)

    assert resumed(PROMPT.messages, blocks) == (*PROMPT.messages, {"role": "assistant", "content": list(blocks)})
    assert resumed(PROMPT.messages, ()) == PROMPT.messages


def test_a_request_shows_nothing_of_itself() -> None:
    sent = request(PROMPT, CAN, PROMPT.messages, "5m")

    assert "Hello" not in repr(sent)
    assert dataclasses.is_dataclass(sent)
