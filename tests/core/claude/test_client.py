"""Claude through the real client library and real sockets: what is asked, what is shown, what is kept."""

import asyncio
import json
from pathlib import Path

import pytest

from core import errors
from core.claude import ending, silence
from core.claude.retry import Patience
from core.contract import Action
from tests.core.claude.bench import KEY, Bench, prompt
from tests.proxies import certify, tls
from tests.waits import until

pytestmark = pytest.mark.anyio

WORDS = ["One ", "two ", "three ", "four ", "five."]
TEXT = "".join(WORDS)


async def test_an_answer_is_written_as_it_comes_and_kept_as_it_was(bench: Bench) -> None:
    bench.standin.config(first_token=0.01, tokens_per_second=40)
    bench.standin.script({"chunks": WORDS})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert answer.text == bench.reply.texts[-1] == TEXT
    assert answer.messages == ({"role": "assistant", "content": TEXT},)
    assert (answer.stop, answer.note, answer.buttons, answer.attempts) == ("end_turn", "", (), 1)
    assert len(bench.reply.texts) >= 3
    assert all(TEXT.startswith(text) for text in bench.reply.texts)


async def test_the_request_says_what_the_prompt_says_and_nothing_more(bench: Bench) -> None:
    async with bench.claude(cache_ttl="1h") as claude:
        await claude.answer(prompt("Hi", user="pseudonym-1"), bench.reply)

    call = bench.standin.calls()[0]
    mark = {"type": "ephemeral", "ttl": "1h"}
    assert call["arguments"] == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 16_000,
        "system": [{"type": "text", "text": "Be kind.", "cache_control": mark}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": mark}]}],
        "metadata": {"user_id": "pseudonym-1"},
        "stream": True,
    }
    assert call["headers"]["anthropic-version"] == "2026-10-21"


async def test_effort_and_thinking_are_sent_as_the_model_can(bench: Bench) -> None:
    async with bench.claude() as claude:
        await claude.answer(prompt(effort="low", thinking="off"), bench.reply)
        await claude.answer(prompt(effort="low", thinking="off", model="claude-haiku-4-5-20251001"), bench.reply)

    new, old = (call["arguments"] for call in bench.standin.calls())
    assert (new["output_config"], new["thinking"]) == ({"effort": "low"}, {"type": "between_tools"})
    assert old["thinking"] == {"type": "disabled"}
    assert "output_config" not in old


async def test_a_models_endpoint_that_fails_keeps_no_answer_waiting(bench: Bench) -> None:
    bench.standin.faults({"method": "models.*", "do": "503", "times": None})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(effort="low"), bench.reply)

    assert answer.stop == "end_turn"
    assert "output_config" not in bench.standin.calls()[0]["arguments"]


async def test_thinking_shows_a_status_and_is_not_kept(bench: Bench) -> None:
    bench.standin.script({"chunks": WORDS, "thinking": "Hm, let me see."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert bench.reply.told[0] == "(Thinking…)"
    assert answer.messages == ({"role": "assistant", "content": TEXT},)


# Every stop reason


@pytest.mark.parametrize(
    ("stop", "note", "buttons"),
    [
        ("stop_sequence", "", ()),
        ("max_tokens", ending.LONG, (Action.CONTINUE,)),
        ("model_context_window_exceeded", ending.FULL, ()),
        ("something_new", ending.ODD, ()),
    ],
)
async def test_every_stop_reason_has_its_words(bench: Bench, stop: str, note: str, buttons: tuple[Action, ...]) -> None:
    bench.standin.script({"chunks": WORDS, "stop_reason": stop})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.stop, answer.note, answer.buttons) == (TEXT, stop, note, buttons)
    assert answer.messages


async def test_a_tool_that_nobody_gave_ends_the_answer_with_a_note(bench: Bench) -> None:
    bench.standin.script({"text": "Let me look.", "tool_use": [{"name": "calendar", "input": {}}]})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.note) == ("Let me look.", ending.TOOLLESS)
    assert answer.messages == ({"role": "assistant", "content": "Let me look."},)


@pytest.mark.parametrize("after", [0, 3])
async def test_a_refusal_withdraws_what_was_said_and_keeps_nothing(bench: Bench, after: int) -> None:
    bench.standin.config(first_token=0, tokens_per_second=500)
    bench.standin.script({"chunks": WORDS, "do": "refusal", "after": after, "category": "cyber"})

    async with bench.claude() as claude:
        with pytest.raises(errors.Declined):
            await claude.answer(prompt(), bench.reply)

    assert bench.reply.texts[-1] == ""
    assert len(bench.standin.calls()) == 1
    assert bench.details[0].stop == "refusal"


async def test_a_refusal_to_go_on_leaves_what_stood_before(bench: Bench) -> None:
    bench.standin.script({"chunks": ["One two", " three"], "do": "refusal", "after": 2})

    async with bench.claude() as claude:
        with pytest.raises(errors.Declined):
            await claude.answer(prompt(begun="One two"), bench.reply)

    assert bench.reply.texts[-1] == "One two"


async def test_a_paused_turn_is_resumed_with_what_it_said_unchanged(bench: Bench) -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "weather"}}
    bench.standin.script(
        {"text": "Let me look.", "thinking": "Hm.", "blocks": [search], "stop_reason": "pause_turn"},
        {"text": "It rains."},
    )

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(model="claude-opus-5"), bench.reply)

    first, second = (call["said"] for call in bench.standin.calls())
    assert answer.text == "Let me look.\n\nIt rains."
    assert second[:-1] == first
    assert [block["type"] for block in second[-1]["content"]] == ["thinking", "text", "server_tool_use"]
    assert second[-1]["content"][2] == search
    assert bench.reply.statuses == ["Thinking…", "Searching the web…"]


async def test_a_paused_turn_is_resumed_without_its_blank_lines(bench: Bench) -> None:
    """The API gives texts of white space, and takes none."""
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "lanterns"}}
    bench.standin.script({"text": "\n\n", "blocks": [search], "stop_reason": "pause_turn"}, {"text": "Here it is."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert answer.text.strip() == "Here it is."
    assert bench.errors == ["", ""]
    assert [block["type"] for block in bench.standin.calls()[1]["said"][1]["content"]] == ["server_tool_use"]


async def test_a_turn_that_pauses_for_ever_ends_with_continue(bench: Bench) -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    bench.standin.script({"text": "More.", "blocks": [search], "stop_reason": "pause_turn", "times": None})

    async with bench.claude(patience=Patience(pauses=2)) as claude:
        answer = await claude.answer(prompt(), bench.reply)

    assert (answer.attempts, answer.note, answer.buttons) == (3, ending.PAUSED, (Action.CONTINUE,))


async def test_an_answer_without_a_word_is_told(bench: Bench) -> None:
    bench.standin.script({"do": "empty"})

    async with bench.claude() as claude:
        with pytest.raises(errors.Empty):
            await claude.answer(prompt(), bench.reply)


async def test_an_answer_that_was_all_thinking_says_so(bench: Bench) -> None:
    bench.standin.script({"thinking": "Hm " * 50, "stop_reason": "max_tokens"})

    async with bench.claude() as claude:
        with pytest.raises(errors.Empty) as caught:
            await claude.answer(prompt(), bench.reply)

    assert caught.value.advice == ending.ALL_THOUGHT


async def test_a_conversation_beyond_the_context_is_told(bench: Bench) -> None:
    bench.standin.config(context={"*": 500})

    async with bench.claude() as claude:
        with pytest.raises(errors.TooLarge):
            await claude.answer(prompt("much " * 1_000), bench.reply)
        bench.standin.script({"do": "context_exceeded"})
        with pytest.raises(errors.TooLarge):
            await claude.answer(prompt(), bench.reply)


# Continue


async def test_an_answer_that_was_begun_goes_on_where_it_stops(bench: Bench) -> None:
    bench.standin.script({"text": "One two three four five."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(begun="One two"), bench.reply)

    asked = bench.standin.calls()[0]["said"]
    assert answer.text == TEXT
    assert bench.reply.texts[0] == "One two"
    assert all(TEXT.startswith(text) for text in bench.reply.texts)
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == "One two"


async def test_what_cannot_be_gone_on_with_stays_and_can_be_tried_again(bench: Bench) -> None:
    bench.standin.faults({"do": "529", "times": None})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(begun="One two"), bench.reply)

    assert answer.text == "One two"
    assert answer.note == f"{ending.BROKEN_OFF} {errors.Busy.advice}"
    assert answer.buttons == (Action.CONTINUE,)


# In flight, the end


async def test_who_waits_for_a_place_reads_how_many_are_ahead(bench: Bench) -> None:
    bench.standin.config(first_token=0.1)
    replies = [Bench(bench.standin).reply for _ in range(3)]

    async with bench.claude(in_flight=1) as claude:
        await asyncio.gather(*(claude.answer(prompt(f"Number {n}"), reply) for n, reply in enumerate(replies)))

    assert [reply.statuses for reply in replies] == [
        [],
        [ending.ahead(1), ending.ASKING],
        [ending.ahead(2), ending.ahead(1), ending.ASKING],
    ]
    asked = [call["said"][0]["content"] for call in bench.standin.calls()]
    assert asked == ["Number 0", "Number 1", "Number 2"]


async def test_a_pause_that_one_call_was_told_is_kept_by_all(bench: Bench) -> None:
    bench.standin.faults({"do": "429", "retry_after": 30})

    async with bench.claude() as claude:
        first = asyncio.create_task(claude.answer(prompt("first"), bench.reply))
        await until(lambda: bench.time.slept)
        await claude.answer(prompt("second"), bench.reply)
        await first

    assert len(bench.standin.calls()) == 3
    assert bench.time.slept[0] >= 30


async def test_a_good_key_and_known_models_are_no_problem(bench: Bench) -> None:
    async with bench.claude(fallback_model="claude-haiku-5-5") as claude:
        assert await claude.check(["claude-sonnet-5-5", "claude-haiku-4-5"]) == ()
        assert (await claude.model("claude-sonnet-5-5")).context == 1_000_000


async def test_the_models_that_the_key_may_use_are_offered_with_their_prices(bench: Bench) -> None:
    async with bench.claude() as claude:
        offers = {offer.model: offer for offer in await claude.models()}

    assert offers["claude-sonnet-5-5"].price == "$2 in, $10 out"
    assert offers["claude-sonnet-4-5-20250929"].retires == "2026-11-30"
    assert "claude-opus-4-20250514" not in offers


async def test_a_key_that_is_refused_is_a_sentence_at_the_start(bench: Bench) -> None:
    bench.standin.config(keys=["another"])

    async with bench.claude() as claude:
        (problem,) = await claude.check(["claude-sonnet-5-5"])

    assert "ANTHROPIC_API_KEY" in problem
    assert KEY not in problem


@pytest.mark.parametrize(
    ("fault", "told"),
    [("403", "(permission_error)"), ("402", "(billing_error)"), ("404", "(not_found_error)"), ("401", "API_KEY")],
)
async def test_whatever_no_waiting_mends_is_a_sentence_at_the_start(bench: Bench, fault: str, told: str) -> None:
    bench.standin.faults({"do": fault, "method": "*", "times": 9})

    async with bench.claude() as claude:
        (problem,) = await claude.check(["claude-sonnet-5-5"])

    assert told in problem


async def test_an_address_with_v1_is_no_api(bench: Bench) -> None:
    async with bench.claude(base_url=f"{bench.standin.api}/v1") as claude:
        (problem,) = await claude.check(["claude-sonnet-5-5"])

    assert "without the /v1" in problem


@pytest.mark.parametrize("fault", ["404", "403", "400"])
async def test_a_gateway_without_a_list_of_models_does_not_stop_the_start(bench: Bench, fault: str) -> None:
    bench.standin.faults({"do": fault, "method": "models.*", "times": 9})

    async with bench.claude() as claude:
        assert await claude.check(["claude-sonnet-5-5"]) == ()
        assert claude.unheard is not None


async def test_a_certificate_that_nobody_trusts_is_told_with_its_fix(bench: Bench, tmp_path: Path) -> None:
    _, certificate = certify(tmp_path, "localhost")

    async with tls(9, "localhost", certificate) as port, bench.claude(base_url=f"https://localhost:{port}") as claude:
        assert await claude.check(["claude-sonnet-5-5"]) == ()

    assert claude.unheard is not None
    assert claude.unheard.code == "certificate"
    assert "SSL_CERT_FILE" in silence(claude.unheard)


async def test_an_api_in_trouble_does_not_stop_the_start(bench: Bench) -> None:
    bench.standin.faults({"do": "529", "method": "*", "times": 9})

    async with bench.claude() as claude:
        assert await claude.check(["claude-sonnet-5-5"]) == ()
        assert claude.unheard is not None
        assert claude.unheard.code == "overloaded_error"


async def test_models_that_cannot_be_used_are_named_at_the_start(bench: Bench) -> None:
    async with bench.claude(fallback_model="claude-opus-4-0") as claude:
        unknown, retired = await claude.check(["claude-nonsense", "claude-sonnet-5-5"])

    assert "claude-nonsense" in unknown
    assert "retired" in retired
    assert retired.startswith("CLAUDE_FALLBACK_MODEL: ")


async def test_models_that_will_be_retired_are_named_at_the_start(bench: Bench) -> None:
    async with bench.claude() as claude:
        assert await claude.check(["claude-sonnet-4-5", "claude-sonnet-5-5"]) == ()
        (notice,) = claude.retiring(["claude-sonnet-4-5", "claude-sonnet-5-5"])

    assert (notice.model, notice.retires) == ("claude-sonnet-4-5-20250929", "2026-11-30")


async def test_an_api_that_does_not_answer_does_not_stop_the_start(bench: Bench) -> None:
    async with bench.claude(base_url="http://127.0.0.1:9") as claude:
        assert await claude.check(["claude-sonnet-5-5"]) == ()
        assert await claude.models() == ()


async def test_nothing_that_was_said_is_told_to_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="parley")
    bench.standin.faults({"do": "500", "message": "canary"})

    async with bench.claude() as claude:
        await claude.answer(prompt("canary"), bench.reply)

    assert "canary" not in caplog.text
    assert "canary" not in json.dumps([str(details) for details in bench.details])
