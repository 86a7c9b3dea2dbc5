"""Claude within the whole house: what is asked over many turns, restarts and changes of mind."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.contract import Action, File, Message, Press
from core.prompts import UNLIKED
from core.store import Claim
from core.tools.making import recipe
from core.tools.toolbox import Toolbox, toolbox
from tests.core.claude.bench import Bench
from tests.core.claude.hall import hall
from tests.core.claude.test_client_hosted import cites
from tests.core.office import ANA, CHANNEL, OPTIONS, Office
from tests.core.test_files import png
from tests.waits import until

pytestmark = pytest.mark.anyio


def _asked_twice(bench: Bench) -> bool:
    return len(bench.standin.calls()) >= 2


def _shown(office: Office, id: str, text: str) -> bool:
    return id in office.desk.screens and any(text in page for page in office.desk.screens[id].shown)


async def test_results_of_tools_survive_the_worker_that_got_them(valkey: Path, bench: Bench) -> None:
    ran: list[str] = []

    async def clock() -> str:
        """The time."""
        ran.append("once")
        return "noon"

    options = replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))
    wants = {"text": "Let me look.", "thinking": "Hm.", "tool_use": [{"name": "clock", "input": {}}]}
    bench.standin.script(wants, {"text": "It is noon.", "first_token": 30})
    async with hall(valkey, bench, options=options, drain=0) as here:
        message = await here.asked("What time is it?")
        await until(lambda: _asked_twice(bench))
        await until(lambda: _shown(here, message.id, "Let me look."))
        screens = here.desk.screens

    bench.standin.script({"text": "It is noon."})
    async with hall(valkey, bench, options=options, keep=True) as here:
        here.desk.screens = screens
        shown = await here.answer(message)

    assert ran == ["once"]
    assert shown == "Let me look.\n\nIt is noon."
    last = bench.standin.calls()[-1]["said"]
    assert [one["type"] for one in last[1]["content"]] == ["thinking", "text", "tool_use"]


async def test_a_wish_that_the_model_does_not_take_is_said_by_whatever_name_it_is_set(
    valkey: Path, bench: Bench
) -> None:
    options = replace(OPTIONS, defaults=replace(OPTIONS.defaults, model="claude-haiku-4-5"))
    async with hall(valkey, bench, options=options) as here:
        told = [(await here.tell(here.command(*words))).text for words in (("effort", "high"), ("settings",))]

    assert ["`claude-haiku-4-5` does not take `high`" in text for text in told] == [True, True]


async def test_a_tool_that_was_switched_off_spoils_no_conversation(valkey: Path, bench: Bench) -> None:
    async def clock() -> str:
        """The time."""
        return "noon"

    bench.standin.script({"text": "Let me look.", "tool_use": [{"name": "clock", "input": {}}]}, {"text": "Noon."})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))) as here:
        await here.ask("What time is it?")
        await here.ask("And now?")
    async with hall(valkey, bench, keep=True) as here:
        shown = await here.ask("Hello?", id="later", at=2e9)

    calls = bench.standin.calls()
    assert [call["status"] for call in calls] == [200] * 4
    assert "tool_result" in json.dumps(calls[2]["said"])
    assert "tool_" not in json.dumps(calls[3]["said"])
    assert shown


async def test_nearly_all_of_a_long_conversation_is_read_from_the_cache(valkey: Path, bench: Bench) -> None:
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=toolbox(["current_time"]))) as here:
        await here.door.desk.choose(CHANNEL, ANA, "persona", "Speak like a pirate.")
        await here.ask("Please read this: " + "and so on " * 1_000)
        for number in range(7):
            await here.ask(f"Question {number}: what is {number} + 2?")

    used = [details.usage for details in bench.details]
    shares = [one.cache_read / (one.input + one.cache_read + one.cache_write_5m) for one in used]
    assert shares[0] == 0
    assert all(share > 0.9 for share in shares[2:]), shares


async def test_after_many_rounds_of_tools_what_was_said_before_is_read_from_the_cache(
    valkey: Path, bench: Bench
) -> None:
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=toolbox(["current_time"]))) as here:
        await here.ask("Please read this: " + "and so on " * 3_000)
        looks = {"text": "I look.", "tool_use": [{"name": "current_time", "input": {}}]}
        bench.standin.script(*[looks] * 9, {"text": "Done."})
        await here.ask("Work.")
        await here.ask("Thanks.")

    used = bench.details[-1].usage
    assert used.cache_read > 0.7 * (used.input + used.cache_read + used.cache_write_5m)


async def test_thinking_is_chosen_for_a_place_and_does_not_come_back(valkey: Path, bench: Bench) -> None:
    bench.standin.script({"text": "Yes.", "thinking": "Hm, let me see."}, {"text": "No."})
    async with hall(valkey, bench) as here:
        await here.tell(here.command("thinking", "on"))
        await here.tell(here.command("effort", "low"))
        await here.ask("Really?")
        await here.tell(here.command("thinking", "off"))
        await here.ask("And this?")

    first, second = (call["arguments"] for call in bench.standin.calls())
    assert (first["thinking"], first["output_config"]) == ({"type": "adaptive"}, {"effort": "low"})
    assert second["thinking"] == {"type": "between_tools"}
    assert "thinking" not in json.dumps(second["messages"])


async def test_a_picture_is_seen_and_asked_about_again_and_kept_as_a_reference_only(valkey: Path, bench: Bench) -> None:
    picture = png()

    async def read(file: File, at_most: int) -> bytes:
        return picture

    async with hall(valkey, bench) as here:
        here.desk.read = read  # type: ignore[method-assign]  # this platform has one file
        await here.ask("What is this?", files=(File("F1", "cat.png", len(picture)),))
        await here.ask("What colour has it?")
        exchanges = (await _next(here)).exchanges

    first, second = (call["said"] for call in bench.standin.calls())
    assert [block["type"] for block in first[0]["content"]] == ["image", "text"]
    assert second[0] == first[0]
    assert "cat.png" in str(exchanges[0].messages[0])
    assert "base64" not in str(exchanges)


async def test_what_claude_does_not_take_is_asked_without_what_is_attached(valkey: Path, bench: Bench) -> None:
    async def read(file: File, at_most: int) -> bytes:
        return png()

    bench.standin.script({"do": "400"}, {"text": "I see nothing."})
    async with hall(valkey, bench) as here:
        here.desk.read = read  # type: ignore[method-assign]  # this platform has one file
        shown = await here.ask("What is this?", files=(File("F1", "cat.png", 50),))

    assert shown == f"I see nothing.\n\n*{UNLIKED}*"
    assert "image" not in str(bench.standin.calls()[1]["arguments"])


WANTS_CLOCK = {"text": "Let me look.", "tool_use": [{"name": "clock", "input": {}}]}


async def clock() -> str:
    """The time."""
    return "noon in Rome"


async def test_an_answer_that_was_too_long_goes_on_with_what_its_tools_gave(valkey: Path, bench: Bench) -> None:
    bench.standin.script(
        WANTS_CLOCK, {"text": "It is noon in", "stop_reason": "max_tokens"}, {"text": "It is noon in Rome."}
    )
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))) as here:
        message = await here.answered("What time is it?")
        await here.tell(here.press(Action.CONTINUE, message.id))
        await until(lambda: _shown(here, message.id, "It is noon in Rome."))
        await here.settled(message)
        await here.ask("Where?", id="later", at=2e9 + 1)

    *_, rest, later = (call["said"] for call in bench.standin.calls())
    assert [one["role"] for one in rest] == ["user", "assistant", "user", "assistant", "user"]
    assert "tool_result" in json.dumps(rest[2])
    assert (rest[3]["content"], later[3]["content"]) == ("It is noon in", "It is noon in Rome.")
    assert [call["status"] for call in bench.standin.calls()] == [200] * 4


async def test_an_answer_that_was_stopped_goes_on_with_what_its_tools_gave(valkey: Path, bench: Bench) -> None:
    bench.standin.script(WANTS_CLOCK, {"chunks": ["It is ", "noon ", "in ", "Rome."], "do": "stall", "after": 3})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))) as here:
        message = await here.asked("What time is it?")
        await until(lambda: _shown(here, message.id, "It is noon in"))
        await here.tell(here.command("stop"))
        await here.settled(message)
        bench.standin.script({"text": "It is noon in Rome."})
        await here.tell(here.press(Action.CONTINUE, message.id))
        await until(lambda: _shown(here, message.id, "It is noon in Rome."))

    rest = bench.standin.calls()[-1]["said"]
    assert "noon in Rome" in json.dumps(rest[2]["content"][0])
    assert rest[3]["content"].strip() == "It is noon in"


async def test_an_answer_that_was_stopped_right_after_its_tools_goes_on_with_what_they_gave(
    valkey: Path, bench: Bench
) -> None:
    bench.standin.script(WANTS_CLOCK, {"do": "stall", "after": 0})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=Toolbox((recipe(clock),)))) as here:
        message = await here.asked("What time is it?")
        await until(lambda: _asked_twice(bench))
        await here.tell(here.command("stop"))
        await here.settled(message)
        bench.standin.script({"text": "It is noon in Rome."})
        await here.tell(here.press(Action.CONTINUE, message.id))
        await until(lambda: _shown(here, message.id, "Let me look.\n\nIt is noon in Rome."))
        await here.settled(message)
        await here.ask("Where?", id="later", at=2e9 + 1)

    *_, rest, later = (call["said"] for call in bench.standin.calls())
    assert "noon in Rome" in json.dumps(rest[2]["content"][0])
    assert "noon in Rome" in json.dumps(later[2]["content"][0])
    assert [call["status"] for call in bench.standin.calls()] == [200, 0, 200, 200]  # 0: it was stopped


async def _next(here: Office) -> Claim:
    """What the next question would know."""
    await here.worker.drain(5)
    await here.store.accept(here.message())
    claim = await here.store.claim()
    assert claim is not None
    return claim


async def test_an_answer_is_made_anew_without_the_old_one(valkey: Path, bench: Bench) -> None:
    async with hall(valkey, bench) as here:
        message = await here.answered("What is 2 + 2?")
        press = here.press(Action.REGENERATE, message.id)
        await here.tell(press)
        await until(lambda: _asked_twice(bench))
        await here.settled(message)

    first, second = (call["said"] for call in bench.standin.calls())
    assert first == second


def _long(text: str, page: str) -> dict[str, object]:
    return {"blocks": [cites(text, page)], "stop_reason": "max_tokens"}


async def _pressed(here: Office, message: Message, action: Action, text: str, turn: str, id: str = "p1") -> str:
    await here.tell(Press(id=id, place=CHANNEL, author=ANA, at=2e9, action=action, turn=turn))
    await until(lambda: _shown(here, message.id, text))
    return await here.answer(message)


async def test_what_the_parts_of_an_answer_cite_is_named_below_the_whole(valkey: Path, bench: Bench) -> None:
    """Also when a part cites nothing."""
    parts = _long("The dollar is up.", "https://a.example/"), _long("The euro, too.", "https://b.example/")
    bench.standin.script(*parts, {"text": "That is all."})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=toolbox(["web_search"]))) as here:
        message = await here.asked("What of the dollar?")
        first = await here.answer(message)
        second = await _pressed(here, message, Action.CONTINUE, "The euro", message.id)
        third = await _pressed(here, message, Action.CONTINUE, "That is all", "p1", "p2")

    assert [shown.partition("Sources: ")[2].count("](") for shown in (first, second, third)] == [1, 2, 2]


async def test_what_an_answer_cited_is_not_named_below_one_that_is_made_anew(valkey: Path, bench: Bench) -> None:
    bench.standin.script(_long("The dollar is up.", "https://a.example/"), {"text": "I do not know."})
    async with hall(valkey, bench, options=replace(OPTIONS, toolbox=toolbox(["web_search"]))) as here:
        message = await here.asked("What of the dollar?")
        first = await here.answer(message)
        second = await _pressed(here, message, Action.REGENERATE, "I do not know", message.id)

    assert ("a.example" in first, "Sources" in second) == (True, False)
