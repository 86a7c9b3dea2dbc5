"""What a call costs, in US dollars: genai-prices' table, or a file of one's own in front of it.

The file is JSON, dollars for a million tokens, by the model's id:
{"claude-sonnet-5-5": {"input": 2, "output": 10, "cache_read": 0.1, "cache_write_5m": 2.5, "cache_write_1h": 4}}
`cache_read`, `cache_write_5m`, `cache_write_1h` may be left out: then 0.1, 1.25 and 2 times `input`. `search` is for a
thousand web searches (10). These rates hold wherever a call is worked on.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import genai_prices

from core.dialogue import Usage
from core.errors import SettingsError

_DATE: Final = re.compile(r"-20\d{6}$")
"""Who asks for a model by its short name is answered by the one of a date."""
_MILLION: Final = Decimal(1_000_000)
_EACH: Final = int(_MILLION)
_THOUSAND: Final = Decimal(1_000)
_HOUR: Final = 3600
_US: Final = Decimal("0.1")
"""What each token costs more that is used in the US alone, says the API's page on prices. Searches do not."""
_LONG: Final = 900_000
"""Tokens of a prompt that is long for any model."""
_NAMES: Final = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "search")


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for a million tokens of each kind, and for a thousand searches."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    search: Decimal = Decimal(10)

    def cost(self, usage: Usage) -> Decimal:
        tokens = (
            self.input * usage.input
            + self.output * usage.output
            + self.cache_read * usage.cache_read
            + self.cache_write_5m * usage.cache_write_5m
            + self.cache_write_1h * usage.cache_write_1h
        )
        return tokens / _MILLION + self.search * usage.searches / _THOUSAND


@dataclass(frozen=True, slots=True)
class Prices:
    """What models cost. `own` are the rates that go before the table's, by model id."""

    own: Mapping[str, Rates] = field(default_factory=dict)

    def words(self, model: str) -> str:
        """What a million tokens cost, for people; "" when the price is not known."""
        read, long = self.cost(model, Usage(input=1_000)), self.cost(model, Usage(input=_LONG))
        written = self.cost(model, Usage(output=1_000))
        if read is None or long is None or written is None:
            return ""
        more = "from " if long * 1_000 > read * _LONG * 1.01 else ""  # a token of a long prompt costs more with some
        return f"{more}{_dollars(read * 1_000)} in, {more}{_dollars(written * 1_000)} out"

    def cost(self, model: str, usage: Usage) -> float | None:
        """Dollars of ONE call (a price may hang on the length of its prompt), or None when the price is not known."""
        own = self._own(model)
        found = own.cost(usage) if own else _published(model, usage)
        return None if found is None else float(found)

    def paid(self, asked: str, answered: str, usage: Usage) -> float | None:
        """Dollars of a call that was answered; by the model asked for where a gateway answers with another name.

        One's own price for the model asked for goes before the table's for the one that answered.
        """
        by_asked = self._own(asked) is not None and self._own(answered) is None
        found = None if by_asked else self.cost(answered, usage)
        return self.cost(asked, usage) if found is None else found

    def _own(self, model: str) -> Rates | None:
        return self.own.get(model) or self.own.get(_DATE.sub("", model))


def _published(model: str, usage: Usage) -> Decimal | None:
    rates = _flat(model, int(time.time() // _HOUR))
    found = rates.cost(usage) if rates else _table(model, usage)
    if found is None or not usage.us:
        return found
    more = _published(model, replace(usage, searches=0, us=False))
    return found + (more or 0) * _US


@lru_cache(maxsize=64)
def _flat(model: str, hour: int) -> Rates | None:
    """The table's rates where they do not hang on the prompt's length: it takes 0.2 ms to look one price up in it.

    `hour`: prices change from one hour to the next at most.
    """
    each = [
        *(Usage(input=_EACH), Usage(output=_EACH), Usage(cache_read=_EACH)),
        *(Usage(cache_write_5m=_EACH), Usage(cache_write_1h=_EACH), Usage(searches=1_000)),
    ]
    paid = [price for usage in each if (price := _table(model, usage)) is not None]
    if len(paid) < len(each):
        return None
    rates = Rates(*paid)
    short, long = (Usage(some, some, some, some, some, searches=1) for some in (100, _LONG))
    return rates if all(_table(model, usage) == rates.cost(usage) for usage in (short, long)) else None


def _table(model: str, usage: Usage) -> Decimal | None:
    """What genai-prices says, None when it knows no such model."""
    try:
        return genai_prices.calc_price(_as_theirs(usage), model, provider_id="anthropic").total_price
    except LookupError:
        return None


def _dollars(amount: float) -> str:
    return f"${amount:,.0f}" if abs(amount - round(amount)) < 1e-6 else f"${amount:,.2f}"


def _as_theirs(usage: Usage) -> genai_prices.Usage:
    """Their `input_tokens` are all of the prompt's, and `cache_write_tokens` all that was written."""
    return genai_prices.Usage(
        input_tokens=usage.prompt,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.written,
        cache_write_1h_tokens=usage.cache_write_1h,
        output_tokens=usage.output,
        web_searches=usage.searches,
    )


def prices_in(path: Path) -> Prices:
    """The prices of a PRICES_FILE. Raises SettingsError with a sentence for each thing that is wrong with it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise SettingsError(["PRICES_FILE cannot be read. Check its path and its permissions."]) from None
    except ValueError:
        raise SettingsError(["PRICES_FILE is not valid JSON."]) from None
    if not isinstance(raw, Mapping):
        raise SettingsError(["PRICES_FILE must hold an object with a model's id for each key."])
    problems = [f"PRICES_FILE: {model}: {wrong}" for model, rates in raw.items() if (wrong := _wrong(rates))]
    if problems:
        raise SettingsError(problems)
    return Prices({model: _rates(rates) for model, rates in raw.items()})


def _wrong(rates: object) -> str:
    if not isinstance(rates, Mapping) or not {"input", "output"} <= rates.keys():
        return "needs at least `input` and `output`, in dollars for a million tokens."
    strange = sorted(rates.keys() - set(_NAMES))
    if strange:
        return f"{strange[0]} is none of {', '.join(_NAMES)}."
    if not all(_is_price(price) for price in rates.values()):
        return "a price is a number from 0 on."
    return ""


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6


def _rates(raw: Mapping[str, Any]) -> Rates:
    paid = {name: Decimal(str(price)) for name, price in raw.items()}
    base = paid["input"]
    usual = {"cache_read": base / 10, "cache_write_5m": base * 5 / 4, "cache_write_1h": base * 2}
    return Rates(**(usual | paid))
