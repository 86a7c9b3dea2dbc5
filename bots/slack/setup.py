"""What one needs to set Slack up: `parley slack-manifest`."""

import re
from importlib import resources
from typing import Annotated

import typer

AGENT = r"(?m)^  agent_view:\n(?:    .*\n)+|^ *- (?:assistant:write|agent_session_stopped)\n"
"""The parts of the manifest that only a paid workspace may have."""


def manifest(*, basic: bool) -> str:
    """What a Slack app is made from, as YAML. `basic`: without the agent features."""
    text = resources.files("bots").joinpath("slack", "manifest.yaml").read_text("utf-8")
    return re.sub(AGENT, "", text) if basic else text


Basic = Annotated[bool, typer.Option("--basic", help="Without the agent features, for a free workspace.")]


def offer(app: typer.Typer) -> None:
    @app.command("slack-manifest")
    def slack_manifest(*, basic: Basic = False) -> None:
        """Print the manifest to make the Slack app from."""
        typer.echo(manifest(basic=basic), nl=False)
