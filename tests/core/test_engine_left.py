"""A thread that is left to its people: by a stop with nothing to stop, until somebody mentions the bot."""

import pytest

from core.commands import NOTHING_TO_STOP
from core.contract import Action, Outcome
from tests.core.office import BEN, Office, thread

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_root", [False, True])
async def test_nobody_sends_the_bot_out_of_a_thread_where_somebody_else_is_being_answered(
    here: Office, *, is_root: bool
) -> None:
    root = await here.asked("a question")
    await here.answer(root)
    here.speaker.pause, here.speaker.says = 0.02, lambda _: "word " * 500
    asked = await here.begin("a longer one", **({} if is_root else {"place": thread(root)}))
    where = thread(asked) if is_root else thread(root)
    told = await here.tell(here.command("stop", place=where, author=BEN))
    follow_up = await here.tell(here.message("and then?", place=where, direct=False))
    await here.tell(here.press(Action.STOP, asked.id))

    assert told.text == NOTHING_TO_STOP
    assert follow_up.outcome is Outcome.ACCEPTED


async def test_stop_after_the_answer_leaves_the_thread_to_others_until_the_next_mention(here: Office) -> None:
    question = await here.asked("a question")
    await here.answer(question)
    await here.tell(here.command("stop", place=thread(question)))
    among_them = await here.tell(here.message("thanks, Ben", place=thread(question), direct=False))
    mention = await here.asked("one more", place=thread(question))
    await here.answer(mention)
    follow_up = await here.tell(here.message("and then?", place=thread(question), direct=False))

    assert among_them.outcome is Outcome.PASSED
    assert follow_up.outcome is Outcome.ACCEPTED
