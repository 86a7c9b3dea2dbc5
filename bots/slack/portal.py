"""What of the tokens, and of the app that they are of, keeps the bot from its work, each with its fix."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from bots.slack.trouble import BAD_TOKEN
from bots.slack.web import Web, note
from core.errors import ScreenError, Throttled, Uncertain
from core.network import CERTIFICATE, UNTRUSTED

OPEN_PAUSES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Slack at the start."""
SCOPES = frozenset(
    (
        *("app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history", "im:write"),
        *("channels:read", "groups:read", "im:read", "mpim:read"),
        *("chat:write", "commands", "files:read", "files:write", "users:read"),
    )
)

_APP = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
_NOT_SLACK = "What answered was not Slack ({code}): check SLACK_API_URL if it is set, and this machine's proxy."
_UNREACHABLE = "Slack did not answer: check this machine's network, and SLACK_API_URL if it is set."


async def wrong_with(web: Web, app_token: str) -> Sequence[str]:
    """Sentences on the tokens and what they may; none when all is well."""
    problems = [*await _wrong_with_bot(web), *await _wrong_with_app(web, app_token)]
    return tuple(dict.fromkeys(problems or await _wrong_with_both(web, app_token)))


async def _wrong_with_bot(web: Web) -> Sequence[str]:
    """Sentences on the bot token; none when all is well."""
    scopes: frozenset[str] = frozenset()

    async def ask() -> None:
        nonlocal scopes
        scopes = await web.identity()

    advice = (
        "copy the Bot User OAuth Token of your app (OAuth & Permissions) into .env again, after installing the app "
        "to your workspace."
    )
    if wrong := await _refusal(ask, "SLACK_BOT_TOKEN", advice):
        return [wrong]
    missing = sorted(SCOPES - scopes) if scopes else []
    if not missing:
        return []
    return [
        f"The Slack app lacks the scopes {', '.join(missing)}: add them under OAuth & Permissions, or paste what "
        "`parley slack-manifest` prints as its manifest; then install the app again."
    ]


async def _wrong_with_app(web: Web, token: str) -> Sequence[str]:
    """Sentences on the app-level token: Socket Mode would try a wrong one for ever."""
    advice = (
        "switch Socket Mode on, make an App-Level Token with the scope connections:write (Basic Information of your "
        "app) and put it into .env."
    )
    wrong = await _refusal(lambda: web.connection(token), "SLACK_APP_TOKEN", advice)
    return [wrong] if wrong else []


async def _wrong_with_both(web: Web, token: str) -> Sequence[str]:
    """A sentence when the tokens, each of them good, are of two apps: the events of the one are not the other's."""
    try:
        found = await web.query("bots.info", bot=web.bot.id)
    except ScreenError as error:
        note(error, "bots.info")
        return []
    ours, theirs = str((found.get("bot") or {}).get("app_id") or ""), _APP.match(token)
    if not ours or theirs is None or theirs[1] == ours:
        return []
    return [
        "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are of two different Slack apps: take the App-Level Token (Basic "
        "Information) and the Bot User OAuth Token (OAuth & Permissions) of the same one."
    ]


async def _refusal(ask: Callable[[], Awaitable[None]], name: str, advice: str) -> str:
    """What Slack has against a token, "" when nothing. A network that comes up a moment later is waited for."""
    for pause in OPEN_PAUSES:
        try:
            await ask()
        except (Throttled, Uncertain) as error:
            if error.code in CERTIFICATE:
                return UNTRUSTED.format("Slack")
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError as error:
            if error.code.startswith("http_"):  # Slack would have had a word for it
                return _NOT_SLACK.format(code=error.code)
            said = "" if error.code in BAD_TOKEN else f" ({error.code})"
            return f"{name} is not accepted by Slack{said}: {advice}"
        else:
            return ""
    return _UNREACHABLE
