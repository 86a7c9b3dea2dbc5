"""What Slack says below a question while it is answered: our words, as long as it lets us."""

import asyncio

import pytest

from bots.slack.screen import SlackScreen
from core.contract import Bucket, Page
from core.errors import Throttled
from playground.slack.methods import METHODS
from playground.slack.rates import PER_MINUTE
from playground.slack.signs import STATUS_SECONDS
from tests.bots.slack.desk import Office, turn
from tests.waits import until

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
    here.workspace.plan.add([{"method": "agents.sessions.setStatus", "do": {"error": "not_authorized"}}])

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


# When Slack has ended its words


def retire(here: Office, refusal: str = "") -> None:
    """`refusal`: what Slack says to who asks for a session."""
    codes = {"assistant.threads.setStatus": "method_deprecated", "agents.sessions.setStatus": refusal}
    faults = [{"method": method, "do": {"error": code}, "times": None} for method, code in codes.items() if code]
    here.workspace.plan.add(faults)


def sessions(here: Office) -> list[tuple[str, str]]:
    return [(session["thread"], session["status"]) for session in here.records("sessions")]


async def test_without_words_a_session_is_processing_until_the_answer_ends(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    retire(here)
    assert (screen.speaks, screen.lasts) == (True, False)

    await screen.status("Thinking…")
    await screen.post(Page("Because", final=True), "n1")
    await screen.status("")
    await until(lambda: len(sessions(here)) == 2)

    assert (screen.speaks, screen.lasts) == (False, True)
    assert sessions(here) == [(asked, "processing"), (asked, "active")]
    assert len(here.calls("assistant.threads.setStatus")) == 1


async def test_the_end_of_a_session_is_said_until_slack_has_taken_it(
    here: Office, screen: SlackScreen, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.slack.screen.REST_PAUSES", (0.01, 0.01))
    retire(here)
    await screen.status("Thinking…")
    for trouble in ({"do": "429", "retry_after": 0}, {"do": "503"}):
        here.workspace.plan.add([{"method": "agents.sessions.setStatus", **trouble}])

    await screen.status("")
    await until(lambda: len(sessions(here)) == 2)

    assert sessions(here)[-1] == (asked, "active")


async def test_where_there_are_no_sessions_either_nothing_is_asked_for_again(
    here: Office, screen: SlackScreen, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    retire(here, "feature_disabled")

    await asyncio.gather(*(here.platform.screen(turn(asked)).status("Thinking…") for _ in range(3)))
    for text in ("Thinking…", ""):
        await screen.status(text)

    assert caplog.text.count("call=status code=method_deprecated") == 1
    assert caplog.text.count("call=status code=feature_disabled") == 1
    assert len(here.calls("agents.sessions.setStatus")) == 3


async def test_a_channel_where_the_app_may_have_no_session_is_left_alone(here: Office, screen: SlackScreen) -> None:
    elsewhere = here.platform.screen(turn(here.say("why?", channel="random"), "C0RANDOM"))
    retire(here, "not_authorized")

    for one in (screen, screen, elsewhere):
        await one.status("Thinking…")
    await screen.status("")

    assert len(here.calls("agents.sessions.setStatus")) == 2


async def test_sessions_leave_half_of_the_minute_to_their_ends(here: Office, screen: SlackScreen) -> None:
    retire(here)
    await screen.status("Thinking…")

    assert screen.buckets("status") == (Bucket("slack.agents.sessions.setStatus", "T0PLAY", 25, 60),)
    assert 2 * screen.buckets("status")[0].calls <= PER_MINUTE[METHODS["agents.sessions.setStatus"].tier]
