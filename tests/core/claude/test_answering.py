"""Where an answer stands, over its calls and its rounds of tools, and after a restart."""

from dataclasses import replace
from typing import Any

import pytest

from core import resuming
from core.claude import rounds
from core.claude.answering import Answering, begin
from core.claude.ending import SILENT, Ending, Then
from core.claude.failures import judged
from core.claude.retry import Tries
from core.claude.rounds import Round
from core.content import WORDLESS
from core.contract import Action, Progress
from core.dialogue import Exchange, Prompt, Usage
from tests.core.claude.bench import Screenless, prompt

QUESTION = {"role": "user", "content": "What time is it?"}
CALL = {"type": "tool_use", "id": "t1", "name": "clock", "input": {}}
OTHER = {"type": "tool_use", "id": "t2", "name": "dice", "input": {}}
CONTENT: tuple[dict[str, Any], ...] = (
    {"type": "thinking", "thinking": "", "signature": "s"},
    {"type": "text", "text": "Let me look."},
    CALL,
    OTHER,
)
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
RESULTS = (rounds.result("t1", "noon"), rounds.result("t2", "6"))


@pytest.fixture
def reply() -> Screenless:
    return Screenless()


def asks(**fields: Any) -> Prompt:
    return prompt(messages=[QUESTION], **fields)


def says(one: Answering, text: str) -> None:
    one.writing.open(resumed=False)
    one.writing.add(text)
    one.writing.close()


def used(one: Answering) -> None:
    """One round of both tools."""
    one.asks()
    says(one, "Let me look.")
    one.wait(CONTENT)
    one.go_on(RESULTS)


def test_a_round_of_tools_is_answered_with_its_results(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)

    assert one.asks() == (QUESTION, *Round(CONTENT, RESULTS).sent())
    assert (one.rounds, one.has_rounds) == (1, True)


def test_the_history_keeps_rounds_and_the_words_after_them_in_turn(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)
    says(one, "It is noon.")

    answer = one.answer(Ending("end_turn"))

    assert answer.text == "Let me look.\n\nIt is noon."
    assert [said["role"] for said in answer.messages] == ["assistant", "user", "assistant"]
    assert answer.messages[-1]["content"] == "It is noon."
    assert "thinking" not in str(answer.messages)


def reached(kept: tuple[Any, ...]) -> Progress | None:
    exchange = Exchange("e1", 0, (QUESTION, *kept))
    return resuming.reached(exchange, "Let me look.", prompt().model, ["clock", "dice"])


def test_where_no_words_followed_the_tools_the_history_keeps_what_they_gave_nonetheless(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)

    kept = one.answer(Ending("end_turn")).messages
    assert kept == (*Round(CONTENT, RESULTS).said("Let me look."), {"role": "assistant", "content": WORDLESS})
    again = begin(asks(begun="Let me look.", progress=reached(kept)), reply, 0)
    assert [said["role"] for said in again.asks()] == ["user", "assistant", "user", "assistant", "user"]
    says(again, "Noon.")
    assert again.writing.text == "Let me look.\n\nNoon."
    assert again.answer(Ending("end_turn")).messages == (*kept[:-1], {"role": "assistant", "content": "Noon."})


def test_words_that_did_not_come_after_tools_are_asked_for_once_and_what_was_said_stays_one_part(
    reply: Screenless,
) -> None:
    one = begin(asks(), reply, 0)
    found = ({"type": "text", "text": "I'll search."}, SEARCH, FOUND)
    one.asks()
    says(one, "I'll search.")
    ending = one.without_words("end_turn", found)
    assert ending is not None
    assert ending.then is Then.INSIST

    one.insist(found)
    asked = one.asks()
    assert asked[:2] == (QUESTION, {"role": "assistant", "content": list(found)})
    assert "Answer the question now" in asked[2]["content"]
    says(one, "42.")
    assert one.answer(Ending("end_turn")).messages == ({"role": "assistant", "content": "I'll search.\n\n42."},)
    assert one.without_words("end_turn", ({"type": "text", "text": "42."},)) is None
    assert one.without_words("end_turn", (SEARCH, FOUND)) == Ending("end_turn", SILENT, (Action.CONTINUE,))


def test_a_cut_after_tools_is_gone_on_with_after_their_results(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)
    says(one, "It is no")

    sent = one.asks()

    assert sent[: len(sent) - 2] == (QUESTION, *Round(CONTENT, RESULTS).sent())
    assert sent[-2] == {"role": "assistant", "content": "It is no"}


def test_a_paused_turn_and_what_came_after_it_are_one_message(reply: Screenless) -> None:
    paused: tuple[dict[str, Any], ...] = ({"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},)
    one = begin(asks(), reply, 0)
    one.asks()
    one.pause(paused)
    resumed = one.asks()
    one.wait(CONTENT)
    one.go_on(RESULTS)

    assert resumed[-1] == {"role": "assistant", "content": list(paused)}
    assert one.asks()[1]["content"] == [*paused, *CONTENT]


def test_after_a_restart_it_goes_on_where_the_tools_came_to(reply: Screenless) -> None:
    first = begin(asks(), reply, 0)
    first.asks()
    says(first, "Let me look.")
    first.wait(CONTENT)
    done = first.progress(RESULTS)

    again = begin(asks(progress=done), reply, 0)

    assert not again.waiting
    assert again.asks() == (QUESTION, *Round(CONTENT, RESULTS).sent())
    says(again, "It is noon.")
    answer = again.answer(Ending("end_turn"))
    assert answer.text == "Let me look.\n\nIt is noon."
    assert len(answer.messages) == 3


def test_after_a_restart_only_the_tools_without_a_result_run_again(reply: Screenless) -> None:
    first = begin(asks(), reply, 0)
    first.asks()
    says(first, "Let me look.")
    first.wait(CONTENT)
    done = first.progress(RESULTS[:1])

    again = begin(asks(progress=done), reply, 0)

    assert again.waiting == Round(CONTENT, RESULTS[:1])
    again.go_on(RESULTS[1:])
    assert again.asks() == (QUESTION, *Round(CONTENT, RESULTS).sent())
    assert again.said == Round(CONTENT, RESULTS).said("Let me look.")


def test_what_is_continued_goes_on_after_its_tools_with_the_words_that_followed_them(reply: Screenless) -> None:
    sent = Round(CONTENT, RESULTS).said("Let me look.")
    done = Progress("claude-sonnet-5-5", "Let me look.\n\n", sent, sent)
    one = begin(asks(progress=done, begun="Let me look.\n\nIt is"), reply, 0)

    assert one.asks()[1:3] == sent
    assert one.asks()[3] == {"role": "assistant", "content": "It is"}
    says(one, "It is noon.")
    assert one.answer(Ending("end_turn")).text == "Let me look.\n\nIt is noon."
    assert one.answer(Ending("end_turn")).messages == (*sent, {"role": "assistant", "content": "It is noon."})


def test_a_model_that_was_busy_is_gone_back_to_once_and_for_good(reply: Screenless) -> None:
    one, busy = begin(asks(), reply, 0), judged(529, {})
    one.tries = Tries().failed(grew=False)
    one.switch("claude-haiku-5-5", busy)

    assert (one.go_back(), one.go_back()) == (replace(busy, cools=False), None)
    assert (one.model, one.stays, one.tries.failures) == (one.prompt.model, True, 1)


def test_a_model_that_is_gone_is_not_gone_back_to(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    one.switch("claude-haiku-5-5", judged(404, {}))

    assert (one.go_back(), one.model) == (None, "claude-haiku-5-5")


def test_another_model_is_told_the_results_in_words(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)
    one.switch("claude-haiku-5-5", judged(404, {}))

    sent = one.asks()

    assert "clock({}): noon" in str(sent[0])
    assert [said["role"] for said in sent] == ["user", "assistant", "user"]
    assert "thinking" not in str(sent)
    assert not one.has_rounds
    says(one, "Let me look. It is noon.")
    words = {"role": "assistant", "content": "Let me look. It is noon."}
    assert one.answer(Ending("end_turn")).messages == (*Round(CONTENT, RESULTS).said(""), words)


def test_after_a_restart_what_was_told_another_model_in_words_is_told_again(reply: Screenless) -> None:
    first = begin(asks(), reply, 0)
    used(first)
    first.switch("claude-haiku-5-5", judged(529, {}))
    first.asks()
    says(first, "And now?")
    more, result = ({**CALL, "id": "t3"},), rounds.result("t3", "one o'clock")
    first.wait(more)
    done = first.progress([result])

    again = begin(asks(progress=replace(done, model="claude-sonnet-5-5")), reply, 0)

    sent = again.asks()
    assert "clock({}): noon" in str(sent[0])
    assert sent[-2:] == Round(more, (result,)).sent()
    says(again, "It is one.")
    kept = again.answer(Ending("end_turn")).messages
    assert kept[:2] == Round(CONTENT, RESULTS).said("")
    assert kept[2:4] == Round(more, (result,)).said(first.writing.text)


def test_what_the_api_refused_with_its_tools_is_not_kept_in_the_history(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)
    used(one)
    one.asks_for_less(judged(400, {}))
    one.asks()
    says(one, "Noon.")

    done = one.progress(())
    assert "noon" not in str((done.sent, done.said))
    assert len(one.answer(Ending("end_turn")).messages) == 1


@pytest.mark.parametrize("results", [RESULTS, RESULTS[:1]])
def test_after_a_restart_on_another_model_what_is_known_is_told_in_words(reply: Screenless, results: Any) -> None:
    done = Progress("claude-old-1", "", Round(CONTENT, results).sent(), Round(CONTENT, results).said(""))

    one = begin(asks(progress=done), reply, 0)

    assert not one.waiting
    assert "clock({}): noon" in str(one.asks()[-1]["content"])


def test_an_answer_that_never_asked_has_no_size(reply: Screenless) -> None:
    one = begin(asks(), reply, 0)

    assert one.answer(Ending("end_turn")).context == 0
    one.usage.append(Usage(input=5, output=2))
    assert one.answer(Ending("end_turn")).context == 7
