"""Answers that take tools, through the real client library: rounds, failures, restarts, and what is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from math import nan
from typing import Any

import pytest

from core import errors
from core.claude import ending
from core.claude.retry import Patience
from core.content import WORDLESS, blocks
from core.contract import Json, Progress
from core.dialogue import Tool
from core.errors import StaleLease, ToolError
from tests.core.claude.bench import Bench, prompt
from tests.waits import until

pytestmark = pytest.mark.anyio

BOUND = "claude-sonnet-5-5"
"""Of the models whose thinking is valid only after the very same prompt."""


def tool(name: str, run: Callable[[Mapping[str, Json]], Awaitable[str]], seconds: float = 5) -> Tool:
    schema: Json = {"type": "object", "properties": {"n": {"type": "integer"}}}
    return Tool(name, {"name": name, "description": name, "input_schema": schema}, run, seconds)


async def noon(_: Mapping[str, Json]) -> str:
    return "noon"


async def number(arguments: Mapping[str, Json]) -> str:
    return f"number {arguments['n']}"


async def broken(_: Mapping[str, Json]) -> str:
    raise RuntimeError("secret")


async def sorry(_: Mapping[str, Json]) -> str:
    raise ToolError("There is no such city.")


TOOLS = (tool("clock", noon), tool("number", number), tool("broken", broken), tool("sorry", sorry))


def uses(*names: str, text: str = "", thinking: str = "Hm, let me see.", **more: Any) -> dict[str, Any]:
    """An entry of the stand-in's script that asks for tools; "number:5" for an argument."""
    wanted = [{"name": name.partition(":")[0], "input": _input(name)} for name in names]
    return {"tool_use": wanted, "thinking": thinking, **({"text": text} if text else {}), **more}


def _input(name: str) -> dict[str, int]:
    number = name.partition(":")[2]
    return {"n": int(number)} if number else {}


def results(call: dict[str, Any]) -> list[tuple[str, bool]]:
    """What the newest message of a request gives back, and whether it failed."""
    newest = call["said"][-1]["content"]
    return [(one["content"], one.get("is_error", False)) for one in newest if one["type"] == "tool_result"]


class Kept:
    """What was noted for a restart."""

    def __init__(self) -> None:
        self.all: list[Progress] = []

    async def __call__(self, progress: Progress) -> None:
        self.all.append(progress)


@pytest.mark.parametrize("model", [BOUND, "claude-opus-5", "claude-haiku-4-5-20251001"])
async def test_two_tools_at_once_and_then_the_answer(bench: Bench, model: str) -> None:
    bench.standin.script(uses("clock", "number:5", text="Let me look."), {"text": "It is noon, and 5."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS, model=model), bench.reply)

    first, second = bench.standin.calls()
    assert [tool["name"] for tool in first["arguments"]["tools"]] == ["clock", "number", "broken", "sorry"]
    assert results(second) == [("noon", False), ("number 5", False)]
    assert (answer.text, answer.attempts) == ("Let me look.\n\nIt is noon, and 5.", 2)
    assert "(Using clock and number…)" in bench.reply.told
    assert answer.usage.input == sum(details.usage.input for details in bench.details)


async def test_rounds_follow_each_other_with_their_thinking_unchanged(bench: Bench) -> None:
    bench.standin.script(
        uses("number:1", text="One."), uses("number:2"), uses("number:3", text="Three."), {"text": "Done."}
    )

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    calls = bench.standin.calls()
    said = [one for one in calls[-1]["said"] if one["role"] == "assistant"]
    assert [one["content"][0]["type"] for one in said] == ["thinking"] * 3
    assert all(one["content"][0]["signature"] for one in said)
    assert answer.text == "One.\n\nThree.\n\nDone."
    assert [one["role"] for one in answer.messages] == ["assistant", "user"] * 3 + ["assistant"]


async def test_what_the_history_keeps_of_tools_is_taken_by_the_api_again(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), {"text": "Noon."}, uses("number:2"), {"text": "Two."})

    async with bench.claude() as claude:
        first = await claude.answer(prompt("What time?", tools=TOOLS), bench.reply)
        asked: list[Any] = [{"role": "user", "content": "What time?"}, *first.messages]
        second = await claude.answer(
            prompt(messages=[*asked, {"role": "user", "content": "And a number?"}], tools=TOOLS), bench.reply
        )

    assert second.text == "Two."
    assert [call["status"] for call in bench.standin.calls()] == [200] * 4
    assert "thinking" not in str(first.messages)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken", "The tool failed. Go on without it."),
        ("sorry", "There is no such city."),
        ("calendar", "There is no tool of this name."),
    ],
)
async def test_a_tool_that_fails_is_told_the_model_in_a_sentence(bench: Bench, name: str, told: str) -> None:
    bench.standin.script(uses("clock", name), {"text": "Never mind."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert results(bench.standin.calls()[1]) == [("noon", False), (told, True)]
    assert answer.text == "Never mind."
    assert "secret" not in str(bench.standin.calls())


async def test_a_number_that_json_does_not_have_costs_no_answer(bench: Bench) -> None:
    wanted = [{"name": "number", "input": {"n": nan}}, {"name": "clock", "input": {}}]
    bench.standin.script({"tool_use": wanted}, {"text": "Noon at least."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert results(bench.standin.calls()[1]) == [("The tool failed. Go on without it.", True), ("noon", False)]
    assert answer.text == "Noon at least."


async def test_a_slow_tool_is_stopped_and_the_others_count(bench: Bench) -> None:
    async def slow(_: Mapping[str, Json]) -> str:
        await asyncio.sleep(60)
        return "never"

    bench.standin.script(uses("slow", "clock"), {"text": "Noon at least."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, tool("slow", slow, 0.05))), bench.reply)

    assert results(bench.standin.calls()[1]) == [("The tool took too long and was stopped.", True), ("noon", False)]
    assert answer.text == "Noon at least."


async def test_where_tools_bring_too_much_the_answer_does_with_less_of_it(bench: Bench) -> None:
    ran: list[str] = []

    async def read(_: Mapping[str, Json]) -> str:
        ran.append("")
        return "word " * 8_000

    bench.standin.config(context={BOUND: 16_000})
    bench.standin.script(uses("read", "read"), {"text": "Words."})
    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(tool("read", read),), max_tokens=1_000), bench.reply)

    *_, refused, last = bench.standin.calls()
    assert (refused["status"], last["status"], len(ran)) == (400, 200, 2)
    assert last["arguments"]["tool_choice"] == {"type": "none"}
    assert 3_000 < len(str(last["said"])) < 6_000
    assert answer.text == "Words."
    assert "word word" in str(answer.messages)


async def test_who_asks_for_tools_that_brought_too_much_again_is_stopped(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), {"do": "413"}, uses("clock"))
    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert (answer.text, answer.note) == ("Let me look.", ending.TOOLS_SPENT)


async def test_what_is_too_long_also_with_less_of_what_tools_gave_is_told(bench: Bench) -> None:
    bench.standin.script(uses("clock"), {"do": "413"}, {"do": "413"})
    async with bench.claude() as claude:
        with pytest.raises(errors.TooLarge):
            await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert len(bench.standin.calls()) == 3


async def test_who_uses_tools_for_ever_is_made_to_answer(bench: Bench) -> None:
    bench.standin.script(uses("clock"), uses("clock"), {"text": "Noon, then."})

    async with bench.claude(patience=Patience(rounds=2)) as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    choices = [call["arguments"].get("tool_choice") for call in bench.standin.calls()]
    assert choices == [None, None, {"type": "none"}]
    assert answer.text == "Noon, then."


async def test_who_asks_for_tools_even_then_is_stopped_with_a_note(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), uses("clock"))

    async with bench.claude(patience=Patience(rounds=1)) as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert (answer.text, answer.note) == ("Let me look.", ending.TOOLS_SPENT)
    assert "noon" in str(answer.messages[1])
    assert answer.messages[-1] == {"role": "assistant", "content": WORDLESS}


async def test_a_busy_moment_between_rounds_runs_no_tool_twice(bench: Bench) -> None:
    ran: list[str] = []

    async def counts(_: Mapping[str, Json]) -> str:
        ran.append("once")
        return "noon"

    bench.standin.script(uses("clock"), {"do": "529"}, {"do": "cut", "after": 0}, {"text": "Noon."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(tool("clock", counts),)), bench.reply)

    assert (answer.text, ran) == ("Noon.", ["once"])


async def test_a_cut_after_tools_goes_on_without_a_seam(bench: Bench) -> None:
    words = ["It ", "is ", "noon ", "already."]
    bench.standin.script(
        uses("clock", text="Let me look."),
        {"chunks": words, "do": "cut", "after": 2},
        {"chunks": ["It is", " noon already."]},
    )

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert answer.text == "Let me look.\n\nIt is noon already."
    assert answer.messages[-1]["content"] == "It is noon already."


BEGUN = "The committee met on Monday and agreed that the new budget of the depart"
AGAIN = "on Monday and agreed that the new budget of the department is 5 million."
"""As the API goes on, which was asked to repeat the last words: also when it uses a tool before it writes."""
WHOLE = f"{BEGUN}ment is 5 million."


@pytest.mark.parametrize("rounds", [1, 2])
async def test_an_answer_that_is_gone_on_with_repeats_nothing_after_tools_either(bench: Bench, rounds: int) -> None:
    bench.standin.script(*[uses("clock")] * rounds, {"text": AGAIN})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(begun=BEGUN, tools=TOOLS), bench.reply)

    assert answer.text == WHOLE
    assert answer.messages[-1] == {"role": "assistant", "content": "ment is 5 million."}


async def test_an_answer_that_was_cut_repeats_nothing_after_tools_either(bench: Bench) -> None:
    pieces = [word + " " for word in BEGUN.split()[:-1]]
    bench.standin.script(
        {"chunks": [*pieces, "depart", "ment"], "do": "cut", "after": len(pieces) + 1}, uses("clock"), {"text": AGAIN}
    )

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert answer.text == WHOLE


async def test_what_was_gone_on_with_stands_apart_from_what_follows_its_tools(bench: Bench) -> None:
    bench.standin.script(uses("clock", text=f"{AGAIN} Let me look."), {"text": "It is noon."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(begun=BEGUN, tools=TOOLS), bench.reply)

    assert answer.text == f"{WHOLE} Let me look.\n\nIt is noon."


async def test_a_refusal_after_tools_takes_back_all_of_the_text(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), {"text": "Well, well", "do": "refusal", "after": 1})

    async with bench.claude() as claude:
        with pytest.raises(errors.Declined):
            await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert bench.reply.texts[-1] == ""


# Restarts


async def test_results_survive_a_restart(bench: Bench) -> None:
    kept, ran = Kept(), []

    async def counts(_: Mapping[str, Json]) -> str:
        ran.append("once")
        return "noon"

    tools = (tool("clock", counts),)
    bench.standin.script(uses("clock", text="Let me look."), {"text": "It is noon.", "first_token": 30})
    async with bench.claude() as claude:
        first = asyncio.create_task(claude.answer(prompt(tools=tools, keep=kept), bench.reply))
        await until(lambda: len(bench.standin.calls()) == 2)
        first.cancel()
        await asyncio.wait([first])

    bench.standin.script({"text": "It is noon."})
    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=tools, progress=kept.all[-1], keep=kept), bench.reply)

    assert ran == ["once"]
    assert answer.text == "Let me look.\n\nIt is noon."
    assert answer.attempts == 1
    assert len(answer.messages) == 3


async def test_a_result_that_is_there_is_not_asked_for_again_when_another_was_missing(bench: Bench) -> None:
    kept, ran = Kept(), []

    def counts(name: str, seconds: float) -> Tool:
        async def run(_: Mapping[str, Json]) -> str:
            ran.append(name)
            await asyncio.sleep(seconds)
            return name

        return tool(name, run)

    bench.standin.script(uses("clock", "number:1"))
    async with bench.claude() as claude:
        first = asyncio.create_task(
            claude.answer(prompt(tools=(counts("clock", 0), counts("number", 30)), keep=kept), bench.reply)
        )
        await until(lambda: kept.all)
        first.cancel()
        await asyncio.wait([first])

    bench.standin.script({"text": "Both."})
    async with bench.claude() as claude:
        tools = (counts("clock", 0), counts("number", 0))
        answer = await claude.answer(prompt(tools=tools, progress=kept.all[-1], keep=kept), bench.reply)

    assert ran == ["clock", "number", "number"]
    assert answer.text == "Both."


async def test_an_answer_that_is_gone_on_with_repeats_nothing_after_a_restart_either(bench: Bench) -> None:
    kept = Kept()
    going_on = prompt(begun=BEGUN, tools=TOOLS, keep=kept)
    bench.standin.script(uses("clock", "number:5"), *[{"text": AGAIN}] * 3)
    async with bench.claude() as claude:
        await claude.answer(going_on, bench.reply)
        both = kept.all[0]
        *before, newest = both.sent
        one_result = replace(both, sent=(*before, {**newest, "content": blocks(newest)[:1]}))

        assert (await claude.answer(replace(going_on, progress=both), bench.reply)).text == WHOLE
        assert (await claude.answer(replace(going_on, progress=one_result), bench.reply)).text == WHOLE


async def test_after_a_restart_with_another_beginning_the_results_are_told_in_words(bench: Bench) -> None:
    kept = Kept()
    bench.standin.script(uses("clock", text="Let me look."), {"text": "It is noon."}, {"text": "Let me look. Noon."})
    async with bench.claude() as claude:
        await claude.answer(prompt("What time?", tools=TOOLS, keep=kept), bench.reply)

        answer = await claude.answer(prompt("Edited.", tools=TOOLS, progress=kept.all[-1]), bench.reply)

    refused, told = bench.standin.calls()[2:]
    assert (refused["status"], told["status"]) == (400, 200)
    assert "clock({}): noon" in str(told["said"][0])
    assert answer.text == "Let me look. Noon."


async def test_the_fallback_is_told_the_results_in_words(bench: Bench) -> None:
    bench.standin.script(uses("clock"), {"do": "529"}, {"do": "529"}, {"text": "Noon, says the other."})

    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert answer.text == "Noon, says the other."
    assert "clock({}): noon" in str(bench.standin.calls()[-1]["said"][0])
    assert answer.note == ending.instead("claude-haiku-5-5", BOUND)


async def test_a_turn_that_is_somebody_elses_now_ends_here(bench: Bench) -> None:
    async def lost(_: Progress) -> None:
        raise StaleLease

    bench.standin.script(uses("clock"))
    async with bench.claude() as claude:
        with pytest.raises(StaleLease):
            await claude.answer(prompt(tools=TOOLS, keep=lost), bench.reply)
