"""What one needs to set Discord up: `parley discord-invite`."""

from base64 import b64decode
from contextlib import suppress
from typing import Annotated

import typer

from bots.discord import Settings
from core import settings
from core.errors import SettingsError

INVITE = "https://discord.com/oauth2/authorize?client_id={id}&scope=bot+applications.commands&permissions=309237763136"
"""View, send, send in threads, create public threads, read history, attach files, embed links, add reactions."""


def application(token: str) -> str:
    """The id of a bot's application, with which its token begins, in base64. Raises SettingsError."""
    first = token.partition(".")[0]
    with suppress(ValueError):
        if (id := b64decode(first + "==").decode()).isdecimal():
            return id
    raise SettingsError(["DISCORD_TOKEN tells no application: run `parley discord-invite APPLICATION_ID`."])


def _token() -> str:
    reading = settings.read(Settings)
    if reading.settings is None:
        raise SettingsError(reading.problems)
    return reading.settings.token.get_secret_value()


def offer(app: typer.Typer) -> None:
    @app.command("discord-invite")
    def discord_invite(
        id: Annotated[
            str, typer.Argument(metavar="[ID]", help="The application's id; without it, DISCORD_TOKEN tells it.")
        ] = "",
    ) -> None:
        """Print the address that adds the bot to a Discord server."""
        if id and not id.isdecimal():
            raise SettingsError(
                ["An application's id is a number: General Information in the developer portal shows it."]
            )
        typer.echo(INVITE.format(id=id or application(_token())))
