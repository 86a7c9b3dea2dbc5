"""Slack: `parley slack`."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from core.contract import Platform
from core.settings import Http, PlatformSettings, shaped


class Settings(PlatformSettings):
    """An app of your workspace, made from the manifest that `parley slack-manifest` prints."""

    model_config = SettingsConfigDict(env_prefix="SLACK_")
    has_roles = False

    bot_token: Annotated[
        SecretStr, shaped(r"xoxb-[A-Za-z0-9_-]+", "a bot token begins with xoxb-. See OAuth & Permissions of your app.")
    ] = Field(
        description="copy the Bot User OAuth Token of your Slack app (OAuth & Permissions) into .env.",
        examples=["xoxb-1-example"],
    )
    app_token: Annotated[
        SecretStr,
        shaped(r"xapp-[A-Za-z0-9_-]+", "an app-level token begins with xapp-. See Basic Information of your app."),
    ] = Field(
        description="make an App-Level Token with the scope connections:write (Basic Information of your Slack app) "
        "and put it into .env.",
        examples=["xapp-1-example"],
    )
    api_url: Http = "https://slack.com/api/"


def make(settings: Settings) -> Platform:
    from bots.slack.app import Slack  # only when it is served: the library takes time and memory

    return Slack(settings.bot_token.get_secret_value(), settings.app_token.get_secret_value(), settings.api_url)
