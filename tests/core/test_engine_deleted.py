"""A question that is deleted while it is answered: what people see of the answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.contract import Action, Page
from tests.core.office import Office, office
from tests.core.test_engine_order import asked, deletion, idle, press
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_a_question_deleted_before_anything_is_shown_gets_no_message(valkey: Path) -> None:
    async with office(valkey, pause=60) as here:
        here.speaker.says = lambda _: " word"
        message = await here.asked()
        await asked(here)
        await until(lambda: here.desk.screens[message.id].sign)
        await here.tell(deletion(message.id))
        await idle(here)

    screen = here.desk.screens[message.id]
    assert (screen.calls("post"), screen.sign) == ([], "")


@pytest.mark.parametrize("is_anew", [False, True])
async def test_a_question_deleted_in_mid_answer_leaves_no_button_that_finds_nothing(
    here: Office, *, is_anew: bool
) -> None:
    message = here.message()
    if is_anew:
        await here.tell(message)
        await here.settled(message)
    here.speaker.pause, here.speaker.says = 0.02, lambda _: "word " * 500
    await here.tell(press(Action.REGENERATE, message.id) if is_anew else message)
    await asked(here, 1 + is_anew)
    await until(lambda: any("word" in page.text for page in here.desk.screens[message.id].messages.values()))
    await here.tell(deletion(message.id))
    await here.settled(message)

    [page] = here.desk.screens[message.id].messages.values()
    assert page.text.endswith("*Stopped.*")
    assert page.buttons == ()


async def test_who_only_takes_a_file_back_is_told_that_the_answer_stopped(valkey: Path) -> None:
    async with office(valkey, pause=60) as here:
        here.speaker.says = lambda _: " word"
        message = await here.asked()
        await asked(here)
        await here.tell(replace(deletion(message.id), text="hello", less=True))
        await here.settled(message)

    assert list(here.desk.screens[message.id].messages.values()) == [Page("*Stopped.*", final=True)]
