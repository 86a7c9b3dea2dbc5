"""The door: once, in turn, within limits, and who may not come in, on a real Valkey."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import Access
from core.contract import Action, Change, Outcome, Person, Verdict
from core.errors import StoreDown
from core.limits import Limits, Window
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, office, thread
from tests.waits import until

pytestmark = pytest.mark.anyio
THREAD = replace(CHANNEL, thread="root")


async def test_the_same_event_five_times_is_answered_once(here: Office) -> None:
    message = here.message()
    outcomes = [(await here.tell(message)).outcome for _ in range(5)]
    await here.settled(message)

    assert outcomes == [Outcome.ACCEPTED, *[Outcome.SEEN] * 4]
    assert len(here.speaker.prompts) == 1


async def test_a_thread_of_others_is_passed_by(here: Office) -> None:
    other = here.message("lunch?", place=replace(CHANNEL, thread="somewhere"), direct=False)

    assert (await here.tell(other)).outcome is Outcome.PASSED


async def test_a_stop_that_two_processes_hear_of_has_one_word(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        message = await here.begin()
        press = here.press(Action.STOP, message.id)
        first = await here.tell(press)
        await here.answer(message)

        second, other = await here.tell(press), await here.tell(here.press(Action.STOP, message.id))

    assert [one.outcome for one in (first, second, other)] == [Outcome.ACCEPTED, Outcome.SEEN, Outcome.TOLD]


async def test_who_says_no_more_than_stop_while_they_are_answered_stops_that_once(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        root = await here.begin()
        of_another = here.message("stop", author=BEN, place=thread(root), direct=False)
        stop = here.message("Stop!", place=thread(root), direct=False)
        outcomes = [(await here.tell(said)).outcome for said in (of_another, stop, stop)]
        here.speaker.says = str
        shown = await here.answer(root)
        await here.settled(of_another)

    assert outcomes == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.SEEN]
    assert shown.endswith("*Stopped.*")
    assert here.speaker.questions == ["hello", "stop"]


@pytest.mark.parametrize("how", ["word", "command", "button"])
async def test_an_answer_that_is_made_anew_is_stopped_from_the_thread_below_its_question(
    here: Office, how: str
) -> None:
    root = here.message()
    below = thread(root)
    stop = {
        "word": here.message("stop", place=below, direct=False),
        "command": here.command("stop", place=below),
        "button": here.press(Action.STOP, "", place=below),
    }[how]
    once = here.press(Action.REGENERATE, root.id)
    await here.tell(root)
    await here.settled(root)
    await here.tell(once)
    await until(lambda: len(here.speaker.prompts) == 2)
    await here.settled(root)
    here.speaker.pause, here.speaker.says = 0.02, lambda _: "word " * 500
    await here.tell(here.press(Action.REGENERATE, once.id))
    await until(lambda: len(here.speaker.prompts) == 3)
    verdict = await here.tell(stop)
    shown = await here.answer(root)

    assert shown.endswith("*Stopped.*")
    assert "nothing" not in verdict.text
    assert len(here.speaker.prompts) == 3


async def test_stop_in_a_thread_ends_what_is_written_there_not_what_waits_for_its_end(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        root = await here.begin()
        behind = await here.asked("and more?", place=thread(root), direct=False)
        await here.tell(here.message("stop", place=thread(root), direct=False))
        here.speaker.says = str

        assert (await here.answer(root)).endswith("*Stopped.*")
        assert await here.answer(behind) == "and more?"


async def test_stop_ends_what_waits_behind_the_answer_to_somebody_else_and_not_that(valkey: Path) -> None:
    async with office(valkey, says=lambda _: "word " * 40) as here:
        root = await here.answered()
        here.speaker.pause = 0.02
        of_another = here.message("why?", author=BEN, place=thread(root), direct=False)
        waits = here.message("and more?", place=thread(root), direct=False)
        await here.tell(of_another)
        await here.begun(of_another.id)
        await here.tell(waits)
        await here.tell(here.message("stop", place=thread(root), direct=False))
        answers = [await here.answer(of_another), await here.answer(waits)]

    assert answers == [("word " * 40).strip(), "*Stopped.*"]
    assert here.speaker.questions == ["hello", "why?"]


async def test_stop_is_a_question_in_a_thread_where_nothing_runs_and_nothing_in_one_of_others(valkey: Path) -> None:
    async with office(valkey, says=str) as here:
        root = await here.answered()
        stop = here.message("stop", place=thread(root), direct=False)
        outcomes = [(await here.tell(said)).outcome for said in (stop, stop)]
        await here.settled(stop)
        other = here.message("stop", place=THREAD, direct=False)

        assert [*outcomes, (await here.tell(other)).outcome] == [Outcome.ACCEPTED, Outcome.SEEN, Outcome.PASSED]
    assert here.speaker.questions == ["hello", "stop"]


async def test_a_command_that_is_delivered_again_does_nothing(here: Office) -> None:
    reset = here.command("reset")
    await here.tell(reset)
    await here.ask("my name is Ana")
    assert (await here.tell(reset)).outcome is Outcome.SEEN
    await here.ask("what is my name?")

    assert len(here.speaker.prompts[-1].messages) == 3


async def test_a_command_that_redis_did_not_take_is_done_when_it_is_delivered_again(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.ask("my name is Ana")
    command = here.command("reset")
    with monkeypatch.context() as patched:
        patched.setattr(here.store, "reset", down)
        with pytest.raises(StoreDown):
            await here.tell(command)

    assert "forgotten" in (await here.tell(command)).text
    assert (await here.tell(command)).outcome is Outcome.SEEN


async def down(*_: object) -> None:
    raise StoreDown("gone")


async def test_over_a_limit_one_question_waits_and_the_next_is_refused_with_the_time_to_wait(valkey: Path) -> None:
    async with office(valkey, options=replace(OPTIONS, limits=Limits((Window(2, 3),)))) as here:
        await here.ask("one")
        await here.ask("two")
        third, fourth = here.message("three"), here.message("four")
        told = [await here.tell(event) for event in (third, third, fourth, here.message("five"))]
        other = await here.tell(here.message("six", author=BEN))
        await here.settled(third)

    assert [verdict.outcome for verdict in told] == [Outcome.ACCEPTED, Outcome.SEEN, Outcome.TOLD, Outcome.TOLD]
    assert re.fullmatch(
        r"That was 2 questions within 3 seconds\. I will answer this one in [123] seconds?\.", told[0].text
    )
    assert re.fullmatch(r"That .*seconds. Please wait [2-6] seconds: until then I take no more\.", told[2].text)
    assert (told[1].text, told[3].text) == ("", "")
    assert (other.outcome, other.text) == (Outcome.ACCEPTED, "")
    assert here.speaker.questions == ["one", "two", "six", "three"]


async def test_a_limit_does_not_hold_for_a_named_admin(valkey: Path) -> None:
    options = replace(OPTIONS, access=Access(admins=frozenset({ANA.id})), limits=Limits((Window(1, 3600),)))
    async with office(valkey, options=options) as here:
        told = [(await here.tell(here.message(author=who))).outcome for who in (ANA, ANA, ANA, BEN, BEN)]

    assert told == [*[Outcome.ACCEPTED] * 4, Outcome.TOLD]


async def test_who_may_not_ask_is_told_once_and_nothing_is_stored(
    valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    access = Access(users=frozenset({BEN.id}))
    async with office(valkey, options=replace(OPTIONS, access=access)) as here:
        message = here.message()
        told = [(await here.tell(message)).outcome for _ in range(2)]
        unasked = await here.tell(here.message(direct=False))

    assert told == [Outcome.TOLD, Outcome.SEEN]
    assert [here.door.welcomes(here.message(author=author)) for author in (ANA, BEN)] == [False, True]
    assert unasked.outcome is Outcome.PASSED
    assert not here.speaker.prompts
    assert caplog.text.count("reason=access") == 1


async def test_who_knows_that_they_may_not_ask_hears_no_more_of_it_but_commands_have_words(valkey: Path) -> None:
    access = Access(users=frozenset({BEN.id}))
    elsewhere = replace(CHANNEL, channel="C2")
    async with office(valkey, options=replace(OPTIONS, access=access)) as here:
        first, again = [await here.tell(here.message()) for _ in range(2)]
        other = await here.tell(here.message(place=elsewhere))
        command = await here.tell(here.command("usage"))

    assert (first.outcome, other.outcome, command.outcome) == (Outcome.TOLD,) * 3
    assert first.text == other.text == command.text
    assert again.outcome is Outcome.SEEN


async def test_who_waits_is_told_how_many_are_ahead(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 20) as here:
        await here.begin("first")
        second = await here.asked("second")
        await here.settled(second)

    signs = [made.text for made in here.desk.screens[second.id].calls("status")]
    assert signs[0] == "Answering earlier questions first: 1 ahead…"


async def test_who_was_taken_in_is_not_refused_because_nothing_can_be_shown_of_it(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 20) as here:
        await here.begin("first")
        second = here.message("second")
        with monkeypatch.context() as patched:
            patched.setattr(here.store, "choices", down)
            verdict = await here.tell(second)

        assert verdict.outcome is Outcome.ACCEPTED
        await here.settled(second)


async def test_where_it_was_chosen_a_newer_question_interrupts_the_answer(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        await here.tell(here.command("mode", "interrupt"))
        first = await here.begin("first")
        second = here.message("second")
        here.speaker.says = str
        await here.tell(second)
        await here.settled(second)

    assert "Stopped." in "\n".join(here.desk.screens[first.id].shown)
    assert here.desk.screens[second.id].shown == ["second"]


async def test_a_deletion_is_followed_whoever_it_comes_from(valkey: Path) -> None:
    access = Access(users=frozenset({ANA.id}))
    async with office(valkey, options=replace(OPTIONS, access=access)) as here:
        message = await here.answered("my name is Ana")
        nobody = replace(ANA, id="")
        await here.tell(Change(id=message.id, place=CHANNEL, author=nobody, at=message.at, text=None))
        await here.ask("what is my name?")

    assert len(here.speaker.prompts[-1].messages) == 1


async def test_who_may_have_meant_a_setting_is_answered_and_told_how_to_write_one(here: Office) -> None:
    asked = [here.message("persona answer like a pirate", direct=direct) for direct in (True, False)]

    assert ["colon" in (await here.tell(message)).text for message in asked] == [True, False]


async def test_whom_the_platform_cannot_answer_hears_so_once_and_who_may_not_ask_hears_that(valkey: Path) -> None:
    chosen = replace(OPTIONS, access=Access(users=frozenset({ANA.id})))
    async with office(valkey, options=chosen) as here:
        asked, among_people = here.message("why?"), here.message("lunch?", place=THREAD, direct=False)
        told = [await here.door.decline(one, "Not here.") for one in (asked, asked, here.message("and now?"))]
        stranger = await here.door.decline(here.message("why?", author=Person("U9")), "Not here.")

        assert told == [Verdict(Outcome.TOLD, "Not here."), Verdict(Outcome.SEEN), Verdict(Outcome.SEEN)]
        assert "allow you" in stranger.text
        assert await here.door.decline(among_people, "Not here.") == Verdict(Outcome.PASSED)
        assert here.speaker.prompts == []
