"""Answers on what speaks as Slack does, and has few of its calls."""

from dataclasses import replace

import pytest

from bots.slack.aside import Aside
from bots.slack.screen import SlackScreen
from core.contract import Outcome, Page, Verdict
from core.errands import Errands
from tests.bots.slack.desk import bare_slack, turn

pytestmark = pytest.mark.anyio
ASKED = "1700000000.000100"


@pytest.mark.parametrize("told", [True, False])
async def test_an_answer_stands_where_nothing_says_in_which_thread_it_does(told: bool) -> None:
    async with bare_slack(told=told) as (web, calls):
        ts = await SlackScreen(web, turn(ASKED), Errands()).post(Page("Because"), "n1")

    assert (ts, calls[0][1]["thread_ts"]) == ("1700000000.000200", ASKED)
    assert "chat.delete" not in [method for method, _ in calls]


async def test_what_cannot_be_looked_for_is_posted() -> None:
    async with bare_slack(told=True) as (web, _):
        assert await SlackScreen(web, turn(ASKED), Errands()).find("n1") is None


async def test_an_answer_that_is_made_anew_stands_too() -> None:
    again = replace(turn(ASKED, id="C0GENERAL:1700000000.000300"), of=f"C0GENERAL:{ASKED}")
    async with bare_slack(told=True) as (web, calls):
        await SlackScreen(web, again, Errands()).edit("1700000000.000200", Page("Because", final=True))

    assert [method for method, _ in calls] == ["chat.update", "conversations.replies"]


async def test_a_question_is_answered_where_nobody_tells_who_asks_it() -> None:
    async with bare_slack(told=True) as (web, calls):
        found = [await web.people(["U0ADA"]) for _ in range(2)]

    assert [people["U0ADA"].trusted for people in found] == [None, None]
    assert [method for method, _ in calls] == ["users.info"] * 2


@pytest.mark.parametrize(("private", "thread"), [(False, ASKED), (True, None)])
async def test_who_cannot_be_told_something_alone_is_told_it_below_the_question(
    private: bool, thread: str | None
) -> None:
    asked = turn(ASKED).message
    asked = replace(asked, place=replace(asked.place, private=private))
    async with bare_slack(told=True) as (web, calls):
        await Aside(web).tell(asked, Verdict(Outcome.TOLD, "Not now."))

    method, said = calls[-1]
    assert (method, said.get("thread_ts"), said["text"]) == ("chat.postMessage", thread, "Not now.")
