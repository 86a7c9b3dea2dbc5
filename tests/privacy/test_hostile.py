"""A model turned against us, and people who send what they like: a sample of what `make hostile` counts whole."""

import pytest

from core.contract import Message, Page
from tests.privacy import hostile_inputs, hostile_outputs
from tests.privacy.hostile import inputs, outputs

EVIL = "https://evil.example"


def test_no_output_pings_previews_or_escapes_at_any_edit() -> None:
    assert list(outputs(7, 150)) == []


def test_no_input_is_too_much_or_moves_the_answer_elsewhere() -> None:
    assert list(inputs(7, 1_500)) == []


@pytest.mark.parametrize("platform", ["slack", "discord"])
def test_the_sample_is_not_all_thrown_away(platform: str) -> None:
    payloads = hostile_inputs.payloads(platform)
    read = hostile_inputs.on_slack if platform == "slack" else hostile_inputs.on_discord

    assert len([event for payload in payloads for event in read(payload) if isinstance(event, Message)]) >= 5


@pytest.mark.parametrize("text", ["<@U0BEN12345> look", "<!channel>", f"[bank]({EVIL})", "a\u202eb", f"<{EVIL}|bank>"])
def test_without_what_makes_them_harmless_outputs_do_harm_on_slack(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.slack.markup.quiet", lambda text, asker: text)

    assert list(hostile_outputs.on_slack(Page(text))) != []


@pytest.mark.parametrize("text", ["<@1400000000000000041>", "@everyone", f"[bank]({EVIL})", "a\u202eb"])
def test_without_what_makes_them_harmless_outputs_do_harm_on_discord(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord.looks.looks", str)

    assert list(hostile_outputs.on_discord(Page(text))) != []
