"""What Slack says below a question while it is answered: our words, as long as it lets us."""

import asyncio

import pytest

from bots.slack.screen import SlackScreen
from core.contract import Page
from core.errors import Throttled
from playground.slack.signs import STATUS_SECONDS
from tests.bots.slack.desk import Office, turn

pytestmark = pytest.mark.anyio


async def test_a_status_stands_in_the_thread_until_the_answer_comes(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    await screen.status("Thinking…")
    await screen.post(Page("Because"), "n1")

    assert [(status["thread"], status["status"]) for status in here.records("statuses")] == [
        (asked, "is thinking…"),
        (asked, ""),
    ]


async def test_a_status_says_the_same_where_slack_would_show_words_of_its_own(
    here: Office, screen: SlackScreen
) -> None:
    await screen.status("Queued, 3 ahead…")
    await screen.status("Using " + "a_tool_with_a_name_of_great_length_" * 2)
    await screen.status("")

    lines = [status["loading"] for status in here.records("statuses")]
    assert lines == [["Queued, 3 ahead…"], ["Using a_tool_with_a_name_of_great_length_a_tool_w…"], []]


async def test_a_status_is_given_again_in_time_even_if_slack_loses_one(screen: SlackScreen) -> None:
    assert 2 * screen.status_seconds <= STATUS_SECONDS


@pytest.mark.parametrize(
    ("code", "calls"), [("unknown_method", 1), ("method_not_supported_for_channel_type", 1), ("invalid_thread_ts", 3)]
)
async def test_where_slack_knows_no_status_it_is_not_asked_again(
    here: Office, screen: SlackScreen, asked: str, code: str, calls: int
) -> None:
    here.workspace.plan.add([{"method": "assistant.threads.setStatus", "do": {"error": code}, "times": None}])

    for _ in range(2):
        await screen.status("Thinking…")
    await here.platform.screen(turn(asked)).status("Thinking…")

    assert len(here.calls("assistant.threads.setStatus")) == calls


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        *((code, 1) for code in ("unknown_method", "missing_scope", "feature_not_enabled")),
        *((code, 2) for code in ("no_permission", "access_denied", "not_allowed", "accesslimited")),
        *((code, 2) for code in ("ekm_access_denied", "channel_type_not_supported")),
    ],
)
async def test_a_channel_that_takes_no_status_silences_no_other(
    here: Office, screen: SlackScreen, code: str, calls: int
) -> None:
    elsewhere = here.platform.screen(turn(here.say("why?", channel="random"), "C0RANDOM"))
    here.workspace.plan.add([{"method": "assistant.threads.setStatus", "do": {"error": code}}])

    for one in (screen, screen, elsewhere):
        await one.status("Thinking…")

    assert len(here.calls("assistant.threads.setStatus")) == calls


async def test_an_admin_learns_once_why_nothing_is_said_any_more(
    here: Office, screen: SlackScreen, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = {"error": "method_deprecated"}
    here.workspace.plan.add([{"method": "assistant.threads.setStatus", "do": error, "times": None}])

    await asyncio.gather(*(here.platform.screen(turn(asked)).status("Thinking…") for _ in range(3)))
    await screen.status("Thinking…")

    assert caplog.text.count("call=status code=method_deprecated") == 1


async def test_a_throttled_status_is_told_to_the_governor(here: Office, screen: SlackScreen) -> None:
    here.workspace.plan.add([{"method": "assistant.threads.setStatus", "do": "429", "retry_after": 7}])

    with pytest.raises(Throttled) as caught:
        await screen.status("Thinking…")

    assert caught.value.retry_after == 7
