"""Bolt, which takes Slack's envelopes apart: told all that it would read from the environment or ask Slack for."""

import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bots.slack.parts import Bot
from bots.slack.web import LOG, Web, note

_ENVIRONMENT = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")


def bolt(web: Web, hear: Callable[..., Awaitable[BoltResponse]]) -> AsyncApp:
    """An app that asks `hear` before it acknowledges."""
    with _without(*_ENVIRONMENT):  # with a client's id and secret there it would ignore our token
        app = AsyncApp(
            name=LOG.name,
            logger=LOG,
            client=web.nameless,
            authorize=_authorizer(web.bot),
            process_before_response=True,
            request_verification_enabled=False,  # a websocket carries no signatures
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,  # who deletes a message of ours wants it forgotten
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    # One door for every kind of payload: listeners for each would leave those unacknowledged that are yet to come.
    app.use(hear)
    app.error(_failed)
    return app


def _authorizer(bot: Bot) -> Callable[[], Coroutine[Any, Any, AuthorizeResult]]:
    """What auth.test said at the start. Bolt would ask at the first event, and drop it when that fails."""
    result = AuthorizeResult(
        enterprise_id=bot.enterprise or None, team_id=bot.team, bot_user_id=bot.user, bot_id=bot.id
    )

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


async def _failed(error: Exception) -> None:
    note(error, "event")


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """The environment without these, while something is made that would read them."""
    kept: Mapping[str, str] = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
