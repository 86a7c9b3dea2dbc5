"""How fast, how generous and how large this Claude is. No I/O.

Posted as JSON to `/_control/config`; what is not named stays as it is:

first_token        seconds from a request to the first token (0.4)
tokens_per_second  the pace of an answer (80); 0: all at once
ping               seconds of silence in a stream after which a ping is sent (15)
latency            seconds that count_tokens and the models' pages take, half before and half after (0)
limits             "off" (told, not enforced), "published", or {"requests", "input_tokens", "output_tokens"} a minute
keys               the API keys that are valid; [] (the default): any that begins with sk-ant-
context, output    sizes in tokens in the place of the models' own: {model id, or "*": tokens}
ahead              seconds that the clock of the cache and the limits is ahead (0)
bodies             whether the bodies of requests are recorded (true)
us                 whether the workspace has its requests worked on in the US alone, which is dearer (false)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from playground.claude.budget import KINDS, PUBLISHED


@dataclass(frozen=True, slots=True)
class Config:
    first_token: float = 0.4
    tokens_per_second: float = 80.0
    ping: float = 15.0
    latency: float = 0.0
    limits: Mapping[str, int] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    context: Mapping[str, int] = field(default_factory=dict)
    output: Mapping[str, int] = field(default_factory=dict)
    ahead: float = 0.0
    bodies: bool = True
    us: bool = False

    def accepts(self, key: str) -> bool:
        return key in self.keys if self.keys else key.startswith("sk-ant-")


def changed(config: Config, raw: Mapping[str, Any]) -> Config:
    """The config with these settings. Raises ValueError with a sentence for whoever posted them."""
    known = {one.name: getattr(config, one.name) for one in fields(config)}
    if unknown := raw.keys() - known:
        raise ValueError(f"There is no setting {', '.join(sorted(unknown))}.")
    return replace(config, **{name: _read(name, known[name], value) for name, value in raw.items()})


def _read(name: str, before: object, value: object) -> Any:  # noqa: ANN401  # as different as the fields
    if name == "limits":
        return _limits(value)
    if isinstance(before, bool):
        return bool(value)
    if isinstance(before, float):
        return _seconds(name, value)
    if isinstance(before, tuple):
        return tuple(map(str, value)) if isinstance(value, list) else ()
    return _sizes(name, value)


def _seconds(name: str, value: object) -> float:
    if not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} is a number from 0.")
    return float(value)


def _sizes(name: str, value: object) -> dict[str, int]:
    if isinstance(value, int):
        value = {"*": value}
    if not isinstance(value, Mapping) or not all(isinstance(size, int) and size > 0 for size in value.values()):
        raise ValueError(f"{name} is a number of tokens, or such numbers by model.")
    return dict(value)


def _limits(value: object) -> dict[str, int]:
    if value in ("off", "published"):
        return dict(PUBLISHED) if value == "published" else {}
    if not isinstance(value, Mapping) or value.keys() - set(KINDS):
        raise ValueError(f'limits are "off", "published" or an object with {", ".join(KINDS)}.')
    return dict(PUBLISHED) | _sizes("limits", value)
