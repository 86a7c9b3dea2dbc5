"""How this Slack behaves. No I/O.

Posted as JSON to `/_control/config`; what is not named stays as it is:

latency      seconds that a call takes, half before and half after its effect (0)
limits       "published", "refill" (a burst of 9, then the tier's calls a minute), "off", or {"mode", method: rule}
             (rates.py)
pair         which event of a mention comes first: "random", "message" or "mention"
pair_gap     seconds between the two (0)
ack          seconds in which an envelope must be acknowledged (3)
retries      seconds from each such failure to the next attempt ([0, 60, 300]); scale: factor on these and on `ack` (1)
sockets      how many the app may have open (10)
bot_tokens, app_tokens   the tokens that are valid
scopes       what the bot token may do
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from playground.slack.errors import Nonsense
from playground.slack.rates import Rates, read

SCOPES = (
    *(
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
    ),
    *("files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:history", "mpim:read"),
    *("reactions:write", "users:read"),
)
PUBLISHED = Rates()
PAIRS = ("random", "message", "mention")


@dataclass(frozen=True, slots=True)
class Settings:
    latency: float = 0.0
    limits: Rates = PUBLISHED
    pair: str = "random"
    pair_gap: float = 0.0
    ack: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    scale: float = 1.0
    sockets: int = 10
    bot_tokens: tuple[str, ...] = ("xoxb-playground",)
    app_tokens: tuple[str, ...] = ("xapp-playground",)
    scopes: tuple[str, ...] = SCOPES


def changed(settings: Settings, raw: Mapping[str, Any]) -> Settings:
    """The settings with these changes. Raises Nonsense."""
    known: dict[str, Any] = {field.name: getattr(settings, field.name) for field in fields(settings)}
    if unknown := raw.keys() - known:
        raise Nonsense(f"there is no setting {', '.join(sorted(unknown))}")
    return Settings(**known | {name: _read(name, known[name], value) for name, value in raw.items()})


def _read(name: str, before: Any, value: Any) -> Any:  # noqa: ANN401  # JSON from outside
    if name == "limits":
        return read(value)
    if name == "pair" and value not in PAIRS:
        raise Nonsense(f"pair is one of {', '.join(PAIRS)}")
    try:
        if isinstance(before, tuple):
            return tuple(map(float, value)) if name == "retries" else tuple(map(str, value))
        return type(before)(value)
    except (TypeError, ValueError) as error:
        raise Nonsense(f"{name} is not of the right type") from error
