"""Answers that end after what tools gave, with nothing said of it, through the real client library."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import errors
from core.claude import ending
from core.contract import Action
from core.tools.making import recipe
from core.tools.toolbox import Toolbox
from tests.core.claude.bench import Bench, prompt
from tests.core.claude.hall import hall
from tests.core.claude.test_client_hosted import SEARCH, SEARCHES
from tests.core.claude.test_client_tools import BOUND, TOOLS, uses
from tests.core.office import OPTIONS, Office
from tests.waits import until

pytestmark = pytest.mark.anyio

FOUND = {"type": "web_search_tool_result", "tool_use_id": SEARCHES["id"], "content": []}
NOTHING: dict[str, Any] = {"blocks": [], "stop_reason": "end_turn"}
SPENT = {"thinking": "Hm.", "stop_reason": "max_tokens"}


def roles(call: dict[str, Any]) -> list[str]:
    return [said["role"] for said in call["said"]]


@pytest.mark.parametrize("model", [BOUND, "claude-haiku-4-5-20251001"])
@pytest.mark.parametrize("silence", [NOTHING, {"thinking": "Hm.", "stop_reason": "end_turn"}])
@pytest.mark.parametrize("before", ["", "Let me look."])
async def test_words_that_do_not_come_after_a_tool_are_asked_for(
    bench: Bench, before: str, silence: dict[str, Any], model: str
) -> None:
    bench.standin.script(uses("clock", text=before), silence, {"text": "It is noon."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS, model=model), bench.reply)

    assert (answer.text, answer.note) == ("\n\n".join(filter(None, (before, "It is noon."))), "")
    assert roles(bench.standin.calls()[-1]) == ["user", "assistant", "user"]
    assert [said["role"] for said in answer.messages] == ["assistant", "user", "assistant"]
    assert "Answer the question now" not in str(answer.messages)


async def test_words_that_do_not_come_after_a_search_are_asked_for_with_what_it_found(bench: Bench) -> None:
    bench.standin.script({"text": "I'll search.", "blocks": [SEARCHES, FOUND]}, {"text": "Found: 42."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    (_, second) = bench.standin.calls()
    assert [block["type"] for block in second["said"][1]["content"]][-1] == FOUND["type"]
    assert (answer.text, answer.note) == ("I'll search.\n\nFound: 42.", "")
    assert answer.messages == ({"role": "assistant", "content": answer.text},)


async def test_what_says_nothing_twice_is_told_so(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), NOTHING, NOTHING)

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert (answer.text, answer.note, answer.buttons) == ("Let me look.", ending.SILENT, (Action.CONTINUE,))
    assert answer.attempts == 3


async def test_what_says_nothing_twice_and_nothing_before_is_no_answer(bench: Bench) -> None:
    bench.standin.script(uses("clock"), NOTHING, NOTHING)

    async with bench.claude() as claude:
        with pytest.raises(errors.Empty):
            await claude.answer(prompt(tools=TOOLS), bench.reply)


async def test_thoughts_that_used_up_all_length_after_a_tool_are_told_as_that(bench: Bench) -> None:
    bench.standin.script(uses("clock", text="Let me look."), SPENT)

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert (answer.text, answer.note, answer.buttons) == ("Let me look.", ending.ALL_THOUGHT, (Action.CONTINUE,))


async def test_continue_goes_on_with_what_tools_gave_when_nothing_was_said_after_them(
    valkey: Path, bench: Bench
) -> None:
    async def clock() -> str:
        """The time."""
        return "noon"

    bench.standin.script(uses("clock", text="Let me look."), SPENT, {"text": "It is noon."})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))) as here:
        message = await here.asked("What time is it?")
        await here.answer(message)
        await here.tell(here.press(Action.CONTINUE, message.id))
        await until(lambda: _is_told(here, message.id, "It is noon."))
        after = await here.ask("Are you sure?", at=3e9)

    _, _, third, _ = bench.standin.calls()
    assert "noon" in str(third["said"][2]["content"])
    assert here.desk.screens[message.id].shown == ["Let me look.\n\nIt is noon."]
    assert after


def _is_told(here: Office, id: str, words: str) -> bool:
    return words in "".join(here.desk.screens[id].shown)
