"""What is wrong with the tokens is told with its fix, all of it at once."""

from pathlib import Path

import pytest

from bots.slack import portal
from bots.slack.app import Slack
from core.errors import SettingsError, Throttled
from playground.slack import Slack as Workspace
from tests.bots.slack.desk import Office
from tests.proxies import certify, tls
from tests.virtual import now, run

pytestmark = pytest.mark.anyio


async def problems(workspace: Workspace, bot: str = "xoxb-playground", app: str = "xapp-playground") -> tuple[str, ...]:
    platform = Slack(bot, app, workspace.addresses["api"])
    with pytest.raises(SettingsError) as caught:
        await platform.open()
    return caught.value.problems


async def test_a_certificate_that_nobody_trusts_is_told_with_its_fix(tmp_path: Path) -> None:
    _, certificate = certify(tmp_path, "localhost")

    async with tls(9, "localhost", certificate) as port:
        platform = Slack("xoxb-1", "xapp-1", f"https://localhost:{port}/api/")
        with pytest.raises(SettingsError) as caught:
            await platform.open()

    [said] = caught.value.problems
    assert "SSL_CERT_FILE" in said


async def test_both_wrong_tokens_are_named_at_once_with_the_fix() -> None:
    async with Workspace() as workspace:
        first, second = await problems(workspace, "xoxb-wrong", "xapp-wrong")

    assert first.startswith("SLACK_BOT_TOKEN is not accepted by Slack: copy the Bot User OAuth Token")
    assert second.startswith("SLACK_APP_TOKEN is not accepted by Slack: switch Socket Mode on")
    assert "wrong" not in first + second


async def test_tokens_of_the_wrong_kind_are_named() -> None:
    async with Workspace() as workspace:
        found = await problems(workspace, "xapp-playground", "xoxb-playground")

    assert ["not_allowed_token_type" in problem for problem in found] == [True, True]


async def test_missing_scopes_are_named_with_the_fix() -> None:
    async with Workspace(scopes=["chat:write", "users:read"]) as workspace:
        (problem,) = await problems(workspace)

    assert "lacks the scopes app_mentions:read, channels:history, channels:read, commands, files:read" in problem
    assert "`parley slack-manifest`" in problem


async def test_an_app_token_without_its_scope_is_named(here: Office) -> None:
    here.workspace.plan.add([{"method": "apps.connections.open", "do": {"error": "missing_scope"}}])

    (problem,) = await problems(here.workspace)

    assert "connections:write" in problem


@pytest.mark.parametrize(("app", "count"), [("A0PARLEY", 0), ("A0OTHER", 1)])
async def test_tokens_of_two_apps_are_told_apart(app: str, count: int) -> None:
    """With them nothing is wrong, but nothing is ever heard: the events are the other app's."""
    token = f"xapp-1-{app}-1795259310-0123abcd"
    async with Workspace(app_tokens=[token]) as workspace:
        platform = Slack("xoxb-playground", token, workspace.addresses["api"])
        found: tuple[str, ...] = ()
        try:
            await platform.open()
        except SettingsError as error:
            found = error.problems
        await platform.close()

    assert ["two different Slack apps" in problem for problem in found] == [True] * count


async def test_a_slack_that_does_not_answer_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "OPEN_PAUSES", (0.01, 0.01))
    platform = Slack("xoxb-1", "xapp-1", "http://127.0.0.1:9/api/")

    with pytest.raises(SettingsError) as caught:
        await platform.open()

    assert caught.value.problems == (
        "Slack did not answer: check this machine's network, and SLACK_API_URL if it is set.",
    )


@pytest.mark.parametrize("do", ["403", "404"])
async def test_whoever_answers_in_slacks_place_says_nothing_of_a_token(do: str) -> None:
    async with Workspace(seed=7) as workspace:
        workspace.plan.add([{"method": "*", "do": do, "times": None}])

        [problem] = await problems(workspace)

    assert f"not Slack (http_{do})" in problem
    assert "SLACK_API_URL" in problem


async def test_a_hiccup_at_the_start_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "OPEN_PAUSES", (0.01, 0.01))
    async with Workspace() as workspace:
        workspace.plan.add([{"method": "auth.test", "do": "503"}])
        platform = Slack("xoxb-playground", "xapp-playground", workspace.addresses["api"])

        await platform.open()

        assert platform.web.bot.user == "U0PARLEY"
        await platform.close()


def test_a_slack_that_has_enough_of_us_at_the_start_is_asked_again_when_it_says_but_soon() -> None:
    asked: list[float] = []

    async def ask() -> None:
        asked.append(now())
        if len(asked) < 3:
            raise Throttled("auth.test", retry_after=(3, 60)[len(asked) - 1])

    assert run(portal._refusal(ask, "SLACK_BOT_TOKEN", "")) == ""
    assert asked == [0, 3, 13]
