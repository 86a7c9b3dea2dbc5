"""Every way in which a call can go wrong, once and always: what the person reads, how many calls are made."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from core import errors
from core.claude import LocalCooldown, Timeouts, ending
from core.claude.retry import Patience
from core.contract import Action
from core.dialogue import Tool
from tests.core.claude.bench import Bench, Screenless, prompt

pytestmark = pytest.mark.anyio

WORDS = ["One ", "two ", "three ", "four ", "five."]
TEXT = "".join(WORDS)
QUICK = Timeouts(connect=1, read=0.5, write=1, pool=1)
"""Silence is a fault; what a busy machine needs until it goes on is none."""
ALL = Patience().attempts

TRANSIENT = {
    408: errors.Slow,
    409: errors.Busy,
    429: errors.Busy,
    500: errors.Busy,
    502: errors.Busy,
    503: errors.Busy,
    504: errors.Slow,
    529: errors.Busy,
}
FINAL = {
    400: errors.Rejected,
    401: errors.BadKey,
    402: errors.OutOfCredit,
    403: errors.BadKey,
    404: errors.UnknownModel,
    413: errors.TooLarge,
}


async def test_a_turn_that_is_somebody_elses_now_is_not_asked_for_again(bench: Bench) -> None:
    bench.standin.script({"do": "529"}, {"text": TEXT})
    is_ours = iter((True, False))

    def check() -> None:
        if not next(is_ours):
            raise errors.StaleLease

    async with bench.claude() as claude:
        with pytest.raises(errors.StaleLease):
            await claude.answer(replace(prompt(), check=check), bench.reply)

    assert len(bench.standin.calls()) == len(bench.details) == 1


async def test_an_own_limit_of_the_account_is_told_as_one_of_money(bench: Bench) -> None:
    bench.standin.script({"do": "400", "message": "You have reached your specified API usage limits."})

    await failed(bench, errors.OutOfCredit, calls=1)


async def test_an_account_that_was_disabled_is_told_as_that(bench: Bench) -> None:
    bench.standin.script({"do": "400", "message": "This organization has been disabled."})

    await failed(bench, errors.BadKey, calls=1)


async def test_an_account_that_was_disabled_is_a_sentence_at_the_start(bench: Bench) -> None:
    bench.standin.faults({"method": "*", "do": "400", "message": "This organization has been disabled.", "times": 9})

    async with bench.claude() as claude:
        (problem,) = await claude.check(["claude-sonnet-5-5"])

    assert "account" in problem
    assert "organization_disabled" in problem


async def finished(bench: Bench, *, calls: int, **arguments: Any) -> None:
    """The answer comes in the end, exactly, and the screen saw nothing else."""
    async with bench.claude(**arguments) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert answer.text == bench.reply.texts[-1] == TEXT
    assert (answer.stop, answer.note, answer.buttons, answer.attempts) == ("end_turn", "", (), calls)
    assert answer.messages == ({"role": "assistant", "content": TEXT},)
    assert all(TEXT.startswith(text) for text in bench.reply.texts)
    assert len(bench.standin.calls()) == len(bench.details) == calls
    assert [bool(error) for error in bench.errors] == [True] * (calls - 1) + [False]


async def failed(bench: Bench, kind: type[errors.ChatError], *, calls: int, **arguments: Any) -> errors.ChatError:
    """An error that has its sentence, without a word of an answer."""
    async with bench.claude(**arguments) as claude:
        with pytest.raises(errors.ChatError) as caught:
            await claude.answer(prompt(), bench.reply)

    assert type(caught.value) is kind
    assert caught.value.advice.endswith(".")
    assert caught.value.__context__ is None
    assert bench.reply.texts == []
    assert len(bench.standin.calls()) == len(bench.details) == calls
    assert all(bench.errors)
    return caught.value


async def kept(bench: Bench, *, text: str, calls: int, advice: str, **arguments: Any) -> None:
    """The text that came stays, marked, and can be continued."""
    async with bench.claude(**arguments) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert answer.text == bench.reply.texts[-1] == text
    assert answer.note == f"{ending.BROKEN_OFF} {advice}"
    assert answer.buttons == (Action.CONTINUE,)
    assert answer.usage.estimated
    assert len(bench.standin.calls()) == answer.attempts == calls


# Before the stream: HTTP


@pytest.mark.parametrize("status", TRANSIENT)
async def test_what_may_get_better_is_finished_when_it_happens_once(bench: Bench, status: int) -> None:
    bench.standin.faults({"do": str(status)})
    bench.standin.script({"chunks": WORDS})

    await finished(bench, calls=2)
    assert bench.time.slept == [0.25]


@pytest.mark.parametrize("status", TRANSIENT)
async def test_what_does_not_get_better_is_told_after_all_tries(bench: Bench, status: int) -> None:
    bench.standin.faults({"do": str(status), "times": None})

    await failed(bench, TRANSIENT[status], calls=ALL)
    assert bench.time.slept == [0.25, 0.5, 1, 2, 4, 8]


@pytest.mark.parametrize("status", FINAL)
async def test_what_cannot_get_better_is_told_at_once(bench: Bench, status: int) -> None:
    bench.standin.faults({"do": str(status), "times": None})

    await failed(bench, FINAL[status], calls=1)
    assert bench.reply.statuses == []


@pytest.mark.parametrize("asked", [0, 2, 45, 7200])
async def test_a_429_is_tried_again_when_the_api_says_so_but_for_the_longest(bench: Bench, asked: float) -> None:
    bench.standin.faults({"do": "429", "retry_after": asked})
    bench.standin.script({"chunks": WORDS})

    await finished(bench, calls=2)
    assert bench.time.slept == [min(asked, 60) + 0.25]
    told = {0: [], 2: [], 45: ["46 seconds"], 7200: ["61 seconds"]}[int(asked)]  # never less than it takes
    assert bench.reply.statuses == [words for wait in told for words in (ending.waiting(wait), ending.ASKING)]


@pytest.mark.parametrize(("asked", "calls"), [(0, ALL), (2, ALL), (45, 3), (7200, 3)])
async def test_a_429_that_stays_is_told_with_the_time_to_come_back(bench: Bench, asked: float, calls: int) -> None:
    bench.standin.faults({"do": "429", "retry_after": asked, "times": None})

    error = await failed(bench, errors.Busy, calls=calls)
    assert error.retry_after == asked
    assert ("2 hours" in error.advice) == (asked == 7200)


@pytest.mark.parametrize(
    "limit", ["enforced_spend_limit_reached", "contract_spend_limit_reached", "linked_organization_spend_limit_reached"]
)
async def test_a_spend_limit_is_told_at_once_although_it_is_a_429(bench: Bench, limit: str) -> None:
    bench.standin.faults({"do": "429", "code": limit, "times": None})

    await failed(bench, errors.OutOfCredit, calls=1)
    assert bench.errors == [limit]


async def test_who_waits_for_one_model_to_cool_down_keeps_no_place_from_who_asks_another(bench: Bench) -> None:
    cooldown, sleeping, over = LocalCooldown(bench.time.clock), asyncio.Event(), asyncio.Event()
    await cooldown.begin("claude-opus-5-5", 2)

    async def sleep(seconds: float) -> None:
        sleeping.set()
        await over.wait()
        bench.time.skipped += seconds

    async with bench.claude(cooldown=cooldown, sleep=sleep, in_flight=1) as claude:
        waits = asyncio.create_task(claude.answer(prompt(model="claude-opus-5-5"), Screenless()))
        await sleeping.wait()
        async with asyncio.timeout(20):
            await claude.answer(prompt(), bench.reply)
        over.set()
        await waits

    assert [call["arguments"]["model"] for call in bench.standin.calls()] == ["claude-sonnet-5-5", "claude-opus-5-5"]
    assert bench.reply.statuses == []


async def test_no_one_there_is_told_after_all_tries(bench: Bench) -> None:
    async with bench.claude(base_url="http://127.0.0.1:9") as claude:
        with pytest.raises(errors.Unreachable):
            await claude.answer(prompt(), bench.reply)

    assert bench.errors == ["connection"] * ALL


# Before the first text: connection and stream

BEFORE_TEXT: list[tuple[dict[str, Any], type[errors.ChatError]]] = [
    ({"do": "reset"}, errors.Unreachable),
    ({"do": "lost"}, errors.Unreachable),
    ({"do": "hang"}, errors.Slow),  # not one byte
    *(
        ({"do": word, "after": after}, kind)
        for after in (None, 0)  # after the headers; after the message's opening
        for word, kind in (
            ("sse_error", errors.Busy),
            ("cut", errors.Unreachable),
            ("fin", errors.Unreachable),
            ("end", errors.Unreachable),
            ("garbage", errors.Unreachable),
            ("stall", errors.Slow),
        )
    ),
    ({"do": "sse_error", "type": "api_error"}, errors.Busy),
    ({"do": "sse_error", "type": "rate_limit_error"}, errors.Busy),
    ({"do": "sse_error", "type": "timeout_error"}, errors.Slow),
]
NAMES = ["-".join(str(value) for value in fault.values()) for fault, _ in BEFORE_TEXT]


@pytest.mark.parametrize("fault", [fault for fault, _ in BEFORE_TEXT], ids=NAMES)
async def test_a_stream_that_breaks_once_before_its_text_is_asked_for_again(
    bench: Bench, fault: dict[str, Any]
) -> None:
    bench.standin.faults(fault)
    bench.standin.script({"chunks": WORDS}, {"chunks": WORDS})

    await finished(bench, calls=2, timeouts=QUICK)


@pytest.mark.parametrize(("fault", "kind"), BEFORE_TEXT, ids=NAMES)
async def test_a_stream_that_always_breaks_before_its_text_is_told(
    bench: Bench, fault: dict[str, Any], kind: type[errors.ChatError]
) -> None:
    bench.standin.faults(fault | {"times": None})

    await failed(bench, kind, calls=3, timeouts=QUICK, patience=Patience(attempts=3))


async def test_an_error_in_the_stream_that_cannot_get_better_is_told_at_once(bench: Bench) -> None:
    bench.standin.faults({"do": "sse_error", "type": "invalid_request_error", "times": None})

    await failed(bench, errors.Rejected, calls=1)


@pytest.mark.parametrize("after", [None, 0])
async def test_pings_for_ever_without_a_word_end_at_the_deadline(bench: Bench, after: int | None) -> None:
    bench.standin.faults({"do": "pings", "every": 0.02, "after": after, "times": None})

    await failed(bench, errors.Slow, calls=1, timeouts=QUICK, patience=Patience(deadline=0.3))


async def test_who_waited_for_a_place_has_the_whole_time_for_the_answer(bench: Bench) -> None:
    bench.standin.config(first_token=1)

    async with bench.claude(in_flight=1, patience=Patience(deadline=1.8)) as claude:
        both = (claude.answer(prompt(f"Say {name}"), bench.reply) for name in ("one", "two"))
        answers = await asyncio.gather(*both)

    assert [answer.note for answer in answers] == ["", ""]


# After the first text

IN_TEXT = [
    ("sse_error", errors.Busy.advice),
    ("cut", ending.LOST),
    ("fin", ending.LOST),
    ("end", ending.LOST),
    ("garbage", ending.LOST),
    ("stall", errors.Slow.advice),
    ("pings", errors.Slow.advice),
]
PATIENCE = Patience(attempts=3, silence=0.5)


@pytest.mark.parametrize("fault", [fault for fault, _ in IN_TEXT])
async def test_an_answer_that_breaks_off_once_goes_on_without_a_seam(bench: Bench, fault: str) -> None:
    bench.standin.script({"chunks": WORDS, "do": fault, "after": 2, "every": 0.02}, {"text": TEXT})

    await finished(bench, calls=2, timeouts=QUICK, patience=PATIENCE)
    asked = bench.standin.calls()[1]["said"]
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == "One two "


@pytest.mark.parametrize(("fault", "advice"), IN_TEXT)
async def test_an_answer_that_always_breaks_off_is_kept_as_far_as_it_came(
    bench: Bench, fault: str, advice: str
) -> None:
    bench.standin.script({"chunks": WORDS, "do": fault, "after": 2, "every": 0.02, "times": None})

    await kept(bench, text="One two ", calls=3, advice=advice, timeouts=QUICK, patience=PATIENCE)


async def test_an_answer_that_comes_in_ever_smaller_parts_is_continued_a_few_times(bench: Bench) -> None:
    parts = [["alpha ", "x"], ["beta ", "x"], ["gamma ", "x"], ["delta ", "x"], ["omega.", "x"]]
    bench.standin.script(*({"chunks": part, "do": "cut", "after": 1} for part in parts))

    await kept(bench, text="alpha beta gamma delta ", calls=4, advice=ending.LOST, timeouts=QUICK)


async def test_what_fails_while_it_goes_on_keeps_the_text(bench: Bench) -> None:
    bench.standin.script({"chunks": WORDS, "do": "cut", "after": 2})
    bench.standin.faults({"do": "401", "skip": 1})

    await kept(bench, text="One two ", calls=2, advice=errors.BadKey.advice)


async def test_the_deadline_keeps_what_came_until_then(bench: Bench) -> None:
    bench.standin.script({"chunks": WORDS, "do": "pings", "every": 0.02, "after": 2})

    await kept(bench, text="One two ", calls=1, advice=errors.Slow.advice, patience=Patience(deadline=1))


@pytest.mark.parametrize("after", [None, 2])
async def test_events_and_blocks_that_nobody_knows_are_skipped(bench: Bench, after: int | None) -> None:
    bench.standin.script({"chunks": WORDS, "do": "unknown", "after": after})

    await finished(bench, calls=1)


@pytest.mark.parametrize("after", [1, 7, 40])
async def test_a_real_answer_that_was_cut_reads_as_if_nothing_had_happened(bench: Bench, after: int) -> None:
    bench.standin.faults({"do": "cut", "after": after})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt("How do I undo the last commit in git?"), bench.reply)

    assert len(bench.standin.calls()) == 2
    assert answer.text == bench.standin.calls()[0]["text"]
    assert all(answer.text.startswith(text) for text in bench.reply.texts)


@pytest.mark.parametrize("begun", ["", "One two"])
async def test_an_answer_that_the_api_filters_is_withdrawn_and_nothing_is_left_out_for_it(
    bench: Bench, begun: str
) -> None:
    blocked = {"type": "invalid_request_error", "message": "Output blocked by content filtering policy"}
    bench.standin.script({"chunks": [begun, " three", " four"], "do": "sse_error", **blocked, "after": 2})
    search = Tool("web_search", {"type": "web_search_20260318", "name": "web_search"})

    async with bench.claude() as claude:
        with pytest.raises(errors.Declined, match="filter"):
            await claude.answer(prompt(begun=begun, tools=(search,)), bench.reply)

    assert len(bench.standin.calls()) == 1
    assert bench.reply.texts[-1] == begun
