"""The fallback model: when it is asked, and that what it takes less of costs no word of a conversation, and no file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import errors
from core.claude import LocalCooldown, ending
from core.contract import File, Progress
from core.dialogue import Tool
from tests.core.claude.bench import Bench, prompt
from tests.core.claude.hall import hall
from tests.core.claude.test_client_tools import TOOLS, uses

pytestmark = pytest.mark.anyio

CHOSEN, OTHER = "claude-sonnet-5-5", "claude-haiku-4-5-20251001"
SMALL = {OTHER: 3_000}
WEB = Tool("web_search", {"type": "web_search_20250305", "name": "web_search"})
BUSY: dict[str, Any] = {"do": "529", "times": 2}


def asked(bench: Bench) -> list[tuple[str, int]]:
    return [(call["arguments"]["model"], call["status"]) for call in bench.standin.calls()]


async def test_a_busy_model_is_replaced_by_the_fallback_and_that_is_said(bench: Bench) -> None:
    bench.standin.faults({"do": "529", "times": 2})

    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        answer = await claude.answer(prompt(), bench.reply)

    models = [call["arguments"]["model"] for call in bench.standin.calls()]
    assert models == ["claude-sonnet-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
    assert answer.model == "claude-haiku-5-5"
    assert answer.note == ending.instead("claude-haiku-5-5", "claude-sonnet-5-5")


async def test_a_model_that_was_left_for_the_fallback_is_left_by_all_for_a_while(bench: Bench) -> None:
    bench.standin.faults({"do": "429", "retry_after": 30})

    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        for _ in range(2):
            await claude.answer(prompt(), bench.reply)
        bench.time.skipped += 31
        await claude.answer(prompt(), bench.reply)

    models = [call["arguments"]["model"] for call in bench.standin.calls()]
    assert models == ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"]


async def test_a_model_that_twice_breaks_off_in_mid_answer_is_replaced_by_the_fallback(bench: Bench) -> None:
    bench.standin.faults({"do": "sse_error", "after": 40, "times": 2})

    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        answer = await claude.answer(prompt("Tell me a long story"), bench.reply)

    models = [call["arguments"]["model"] for call in bench.standin.calls()]
    assert models == ["claude-sonnet-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
    assert answer.stop == "end_turn"
    assert answer.note == ending.instead("claude-haiku-5-5", "claude-sonnet-5-5")


async def test_a_model_that_is_gone_is_replaced_by_the_fallback(bench: Bench) -> None:
    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        answer = await claude.answer(prompt(model="claude-opus-4-0"), bench.reply)

    assert answer.model == "claude-haiku-5-5"
    assert answer.attempts == 2


async def test_what_is_too_long_for_the_fallback_alone_is_asked_of_the_chosen_model_again(bench: Bench) -> None:
    bench.standin.config(context=SMALL)
    bench.standin.faults(BUSY)

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt("word " * 6_000), bench.reply)

    assert asked(bench) == [(CHOSEN, 529), (CHOSEN, 529), (OTHER, 400), (CHOSEN, 200)]
    assert (answer.model, answer.note) == (CHOSEN, "")


async def test_where_the_chosen_model_stays_busy_that_is_the_error(bench: Bench) -> None:
    bench.standin.config(context=SMALL)
    bench.standin.faults({"do": "529", "times": 2})
    bench.standin.script(*[{"do": "529"}] * 9)

    async with bench.claude(fallback_model=OTHER) as claude:
        with pytest.raises(errors.Busy):
            await claude.answer(prompt("word " * 6_000), bench.reply)

    assert [model for model, _ in asked(bench)] == [CHOSEN, CHOSEN, OTHER, *[CHOSEN] * 5]


@pytest.mark.parametrize("refusal", ["400", "404", "413", "403"])
async def test_what_the_fallback_refuses_is_no_fault_of_the_question(bench: Bench, refusal: str) -> None:
    bench.standin.script({"do": "529"}, {"do": "529"}, {"do": refusal}, {"text": "Noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.note) == ("Noon.", "")


async def test_what_the_fallback_declines_is_asked_of_the_chosen_model_again(bench: Bench) -> None:
    bench.standin.script({"do": "529"}, {"do": "529"}, {"text": "Well, well", "do": "refusal"}, {"text": "Noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.model, answer.note) == ("Noon.", CHOSEN, "")
    assert bench.reply.texts[-2:] == ["", "Noon."]
    assert answer.messages == ({"role": "assistant", "content": "Noon."},)


async def test_what_the_api_filters_of_the_fallbacks_answer_is_asked_of_the_chosen_model_from_the_beginning(
    bench: Bench,
) -> None:
    blocked = {"type": "invalid_request_error", "message": "Output blocked by content filtering policy"}
    filtered = {"chunks": ["Well", ", well"], "do": "sse_error", **blocked, "after": 1}
    bench.standin.script({"do": "529"}, {"do": "529"}, filtered, {"text": "Noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.model, answer.note) == ("Noon.", CHOSEN, "")
    assert bench.reply.texts[-2:] == ["", "Noon."]


async def test_what_the_chosen_model_found_out_outlives_that_the_fallback_declines(bench: Bench) -> None:
    refused = {"text": "Well", "do": "refusal"}
    bench.standin.script(uses("clock", text="Let me look."), {"do": "529"}, {"do": "529"}, refused, {"text": "Noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert answer.text == "Noon."
    assert "clock({}): noon" in str(bench.standin.calls()[-1]["said"])


async def test_what_both_models_decline_is_declined(bench: Bench) -> None:
    bench.standin.script({"do": "529"}, {"do": "529"}, {"do": "refusal"}, {"do": "refusal"})

    async with bench.claude(fallback_model=OTHER) as claude:
        with pytest.raises(errors.Declined):
            await claude.answer(prompt(), bench.reply)

    assert [model for model, _ in asked(bench)] == [CHOSEN, CHOSEN, OTHER, CHOSEN]


async def test_what_the_fallback_alone_must_do_without_the_chosen_model_has_again(bench: Bench) -> None:
    busy, refused = {"do": "529"}, {"do": "400"}
    bench.standin.script(busy, busy, refused, refused, {"text": "Noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, WEB)), bench.reply)

    offered = [{tool["name"] for tool in call["arguments"]["tools"]} for call in bench.standin.calls()]
    assert ["web_search" in names for names in offered] == [True, True, True, False, True]
    assert (answer.text, answer.note) == ("Noon.", "")


async def test_what_the_fallback_did_not_take_is_no_outage_for_the_chosen_model(bench: Bench) -> None:
    unable = {"do": "400", "message": f"'{OTHER}' does not support web_search."}
    bench.standin.script(BUSY, unable, {"do": "404"}, {"text": "Found.", "times": None})

    async with bench.claude(fallback_model=OTHER) as claude:
        for _ in range(2):
            answer = await claude.answer(prompt(tools=(*TOOLS, WEB)), bench.reply)

    assert asked(bench) == [*[(CHOSEN, 529)] * 2, (OTHER, 400), (OTHER, 404), *[(CHOSEN, 200)] * 2]
    assert "web_search" in str(bench.standin.calls()[-1]["arguments"]["tools"])
    assert answer.note == ""


async def test_what_both_models_found_out_goes_back_in_words(bench: Bench) -> None:
    busy = {"do": "529"}
    bench.standin.script(uses("clock"), busy, busy, uses("number:5"), {"do": "413"}, {"text": "Noon, and 5."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    question = str(bench.standin.calls()[-1]["said"])
    assert answer.text == "Noon, and 5."
    assert "clock({}): noon" in question
    assert "number 5" in question
    assert "thinking" not in question


async def test_what_the_chosen_model_found_out_outlives_a_restart_on_the_fallback_and_is_kept(bench: Bench) -> None:
    kept: list[Progress] = []

    async def keep(progress: Progress) -> None:
        kept.append(progress)

    bench.standin.script(
        uses("clock"),
        {"do": "529"},
        {"do": "529"},
        uses("number:5"),
        {"text": "Noon, and 5."},
        {"text": "Noon, and 5."},
    )
    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(tools=TOOLS, keep=keep), bench.reply)
        await claude.answer(prompt(tools=TOOLS, progress=kept[-1]), bench.reply)

    assert [said in str(answer.messages) for said in ("noon", "number 5")] == [True, True]
    question = str(bench.standin.calls()[-1]["said"])
    assert [said in question for said in ("clock({}): noon", "number 5")] == [True, True]


async def test_a_fallback_in_whose_context_the_end_has_no_room_is_left_again(bench: Bench) -> None:
    half = {"text": "It is", "stop_reason": "model_context_window_exceeded"}
    bench.standin.script(uses("clock"), {"do": "529"}, {"do": "529"}, half, {"text": "It is noon."})

    async with bench.claude(fallback_model=OTHER) as claude:
        answer = await claude.answer(prompt(tools=TOOLS), bench.reply)

    assert (answer.text, answer.stop, answer.note) == ("It is noon.", "end_turn", "")
    assert [model for model, _ in asked(bench)] == [CHOSEN, CHOSEN, CHOSEN, OTHER, CHOSEN]


async def test_a_pause_that_sent_all_to_the_fallback_is_waited_for_where_that_takes_less(bench: Bench) -> None:
    bench.standin.config(context=SMALL)
    cooldown = LocalCooldown(bench.time.clock)
    await cooldown.begin(CHOSEN, 8)

    async with bench.claude(fallback_model=OTHER, cooldown=cooldown) as claude:
        answer = await claude.answer(prompt("word " * 6_000), bench.reply)

    assert asked(bench) == [(OTHER, 400), (CHOSEN, 200)]
    assert (answer.note, 8 <= sum(bench.time.slept) < 10) == ("", True)


async def test_a_pause_that_is_over_is_neither_waited_for_nor_begun_again(bench: Bench) -> None:
    half = {"text": "It is", "stop_reason": "model_context_window_exceeded"}
    bench.standin.script({"do": "429", "retry_after": 30}, half, {"text": "It is noon."})
    cooldown, asks = LocalCooldown(bench.time.clock), list[str]()

    def check() -> None:
        asks.append("")
        bench.time.skipped += 60 if len(asks) == 2 else 0  # so long the fallback takes

    async with bench.claude(fallback_model=OTHER, cooldown=cooldown) as claude:
        answer = await claude.answer(replace(prompt(), check=check), bench.reply)

    assert (answer.text, answer.note) == ("It is noon.", "")
    assert sum(bench.time.slept) < 1
    assert await cooldown.left(CHOSEN) == 0


async def test_of_a_chosen_model_that_is_gone_the_fallbacks_limits_hold(bench: Bench) -> None:
    bench.standin.config(context=SMALL)

    async with bench.claude(fallback_model=OTHER) as claude:
        with pytest.raises(errors.TooLarge):
            await claude.answer(prompt("word " * 6_000, model="claude-opus-4-0"), bench.reply)


async def test_a_file_that_the_fallback_has_no_room_for_is_there_for_every_later_question(
    valkey: Path, bench: Bench
) -> None:
    bench.standin.config(context=SMALL)
    text = b"INFO request served in 12 ms\n" * 900

    async def read(file: File, at_most: int) -> bytes:
        return text

    async with hall(valkey, bench, fallback_model=OTHER) as here:
        here.desk.read = read  # type: ignore[method-assign]  # this platform has one file
        bench.standin.faults(BUSY)
        await here.ask("What went wrong at noon?", files=(File("F1", "log.txt", len(text)),))
        await here.ask("And at one?", id="later", at=2e9)

    assert [status for _, status in asked(bench)] == [529, 529, 400, 200, 200]
    assert "served in 12 ms" in str(bench.standin.calls()[-1]["said"])
