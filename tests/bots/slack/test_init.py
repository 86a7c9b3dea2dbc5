"""The settings of Slack and the manifest of its app."""

import re
from pathlib import Path

import pytest
import yaml

from bots.slack import Settings, make
from bots.slack.portal import SCOPES
from core.commands import TABLE
from core.settings import names, read

MANIFEST = Path(__file__).parents[3] / "bots" / "slack" / "manifest.yaml"
EMPTY = Path("no.env")


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names(Settings):
        monkeypatch.delenv(name, raising=False)


def test_both_tokens_make_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-a")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-of_a_stand-in")

    reading = read(Settings, EMPTY)

    assert reading.settings is not None
    assert make(reading.settings).name == "slack"
    assert "xoxb-1-a" not in repr(reading.settings)


def test_no_token_at_all_means_no_slack() -> None:
    assert read(Settings, EMPTY).absent


def test_tokens_in_each_others_place_are_named_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-1-b")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xoxb-1-a")
    monkeypatch.setenv("SLACK_API_URL", "slack.com")

    problems = read(Settings, EMPTY).problems

    assert [problem.split(":")[0] for problem in problems] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_API_URL"]
    assert "xoxb-" in problems[0]
    assert "xapp-1-b" not in " ".join(problems)


def test_the_manifest_asks_for_every_scope_and_event_that_is_used() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))

    assert SCOPES - set(manifest["oauth_config"]["scopes"]["bot"]) == set()
    assert manifest["settings"]["socket_mode_enabled"]
    assert {"app_mention", "message.im", "message.channels", "agent_session_stopped", "channel_id_changed"} <= set(
        manifest["settings"]["event_subscriptions"]["bot_events"]
    )


def test_the_hint_in_the_manifest_names_every_command() -> None:
    (command,) = yaml.safe_load(MANIFEST.read_text("utf-8"))["features"]["slash_commands"]

    assert set(TABLE) - {"ask"} <= set(re.findall(r"\w+", command["usage_hint"]))
