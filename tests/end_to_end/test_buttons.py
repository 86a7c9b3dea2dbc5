"""The buttons below an answer, on both platforms: who may press them, what they do, and which process does it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.claude.seam import anchor
from tests.end_to_end.driver import Playground
from tests.end_to_end.haste import anyio_backend as anyio_backend
from tests.end_to_end.inside import Team, team
from tests.end_to_end.rooms import Discord, Room, Slack, answered, running, shown, whispered
from tests.waits import until

pytestmark = pytest.mark.anyio

STORY = " ".join(f"Word {n} of a story that goes on." for n in range(1, 60))
ADMIN = {"slack": "cleo", "discord": "alan"}
OTHER = {"slack": "ben", "discord": "grace"}
THEIRS = "Only the person who asked, or an admin, can do that."


@pytest.fixture(scope="module")
async def bots(grounds: Playground, valkey: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    data = tmp_path_factory.mktemp("buttons")
    async with team(grounds, valkey, data, is_hasty=True, ADMINS="U0CLEO,1400000000000000042") as found:
        await found.start()
        yield found


@pytest.fixture(params=["slack", "discord"])
async def room(request: pytest.FixtureRequest, bots: Team, place: Playground) -> Room:
    await place.claude.do("config", first_token=0, tokens_per_second=0)
    if request.param == "slack":
        return await Slack.opened(place.slack)
    return await Discord.opened(place.discord)


def name(room: Room) -> str:
    return "slack" if isinstance(room, Slack) else "discord"


async def says(place: Playground, *texts: str, **more: object) -> None:
    """What Claude will say, one after the other."""
    await place.claude.do("script", [{"text": text, **more} for text in texts])


async def remembered(room: Room, place: Playground) -> str:
    """What Claude is told of the newest answer with the next question. In Slack it is asked in the thread."""
    [first, *_] = await room.messages()
    where = {"thread_ts": first[0].raw["thread"]} if isinstance(room, Slack) else {}
    before = len(await room.messages())
    await room.ask("what did you say?", **where)
    await answered(room, before + 1)
    return (await place.asked())[-1][-2]["content"]


async def test_stop_keeps_what_was_written_and_remembers_it(room: Room, place: Playground, bots: Team) -> None:
    await says(place, STORY, tokens_per_second=60)
    await room.ask()
    await room.press(await running(room, "Word 3"), "stop")

    last = await bots.answered(room)

    text = last.text.removesuffix("*Stopped.*").strip()
    assert last.text.endswith("*Stopped.*")
    assert STORY.startswith(text)
    assert len(text) < len(STORY)
    assert {*last.buttons} == {"continue", "regenerate"}
    assert await remembered(room, place) == text


async def test_continue_goes_on_where_it_was_stopped(room: Room, place: Playground, bots: Team) -> None:
    await says(place, STORY, tokens_per_second=60)
    await room.ask()
    await room.press(await running(room, "Word 3"), "stop")
    stopped = await bots.answered(room)
    begun = stopped.text.removesuffix("*Stopped.*").strip()
    await says(place, anchor(begun) + STORY[len(begun) :])

    await room.press(stopped, "continue")
    last = await bots.answered(room, text="Word 59")

    assert last.text == STORY
    assert last.message == stopped.message
    assert {*last.buttons} == {"regenerate"}


async def test_regenerate_answers_in_the_same_message_and_forgets_the_first(
    room: Room, place: Playground, bots: Team
) -> None:
    await says(place, "The first.", "The second.")
    await room.ask()
    first = await bots.answered(room)

    await room.press(first, "regenerate")
    second = await bots.answered(room, text="The second.")

    assert second.message == first.message
    assert len(await shown(room)) == 1
    assert await remembered(room, place) == "The second."


async def test_continue_goes_on_after_max_tokens(room: Room, place: Playground, bots: Team) -> None:
    await says(place, "One, two,", stop_reason="max_tokens")
    await says(place, "One, two, three, four.")
    await room.ask()
    cut = await bots.answered(room)
    assert cut.text.startswith("One, two,\n")

    await room.press(cut, "continue")
    last = await bots.answered(room, text="four")

    assert last.text == "One, two, three, four."
    assert last.message == cut.message
    assert await remembered(room, place) == last.text


async def test_continue_goes_on_after_a_cut(room: Room, place: Playground, bots: Team) -> None:
    await says(place, "One, two, three, four, five,", do="sse_error", after=4, type="invalid_request_error")
    await room.ask()
    cut = await bots.answered(room)
    assert "continue" in cut.buttons
    await says(place, "and six.")

    await room.press(cut, "continue")
    last = await bots.answered(room, text="and six.")

    assert last.text.startswith("One,")
    assert last.message == cut.message


async def test_retry_answers_after_a_failure_in_the_same_message(room: Room, place: Playground, bots: Team) -> None:
    await place.claude.do("faults", [{"method": "messages.create", "do": 400, "times": 1}])
    await room.ask()
    failed = await bots.answered(room)
    assert {*failed.buttons} == {"retry"}
    await says(place, "Here it is.")

    await room.press(failed, "retry")
    last = await bots.answered(room, text="Here it is.")

    assert last.message == failed.message
    assert await remembered(room, place) == "Here it is."


@pytest.mark.parametrize("action", ["regenerate", "stop"])
async def test_somebody_else_is_told_that_it_is_not_his(room: Room, place: Playground, bots: Team, action: str) -> None:
    await says(place, STORY, tokens_per_second=0 if action == "regenerate" else 500)
    await room.ask()
    version = await running(room) if action == "stop" else await bots.answered(room)

    await room.press(version, action, user=OTHER[name(room)])

    await whispered(room, THEIRS if action == "regenerate" else "nothing of yours to stop")
    last = await bots.answered(room)
    assert last.text == STORY
    assert len(await place.asked()) == 1


async def test_an_admin_may_press_everybodys(room: Room, place: Playground, bots: Team) -> None:
    await says(place, STORY, tokens_per_second=60)
    await says(place, "For an admin.")
    await room.ask()
    await room.press(await running(room, "Word 2"), "stop", user=ADMIN[name(room)])
    stopped = await bots.answered(room)
    await room.press(stopped, "regenerate", user=ADMIN[name(room)])

    assert (await bots.answered(room, text="For an admin.")).message == stopped.message


async def test_a_button_of_an_older_answer_does_nothing(room: Room, place: Playground, bots: Team) -> None:
    await room.ask()
    first = await bots.answered(room)
    await room.ask()
    await bots.answered(room, 2)
    before = len(await place.asked())

    await room.press(first, "regenerate")

    await whispered(room, "newer answer")
    assert len(await place.asked()) == before


async def test_buttons_work_after_a_restart(room: Room, place: Playground, bots: Team) -> None:
    await says(place, "Before.", "After.")
    await room.ask()
    before = await bots.answered(room)

    await bots.restart()
    await room.press(before, "regenerate")

    assert (await bots.answered(room, text="After.")).message == before.message


async def test_buttons_work_where_another_process_hears_of_them(room: Room, place: Playground, bots: Team) -> None:
    """One process writes the answer and hears nothing any more; the other hears, and answers nothing."""
    await says(place, STORY, tokens_per_second=60)
    await says(place, "By another.")
    await room.ask()
    writing = await running(room, "Word 2")
    writer = bots.replicas.pop()
    await writer.deafen()
    await bots.start(hands=False)

    await room.press(writing, "stop")
    stopped = await bots.answered(room)
    assert stopped.text.endswith("*Stopped.*")
    await room.press(stopped, "regenerate")
    assert (await bots.answered(room, text="By another.")).message == writing.message

    await writer.end()
    await bots.restart()


async def test_slacks_own_stop_button_stops(bots: Team, place: Playground) -> None:
    slack = await Slack.opened(place.slack)
    await says(place, STORY, tokens_per_second=60)
    thread = await slack.ask()
    await running(slack, "Word 2")
    for user in ("ben", "ada"):
        await place.slack.do("stop_session", channel=slack.channel, thread_ts=thread, user=user)

    last = await bots.answered(slack)

    assert last.text.endswith("*Stopped.*")
    assert {*last.buttons} == {"continue", "regenerate"}


async def test_slacks_own_stop_button_stops_what_shows_a_status_only(bots: Team, place: Playground) -> None:
    slack = await Slack.opened(place.slack)
    await says(place, STORY, first_token=30)
    thread = await slack.ask()

    async def thinks() -> bool:
        return bool(await place.slack.state("statuses"))

    await until(thinks, "a status")
    await place.slack.do("stop_session", channel=slack.channel, thread_ts=thread, user="ada")

    last = await bots.answered(slack)

    assert last.text == "*Stopped.*"
    assert {*last.buttons} == {"retry"}
