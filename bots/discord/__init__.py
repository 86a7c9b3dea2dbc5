"""Discord: `parley discord`."""

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from bots.discord.shards import ALONE, Shards, read
from core.contract import Platform
from core.settings import Http, PlatformSettings, address, shaped


class Settings(PlatformSettings):
    """A bot of the developer portal, in your servers."""

    model_config = SettingsConfigDict(env_prefix="DISCORD_")

    token: Annotated[
        SecretStr,
        shaped(
            r"[A-Za-z0-9._-]{20,200}",
            "a bot token is one word of about 70 letters, digits, dots and dashes. See Bot of your application.",
        ),
    ] = Field(
        description="copy the token of your Discord bot (Bot in the developer portal) into .env.",
        examples=["MTQwMDAwMDAwMDAwMDAwMDAwMA.Gexamp.an-example-that-opens-nothing"],
    )
    message_content: bool = False
    """Whether follow-ups in a thread are heard without a mention: needs the Message Content Intent."""
    shards: Annotated[Shards, NoDecode, BeforeValidator(read)] = ALONE
    """Which part of its servers this process listens to, for bots in thousands of them."""
    api_url: Http = "https://discord.com/api/v10"
    gateway_url: Annotated[str, address("wss", "ws")] = "wss://gateway.discord.gg/"


def make(settings: Settings) -> Platform:
    from bots.discord.app import Discord  # only when it is served: the library takes time and memory

    return Discord(
        settings.token.get_secret_value(),
        settings.api_url,
        settings.gateway_url,
        message_content=settings.message_content,
        shards=settings.shards,
    )
