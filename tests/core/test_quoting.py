"""What others say in a thread between the answers: read with the next question that is put to the bot directly."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import history
from core.contract import Change, File, Message, Person, Progress, Reply
from core.dialogue import Answer, Prompt
from core.errors import Closed, Uncertain
from core.quoting import KEPT_BACK, MOST_KEPT_BACK, UNHEARD, UNREAD
from core.store import Store
from core.store.sealing import Sealer
from core.store.vault import Vault
from core.tools.toolbox import toolbox
from core.trace import Trace
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, Speaker, office, thread
from tests.core.store.world import KEYS, NAMES
from tests.core.test_prompts import THREAD, Desk, Untouched, claim, message, past

pytestmark = pytest.mark.anyio


@pytest.fixture
def desk() -> Desk:
    return Desk(Trace(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS)))))


async def test_what_others_wrote_in_a_thread_comes_with_the_first_question(desk: Desk) -> None:
    desk.platform.said = [message("look at this", THREAD, author=Person("U2", "Bob"))]

    first = await desk.of(claim(message(place=THREAD)))
    second = await desk.of(claim(message(place=THREAD, direct=False), past("1")))

    assert "Bob: look at this" in str(first.question["content"])
    assert "Bob" not in str(second.question["content"])
    assert desk.platform.asked == 1


async def test_who_is_quoted_by_a_question_and_by_what_was_said_before_is_known(desk: Desk) -> None:
    desk.platform.said = [message("it fails", THREAD, author=Person("U2", "Ben"), quoted=("U3",))]

    asked = await desk.of(claim(message(place=THREAD, quoted=("U4",))))

    assert asked.quoting.people == {"U2", "U3", "U4"}


async def test_a_platform_that_does_not_tell_what_was_said_holds_up_no_answer_and_whoever_reads_it_knows(
    desk: Desk,
) -> None:
    desk.platform.error = Uncertain("timeout")

    asked = await desk.of(claim(message(place=THREAD)))

    assert "why?" in str(asked.question["content"])
    assert asked.noted("") == UNREAD
    assert (await desk.of(claim(message()))).noted("") == ""


async def test_whoever_reads_the_answer_knows_how_much_of_the_thread_could_not_be_read(desk: Desk) -> None:
    kept_back = message("", THREAD, author=Person("U2", "Bob"))
    desk.platform.said = [kept_back, kept_back]
    nothing = await desk.of(claim(message(place=THREAD)))
    desk.platform.said = [kept_back, message("look at this", THREAD, author=Person("U3", "Eve"))]
    part = await desk.of(claim(message(place=THREAD)))

    assert nothing.noted("") == MOST_KEPT_BACK.format(count=2)
    assert part.noted("") == KEPT_BACK
    assert "Eve: look at this" in str(part.question["content"])
    assert part.quoting.people == {"U3"}


async def test_what_others_wrote_between_the_answers_comes_with_the_next_question_that_is_put_directly(
    desk: Desk,
) -> None:
    root, first, follow_up = past(THREAD.thread, at=10), past("C1:2", at=20, heard=True), past("C1:5", at=50)
    alert = message("deploy failed", THREAD, id="C1:4", at=40, author=Person("B1", "CI"))
    before = [message("again?", THREAD, id=one.id, at=one.at) for one in (root, first, follow_up)]
    too_old = message("heard long ago", THREAD, id="C1:3", at=15, author=Person("U2", "Bob"))
    desk.platform.said = [before[0], too_old, before[1], alert, before[2]]

    asked = await desk.of(claim(message("what does it mean?", THREAD), root, first, follow_up))
    kept = asked.exchange([{"role": "assistant", "content": "This."}])

    assert desk.platform.since == 20
    assert "<others>\nCI: deploy failed\n</others>\n\n<context>" in str(asked.question["content"])
    assert asked.prompt.messages[:-1] == tuple(said for one in (root, first, follow_up) for said in one.messages)
    assert asked.quoting.people == {"B1"}
    assert asked.quoting.messages == {"C1:4"}
    assert kept is not None
    assert kept.heard


async def test_of_a_thread_that_is_too_long_only_what_goes_with_the_question_counts_as_heard(desk: Desk) -> None:
    """Else a deletion of any other message there would take the exchange out of the history."""
    names = [f"person {number}!" for number in range(1_000)]
    said = [message("words " * 200, THREAD, id=name, at=at, author=Person(name, name)) for at, name in enumerate(names)]
    said[100] = replace(said[100], files=(File("F1", "plan.txt", 4),))
    desk.platform.said = said

    asked = await desk.of(claim(message("what was that?", THREAD)))

    shown = {name for name in names if name in str(asked.question["content"])}
    assert 10 < len(shown) < 500
    assert asked.quoting.messages == asked.quoting.people == shown | {names[100]}


async def test_who_made_a_thread_forget_does_not_hear_it_again(desk: Desk) -> None:
    desk.platform.said = [message("the old plan", THREAD, id="C1:2", at=20)]

    asked = await desk.of(replace(claim(message(place=THREAD), past("C1:3", at=10)), since=30))

    assert desk.platform.since == 30
    assert "plan" not in str(asked.question["content"])


async def test_what_others_wrote_meanwhile_is_heard_later_when_it_cannot_be_read_now(desk: Desk) -> None:
    desk.platform.error = Uncertain("timeout")

    asked = await desk.of(claim(message(place=THREAD), past("C1:3", at=10)))
    kept = asked.exchange([{"role": "assistant", "content": "This."}])

    assert asked.noted("") == UNHEARD
    assert kept is not None
    assert not kept.heard


async def test_what_others_wrote_before_a_follow_up_that_is_summed_up_by_now_is_heard(desk: Desk) -> None:
    root, follow_up = past(THREAD.thread, at=10), past("C1:5", at=50)
    at, answered = history.heard_in([root, follow_up])
    alert = message("deploy failed", THREAD, id="C1:4", at=40, author=Person("B1", "CI"))
    desk.platform.said = [alert, message("again?", THREAD, id="C1:5", at=50)]
    memory = replace(past("memory:1", at=at), memory=True, answered=answered)

    asked = await desk.of(claim(message("why?", THREAD), memory))

    assert "<others>\nCI: deploy failed\n</others>\n\n<context>" in str(asked.question["content"])


async def test_that_a_thread_may_not_be_read_is_said_below_the_first_answer_alone(desk: Desk) -> None:
    desk.platform.error = Closed("missing_access")

    assert (await desk.of(claim(message(place=THREAD)))).noted("") == UNREAD
    assert (await desk.of(claim(message(place=THREAD), past("C1:3", at=10)))).noted("") == ""


async def test_that_a_message_may_not_be_read_is_said_below_the_first_answer_alone(desk: Desk) -> None:
    desk.platform.said = [message("", THREAD, id="C1:4", at=40)]

    assert (await desk.of(claim(message(place=THREAD)))).noted("") == KEPT_BACK
    assert (await desk.of(claim(message(place=THREAD), past("C1:3", at=10)))).noted("") == ""


async def test_what_others_said_between_two_answers_comes_once_and_with_the_newest_question(here: Office) -> None:
    root = here.message("let us deploy")
    there = thread(root)
    await here.tell(root)
    await here.settled(root)
    await here.ask("I have begun", place=there, direct=False)
    here.desk.earlier = [here.message("it failed", author=BEN, place=there)]
    await here.ask("and now?", place=there, direct=False)
    await here.ask("why?", place=there)
    await here.ask("are you sure?", place=there)

    *_, third, fourth, fifth = (prompt.messages for prompt in here.speaker.prompts)
    assert "it failed" not in str(third)
    assert "<others>\nBen: it failed\n</others>\n\n<context>" in str(fourth[-1]["content"])
    assert str(fifth).count("it failed") == 1
    assert (fourth[: len(third)], fifth[: len(fourth)]) == (third, fourth)


@pytest.mark.parametrize(
    ("tool", "error", "people", "messages"),
    [
        ("earlier_messages", None, {"U2"}, {"C1:2", "C1:3"}),
        ("earlier_messages", Uncertain("timeout"), set(), {"C1:3"}),
        ("current_time", None, set(), set()),
    ],
)
async def test_whose_words_a_tool_read_before_a_restart_is_known_after_it(
    desk: Desk, tool: str, error: Uncertain | None, people: set[str], messages: set[str]
) -> None:
    desk.platform.said = [message("a password", THREAD, id="C1:2", at=20, author=Person("U2", "Bob"))]
    desk.platform.error = error
    use: dict[str, Any] = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": tool, "input": {}}]}
    turn = claim(
        message(place=THREAD, direct=False), past("C1:3", at=30), progress=Progress("claude-sonnet-5-5", "", (use,))
    )

    asked = await desk.of(turn, toolbox=toolbox(["current_time", "earlier_messages"]))

    assert (asked.quoting.people, asked.quoting.messages) == (people, messages)


class Curious(Speaker):
    """One who reads what was said before, and says it."""

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        answer = await super().answer(prompt, reply)
        told = [await tool.run({}) for tool in prompt.tools if tool.run]
        return replace(answer, messages=({"role": "assistant", "content": "\n".join(told)},))


def deleted(message: Message) -> Change:
    return Change(id=message.id, place=message.place, author=message.author, at=message.at, text=None)


async def test_what_was_heard_in_a_thread_and_deleted_since_is_sent_no_more(here: Office) -> None:
    root = here.message("let us deploy", author=BEN)
    there = thread(root)
    said = here.message("the password is hunter2", place=there)
    here.desk.earlier = [root, said]
    await here.ask("what is this?", author=BEN, place=there)
    here.desk.earlier = [root]

    await here.tell(deleted(said))
    await here.ask("and now?", author=BEN, place=there)

    first, second = (str(prompt.messages) for prompt in here.speaker.prompts)
    assert "hunter2" in first
    assert "hunter2" not in second


async def of_person(here: Office, asked: Message) -> None:
    await here.tell(here.command("privacy", "delete yes", author=asked.author))


async def of_message(here: Office, asked: Message) -> None:
    await here.tell(deleted(asked))


@pytest.mark.parametrize("forget", [of_person, of_message])
async def test_what_a_tool_read_of_somebody_and_was_forgotten_since_is_sent_no_more(
    valkey: Path, forget: Callable[[Office, Message], Awaitable[None]]
) -> None:
    options = replace(OPTIONS, toolbox=toolbox(["earlier_messages"]))
    async with office(valkey, options=options, model=Curious) as here:
        asked = await here.asked("is 71234 a fair salary?", author=ANA, place=CHANNEL)
        await here.answer(asked)
        await here.ask("what was asked here?", author=BEN)

        await forget(here, asked)
        await here.ask("and now?", author=BEN)

    *_, second, third = (str(prompt.messages) for prompt in here.speaker.prompts)
    assert "71234" in second
    assert "71234" not in third


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_thread_of_a_direct_message_is_read_only_when_nothing_of_it_is_known(
    desk: Desk, *, is_known: bool
) -> None:
    direct = replace(THREAD, private=True)
    desk.platform.said = [message("why is db-7 slow?", direct, id="C1:5", at=20)]

    asked = await desk.of(claim(message("in French, please", direct), *[past("C1:3", at=10)] * is_known))

    assert ("db-7" in str(asked.question["content"])) is not is_known
