"""What `parley slack-manifest` prints. tests/test_repo.py holds what the manifest says against the code."""

import typer
from typer.testing import CliRunner

from bots.slack import setup


def printed(*arguments: str) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)  # with one command alone there would be no name to call it by
    setup.offer(app)
    return CliRunner().invoke(app, ["slack-manifest", *arguments]).stdout


def test_the_manifest_is_printed_whole_or_without_agent_features() -> None:
    full, basic = printed(), printed("--basic")

    assert "agent_view:" in full
    assert "agent_view:" not in basic
    assert "socket_mode_enabled: true" in basic
