"""Where the bot may not write any more, people who talk among themselves are left alone."""

from dataclasses import replace

import pytest

from core import engine
from core.contract import Message, Outcome
from core.errors import Closed, ScreenError, Throttled, Uncertain, Unfit, Vanished
from core.refusals import BARRED, UNSHOWN
from tests.core.office import ANA, CHANNEL, Office
from tests.core.stand_in import StandIn
from tests.waits import until

pytestmark = pytest.mark.anyio
THREAD = replace(CHANNEL, thread="root")


async def unshown(here: Office, message: Message, error: ScreenError) -> None:
    """It is accepted and answered, and nothing of that can be posted."""
    screen = here.desk.screens[message.id] = StandIn(here.desk._service, edits=())
    screen.fail("post", error, times=9)
    asked = len(here.speaker.prompts)

    assert (await here.tell(message)).outcome is Outcome.ACCEPTED
    await until(lambda: len(here.speaker.prompts) > asked and here.worker.busy == 0)


async def test_a_follow_up_that_cannot_be_answered_is_the_last_one_and_nobody_is_written_to(here: Office) -> None:
    await here.ask("hello", place=THREAD)
    await unshown(here, here.message("lunch at noon?", place=THREAD, direct=False), Closed("50013"))

    assert (await here.tell(here.message("yes", place=THREAD, direct=False))).outcome is Outcome.PASSED
    assert here.desk.letters == []


async def test_who_names_the_bot_there_is_told_and_brings_it_back(here: Office) -> None:
    await here.ask("hello", place=THREAD)
    await unshown(here, here.message("lunch at noon?", place=THREAD, direct=False), Closed("50013"))
    await unshown(here, here.message("are you there?", place=THREAD), Closed("50013"))

    assert here.desk.letters == [(ANA.id, BARRED)]
    assert await here.ask("and now?", place=THREAD, direct=False) == "You said: and now?"


async def test_what_is_not_taken_for_what_it_says_is_not_said_to_be_about_the_place(here: Office) -> None:
    await here.ask("hello", place=THREAD)
    await unshown(here, here.message("lunch at noon?", place=THREAD, direct=False), Unfit("invalid_blocks"))
    await unshown(here, here.message("are you there?", place=THREAD), Unfit("invalid_blocks"))

    assert here.desk.letters == [(ANA.id, UNSHOWN)]
    assert await here.ask("and now?", place=THREAD, direct=False) == "You said: and now?"


async def test_a_follow_up_that_was_deleted_meanwhile_says_nothing_of_its_place(here: Office) -> None:
    await here.ask("hello", place=THREAD)
    await unshown(here, here.message("lunch at noon?", place=THREAD, direct=False), Vanished("10008"))

    assert await here.ask("and now?", place=THREAD, direct=False) == "You said: and now?"


@pytest.mark.parametrize(
    ("trouble", "letters"),
    [(Throttled("http_429"), [(ANA.id, BARRED)]), (Uncertain("http_503"), [(ANA.id, BARRED)]), (Closed("off"), [])],
)
async def test_who_is_to_be_told_is_told_despite_a_hiccup_and_the_turn_ends_though_that_never_goes(
    here: Office, monkeypatch: pytest.MonkeyPatch, trouble: ScreenError, letters: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(engine, "TELLING", (0.01, 0.01))
    here.desk.failures = [trouble]
    await unshown(here, here.message("hello"), Closed("is_archived"))

    assert here.desk.letters == letters
    assert await here.ask("and now?") == "You said: and now?"
