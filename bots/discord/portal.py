"""What in Discord's developer portal keeps the bot from its work, each with its fix."""

import asyncio
from collections.abc import Sequence

from bots.discord.rest import BAD_TOKEN, Rest
from core.errors import Closed, ScreenError, Throttled, Uncertain
from core.network import CERTIFICATE, UNTRUSTED
from core.outside import Payload

OPEN_PAUSES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Discord at the start."""
MESSAGE_CONTENT = (1 << 18) | (1 << 19)  # of an application's flags: granted, or granted to a small bot

REFUSED = (
    "DISCORD_TOKEN is not accepted by Discord: reset the token (Bot of your application in the developer portal) and "
    "put the new one into .env."
)
NO_CONTENT = (
    "DISCORD_MESSAGE_CONTENT is on, but the bot may not read what is said to others: switch on the Message Content "
    "Intent (Bot in the developer portal), or leave DISCORD_MESSAGE_CONTENT out."
)
_UNREACHABLE = (
    "Discord did not answer, or something else did in its place: check this machine's network (a proxy, a firewall), "
    "and DISCORD_API_URL if it is set."
)
_THROTTLED = (
    "Discord takes no more calls from this machine's address for a while: something there made too many of them. Wait "
    "an hour, and see that no second program uses the token or fails again and again."
)
_ENDPOINT = (
    "Discord sends commands and buttons elsewhere: take the Interactions Endpoint URL away (General Information of "
    "your application in the developer portal)."
)


async def wrong_with(rest: Rest, *, wants_content: bool) -> Sequence[str]:
    """Sentences on the token and what it may; none when all is well. A network that comes up is waited for."""
    problem = _UNREACHABLE
    for pause in OPEN_PAUSES:
        try:
            application = await rest.identity()
        except (Throttled, Uncertain) as error:
            if error.code in CERTIFICATE:
                return [UNTRUSTED.format("Discord")]
            problem = _THROTTLED if isinstance(error, Throttled) else _UNREACHABLE
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError as error:
            return [REFUSED if error.code == BAD_TOKEN else _UNREACHABLE]
        else:
            return problems_of(application, wants_content=wants_content)
    return [problem]


async def is_refused(rest: Rest) -> bool:
    """Whether it is Discord that does not take the token, and nothing that stands before it."""
    try:
        await rest.identity()
    except ScreenError as error:
        return isinstance(error, Closed) and error.code == BAD_TOKEN
    return False


def problems_of(application: Payload, *, wants_content: bool) -> Sequence[str]:
    """What in the developer portal keeps the bot from its work, each with its fix."""
    flags = application.get("flags")
    may_read = isinstance(flags, int) and bool(flags & MESSAGE_CONTENT)
    problems = [NO_CONTENT] if wants_content and not may_read else []
    return [*problems, _ENDPOINT] if application.get("interactions_endpoint_url") else problems
