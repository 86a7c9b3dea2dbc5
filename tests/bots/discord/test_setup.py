"""What `parley discord-invite` prints."""

import pytest
import typer
from typer.testing import CliRunner, Result

from bots.discord import setup
from core.errors import SettingsError

TOKEN = "MTQwMDAwMDAwMDAwMDAwMDAwMA.Gexamp.an-example-that-opens-nothing"


def invited(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)  # with one command alone there would be no name to call it by
    setup.offer(app)
    return CliRunner().invoke(app, ["discord-invite", *arguments])


def test_the_invitation_asks_for_the_permissions_that_are_used() -> None:
    assert (
        "client_id=1234567890&scope=bot+applications.commands&permissions=309237763136" in invited("1234567890").stdout
    )


def test_the_token_tells_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)

    assert "client_id=1400000000000000000&" in invited().stdout


@pytest.mark.parametrize("word", ["abc", ""])
def test_without_an_application_there_is_no_address(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)

    assert isinstance(invited(word).exception, SettingsError)


def test_a_token_that_tells_no_application_is_told_apart() -> None:
    with pytest.raises(SettingsError, match="tells no application"):
        setup.application("no-token.of.ours")
