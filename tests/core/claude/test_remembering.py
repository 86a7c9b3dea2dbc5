"""A conversation in short, through the real client library: the API's own way, and ours where there is none."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core import errors, history
from core.claude import LocalCooldown, remembering
from core.claude.retry import Patience
from core.claude.stream import whole
from core.dialogue import Choices, Prompt
from tests.core.claude.bench import Bench, prompt
from tests.core.claude.hall import hall
from tests.core.claude.test_client_purse import Coffer
from tests.core.claude.test_client_tools import TOOLS, uses
from tests.core.office import OPTIONS, Office
from tests.waits import until

pytestmark = pytest.mark.anyio

OLD = "claude-haiku-4-5-20251001"
"""Of the models that have no compaction of the API's."""
OTHER = "claude-opus-4-5"
"""One of them that has efforts."""
NEW = "claude-sonnet-5-5"
TALK = [{"role": "user", "content": "The codeword is BLUE-42."}, {"role": "assistant", "content": "Noted."}]
QUESTION = {"role": "user", "content": "What is the codeword?"}


def talk(model: str = NEW, **more: Any) -> Prompt:
    return prompt(messages=TALK, model=model, user="ann", place="here", **more)


async def test_the_api_sums_up_where_it_can_and_its_block_stands_for_the_conversation(bench: Bench) -> None:
    async with bench.claude() as claude:
        memory = await claude.remember(talk(), print)
        answer = await claude.answer(prompt(messages=[*memory, QUESTION]), bench.reply)

    first, second = bench.standin.calls()
    assert first["arguments"]["compaction"] == {"type": "summarize"}
    assert first["said"] == TALK
    assert [block["type"] for block in memory[0]["content"]] == ["compaction"]
    assert first["headers"]["anthropic-beta"] == second["headers"]["anthropic-beta"] == "compact-2026-09-04"
    assert "BLUE-42" in answer.text


async def test_another_model_is_asked_for_a_summary_which_is_fenced(bench: Bench) -> None:
    async with bench.claude() as claude:
        memory = await claude.remember(talk(OLD), print)
        answer = await claude.answer(prompt(messages=[*memory, QUESTION], model=OLD), bench.reply)

    first, second = bench.standin.calls()
    assert first["said"] == [*TALK, {"role": "user", "content": remembering.ASK}]
    assert "compaction" not in first["arguments"]
    assert "anthropic-beta" not in second["headers"]
    assert str(memory[0]["content"]).startswith("<memory>\n")
    assert "BLUE-42" in answer.text


async def test_what_one_model_summed_up_another_can_read(bench: Bench) -> None:
    async with bench.claude() as claude:
        memory = await claude.remember(talk(), print)
        answer = await claude.answer(prompt(messages=[*memory, QUESTION], model=OLD), bench.reply)

    asked = bench.standin.calls()[1]["said"]
    assert str(asked[0]["content"]).startswith("<memory>\n")
    assert "BLUE-42" in answer.text


@pytest.mark.parametrize("code", ["compaction_signature_invalid", ""])
async def test_a_block_that_the_api_does_not_take_any_more_is_told_in_words(bench: Bench, code: str) -> None:
    async with bench.claude() as claude:
        memory = await claude.remember(talk(), print)
        bench.standin.script({"do": "400", "code": code})
        answer = await claude.answer(prompt(messages=[*memory, QUESTION]), bench.reply)

    assert len(bench.standin.calls()) == 3
    assert "BLUE-42" in answer.text


async def test_where_the_api_refuses_to_sum_up_the_model_is_asked(bench: Bench) -> None:
    bench.standin.faults({"do": "400", "message": "compaction: Extra inputs are not permitted"})
    async with bench.claude() as claude:
        memory = await claude.remember(talk(), print)

    assert "BLUE-42" in str(memory[0]["content"])
    assert [("compaction" in call["arguments"]) for call in bench.standin.calls()] == [True, False]


@pytest.mark.parametrize("model", [OLD, NEW])
async def test_what_a_summary_took_is_booked_like_any_call(bench: Bench, model: str) -> None:
    async with bench.claude() as claude:
        await claude.remember(talk(model), print)

    (call,) = bench.details
    assert (call.user, call.place, call.error) == ("ann", "here", "")
    assert call.usage.input > 10
    assert call.usage.output > 10
    assert call.cost is not None
    assert call.cost > 0
    assert call.request_id
    assert call.stop == ("compaction" if model == NEW else "end_turn")


async def test_where_the_budget_is_gone_nothing_is_summed_up(bench: Bench) -> None:
    coffer = Coffer(calls=1)
    async with bench.claude(purse=coffer) as claude:
        await claude.remember(talk(), print)
        with pytest.raises(errors.Spent):
            await claude.remember(talk(), print)

    assert [call.hold for call in bench.details] == [coffer.asked[0][0]]
    assert len(bench.standin.calls()) == 1


@pytest.mark.parametrize("model", [OLD, NEW])
async def test_a_conversation_with_tools_is_summed_up_with_the_tools_and_uses_none(bench: Bench, model: str) -> None:
    bench.standin.script(uses("clock", text="Let me look."), {"text": "Noon."})
    asked: list[Any] = [{"role": "user", "content": "My name is Ana. What time is it?"}]
    async with bench.claude() as claude:
        answer = await claude.answer(prompt(messages=asked, model=model, tools=TOOLS), bench.reply)
        memory = await claude.remember(prompt(messages=[*asked, *answer.messages], model=model, tools=TOOLS), print)

    last = bench.standin.calls()[-1]
    assert (last["status"], last["arguments"]["tools"]) == (200, [one.spec for one in TOOLS])
    assert last["arguments"].get("tool_choice") == ({"type": "none"} if model == OLD else None)
    assert "Ana" in str(memory)


@pytest.mark.parametrize("fault", ["529", "reset", "504"])
async def test_what_fails_once_is_tried_again(bench: Bench, fault: str) -> None:
    bench.standin.faults({"do": fault})
    async with bench.claude() as claude:
        assert await claude.remember(talk(OLD), print)

    assert len(bench.standin.calls()) == 2


async def test_a_summary_that_the_api_cannot_make_just_now_slows_and_moves_nobody(bench: Bench) -> None:
    bench.standin.faults({"do": "529", "code": "compaction_unavailable", "times": 2})

    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        await claude.remember(talk(), print)
        waits = len(bench.time.slept)
        answer = await claude.answer(prompt(), bench.reply)

    assert [call["arguments"]["model"] for call in bench.standin.calls()] == [NEW] * 4
    assert (waits, len(bench.time.slept), answer.note) == (2, 2, "")


@pytest.mark.parametrize("fault", [{"do": "529"}, {"do": "429", "retry_after": 20}])
@pytest.mark.parametrize("fallback", ["", "claude-haiku-5-5"])
async def test_a_chore_that_finds_claude_busy_slows_and_moves_nobody(
    bench: Bench, fault: dict[str, Any], fallback: str
) -> None:
    bench.standin.faults({**fault, "times": 2})
    cooldown = LocalCooldown(lambda: 0.0)  # a pause in it never ends

    async with bench.claude(fallback_model=fallback, cooldown=cooldown) as claude:
        memory = await claude.remember(talk(OLD), print)
        answer = await claude.answer(prompt(model=OLD), bench.reply)

    assert await cooldown.left(OLD) == 0
    assert (answer.model, answer.note, answer.attempts) == (OLD, "", 1)
    assert bench.time.slept
    assert "BLUE-42" in str(memory)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"text": "No.", "stop_reason": "refusal"}, errors.Declined),
        ({"do": "empty"}, errors.Empty),
        ({"do": "401"}, errors.BadKey),
    ],
)
async def test_what_is_no_summary_raises_its_error(
    bench: Bench, said: Mapping[str, Any], kind: type[errors.ChatError]
) -> None:
    bench.standin.script(dict(said))
    async with bench.claude() as claude:
        with pytest.raises(kind) as caught:
            await claude.remember(talk(OLD), print)

    assert caught.value.__context__ is None


@pytest.mark.parametrize("cut", ["max_tokens", "model_context_window_exceeded"])
async def test_a_summary_that_was_cut_off_is_asked_for_again_with_less_thought(bench: Bench, cut: str) -> None:
    bench.standin.script({"text": "1. The launch was mo", "stop_reason": cut}, {"text": "The codeword is BLUE-42."})
    async with bench.claude() as claude:
        memory = await claude.remember(talk(OTHER, effort="high"), print)

    asked = [call["arguments"] for call in bench.standin.calls()]
    assert [one["output_config"] for one in asked] == [{"effort": "high"}, {"effort": "low"}]
    assert asked[0]["messages"] == asked[1]["messages"]
    assert "BLUE-42" in str(memory)
    assert "The launch" not in str(memory)


@pytest.mark.parametrize(("model", "calls"), [(OTHER, 2), (OLD, 1)])
async def test_a_summary_that_is_cut_off_again_is_none(bench: Bench, model: str, calls: int) -> None:
    """Where the model cannot think less it is asked once: the same would be paid for twice."""
    bench.standin.script(*[{"text": "1. The launch was mo", "stop_reason": "max_tokens"}] * 3)
    async with bench.claude() as claude:
        with pytest.raises(errors.Empty):
            await claude.remember(talk(model), print)

    assert len(bench.standin.calls()) == calls


async def test_a_summary_that_takes_too_long_is_given_up(bench: Bench) -> None:
    bench.standin.faults({"do": "hang", "times": None})
    async with bench.claude(patience=Patience(memory=0.2)) as claude:
        with pytest.raises(errors.Slow):
            await claude.remember(talk(), print)


async def test_tokens_are_counted_by_the_api_and_nobody_waits_for_a_number(bench: Bench) -> None:
    async with bench.claude() as claude:
        counted = await claude.count(prompt("word " * 400))
        bench.standin.faults({"method": "messages.count_tokens", "do": "503", "times": None})
        unknown = await claude.count(prompt("word " * 400))

    assert 400 < counted < 700
    assert unknown == 0


def test_a_block_without_words_becomes_a_note_for_who_cannot_read_it() -> None:
    sealed = ({"role": "assistant", "content": [{"type": "compaction", "encrypted_content": "x"}]}, QUESTION)

    assert remembering.readable(sealed) == (*history.LEFT_OUT, QUESTION)
    assert remembering.readable(TALK) == tuple(TALK)
    assert remembering.is_compacted(sealed)
    assert not remembering.is_compacted([{"role": "user", "content": "compaction"}])


def test_a_block_that_holds_nothing_is_no_memory() -> None:
    message = {"content": [{"type": "compaction", "content": None}], "stop_reason": "compaction", "usage": {}}

    assert isinstance(remembering.made(whole(message)), errors.Empty)


# A long conversation in the house


async def asked(here: Office, question: str, number: int) -> str:
    """What is on the screen; and the memory, if one is due, is made."""
    shown = await here.ask(question, id=f"q{number}", at=1e9 + 60 * number)
    await until(lambda: not here.worker._chores)
    return shown


def size(call: dict[str, Any]) -> int:
    used = call["usage"]
    return int(used["input_tokens"] + used["cache_read_input_tokens"] + used["cache_creation_input_tokens"])


@pytest.mark.parametrize("first", [{"do": "context_exceeded"}, {"do": "cut"}])
async def test_an_answer_for_whose_end_there_was_no_room_goes_on_after_a_summary(
    valkey: Path, bench: Bench, first: dict[str, Any]
) -> None:
    rest: list[dict[str, Any]] = [{"match": "broke off", "text": "One two three."}]
    if first["do"] == "cut":  # and then there is no room for the rest
        rest.insert(0, {"match": "broke off", "do": "413"})
    bench.standin.script({"match": "And now", "chunks": ["One ", "two ", "three."], "after": 2, **first}, *rest)
    async with hall(valkey, bench) as here:
        await asked(here, "The codeword is BLUE-42.", 0)
        shown = await asked(here, "And now?", 1)
        known = await asked(here, "What is the codeword?", 2)

    assert shown == "One two three."
    assert "BLUE-42" in known
    assert len([call for call in bench.standin.calls() if "compaction" in call["arguments"]]) == 1


@pytest.mark.parametrize(("model", "turns"), [(NEW, 200), (OLD, 60)])
async def test_many_turns_on_a_small_context_stay_answerable_and_the_beginning_is_known(
    valkey: Path, bench: Bench, model: str, turns: int
) -> None:
    bench.standin.config(context={"*": 6_000}, output={"*": 1_000})
    options = replace(OPTIONS, defaults=Choices(model=model, stream="off"))
    long = "and some more words, as people do, " * 8
    async with hall(valkey, bench, options=options) as here:
        await asked(here, "The codeword is BLUE-42.", 0)
        shown = [await asked(here, f"What is {number} + 1000?\n{long}", number) for number in range(1, turns)]
        last = await asked(here, "What is the codeword?", turns)

    calls = bench.standin.calls()
    summed = [call for call in calls if "compaction" in call["arguments"] or remembering.ASK in str(call["arguments"])]
    assert [call["status"] for call in calls] == [200] * len(calls)
    assert len(calls) == turns + 1 + len(summed)
    assert all(str(number + 1_000) in text.replace(",", "") for number, text in enumerate(shown, 1))
    assert "BLUE-42" in last
    assert 1 < len(summed) < turns / 5
    if model == NEW:  # the other one caches nothing so small
        follows = [
            two for two in pairwise(calls) if two[0] not in summed and two[1] not in summed and size(two[0]) > 1_000
        ]
        assert len(follows) > turns / 2
        assert all(after["usage"]["cache_read_input_tokens"] > size(before) * 0.95 for before, after in follows)
