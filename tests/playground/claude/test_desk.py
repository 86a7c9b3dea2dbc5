"""What this Claude decides: the script before its own mind, tools and searches, and what stops an answer."""

from typing import Any

import pytest

from playground.claude.check import read
from playground.claude.desk import Desk
from playground.claude.errors import Refused
from playground.claude.request import Request
from playground.claude.script import read as entry

from .conftest import MODEL

CLOCK = {"name": "current_time", "input_schema": {"type": "object", "properties": {}}}
SEARCH = {"type": "web_search_20260318", "name": "web_search"}


def request(desk: Desk, question: Any, **more: Any) -> Request:
    body = {"model": MODEL, "max_tokens": 5_000, "messages": [{"role": "user", "content": question}], **more}
    return read(body, desk.catalogue)


def test_the_script_is_asked_before_the_mind() -> None:
    desk = Desk()

    assert desk.answer(request(desk, "What is 2+2?"), entry({"text": "Five."}), None).text == "Five."
    assert desk.answer(request(desk, "What is 2+2?"), entry({"tokens_per_second": 5}), None).text == "2+2 = **4**"
    assert desk.answer(request(desk, "What is 2+2?"), None, None).text == "2+2 = **4**"


def test_an_entry_may_change_only_the_pace() -> None:
    desk = Desk()

    usual, quick = desk.pace(), desk.pace(entry({"tokens_per_second": 1_000}))

    assert (usual.first, usual.rate) == (0.4, 80)
    assert (quick.first, quick.rate) == (0.4, 1_000)
    assert usual.lasts(80) == pytest.approx(1.4)
    assert desk.pace(entry({"tokens_per_second": 0, "first_token": 0})).lasts(9_999) == 0


def test_an_answer_ends_at_max_tokens_or_where_the_context_does() -> None:
    desk = Desk()
    short = desk.answer(request(desk, "Tell me a story", max_tokens=20), None, None)
    desk.configure({"context": 60})
    full = desk.answer(request(desk, "Tell me a story"), None, None)

    assert (short.stop_reason, short.tokens) == ("max_tokens", 20)
    assert full.stop_reason == "model_context_window_exceeded"
    assert full.tokens < 60


def test_a_prompt_may_be_read_into_the_cache_without_an_answer() -> None:
    desk = Desk()
    answer = desk.answer(request(desk, "Tell me a story", max_tokens=0), None, None)

    assert (answer.parts, answer.stop_reason) == ((), "max_tokens")


def test_a_tool_that_the_question_asks_for_is_used_and_thought_about_where_thinking_is_on() -> None:
    desk = Desk()
    thinking = desk.answer(request(desk, "What time is it?", tools=[CLOCK]), None, None)
    plain = desk.answer(
        request(desk, "What time is it?", tools=[CLOCK], thinking={"type": "between_tools"}), None, None
    )

    assert [part.kind for part in thinking.parts] == ["thinking", "tool_use"]
    assert thinking.parts[1].fields["id"].startswith("toolu_01T")
    assert [part.kind for part in plain.parts] == ["tool_use"]
    assert plain.stop_reason == "tool_use"
    assert plain.parts[0].fields["id"].startswith("toolu_01P")


def test_a_search_of_the_web_fails_as_a_block_and_is_counted() -> None:
    desk = Desk()
    answer = desk.answer(request(desk, "Search the web for parley", tools=[SEARCH]), None, None)

    assert [part.kind for part in answer.parts] == ["server_tool_use", "web_search_tool_result", "text"]
    assert answer.parts[1].whole()["content"]["error_code"] == "unavailable"
    assert answer.searches == 1
    assert answer.stop_reason == "end_turn"


def test_a_scripted_text_that_was_cut_is_gone_on_with() -> None:
    desk = Desk()
    whole = "The quick brown fox jumps over the lazy dog and runs away."
    cut = desk.answer(request(desk, "Go", max_tokens=5), entry({"text": whole}), None).text
    asked = "Your answer above broke off. Begin by repeating <last_words>fox jumps</last_words>"
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": cut},
        {"role": "user", "content": asked},
    ]

    rest = desk.answer(request(desk, "", messages=messages), None, None).text

    assert cut == "The quick brown fox jumps"
    assert rest == "fox jumps over the lazy dog and runs away."


def test_a_wrong_key_and_a_used_up_limit_are_refused() -> None:
    desk = Desk(clock=lambda: 0.0)
    desk.configure({"limits": {"requests": 1}})

    with pytest.raises(Refused) as wrong:
        desk.check_key("nonsense")
    desk.admit()
    with pytest.raises(Refused) as often:
        desk.admit()
    assert (wrong.value.status, often.value.status, often.value.retry_after) == (401, 429, 60)


def test_identifiers_look_like_the_apis_and_never_repeat() -> None:
    desk = Desk()
    ids = {desk.id("msg") for _ in range(1_000)}

    assert len(ids) == 1_000
    assert all(len(one) == 28 and one.startswith("msg_01") for one in ids)
