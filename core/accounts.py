"""The commands about what was used, and how often people may ask."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core import reports
from core.allowance import Allowances
from core.contract import Command, Event, Place
from core.limits import Limits, Window, parse_windows
from core.reports import Shares, Used

ME = "me"
CHANNEL = "channel"
ALL = "all"
WHOSE = (ME, CHANNEL, ALL)
"""Whose usage can be asked for."""
EACH = "each"
"""Begins a limit that holds for each person in a channel, not for all together (ALL)."""
DEFAULT = "default"
"""Takes a limit back that was set for a channel."""
_SETTING = (
    "For this channel, `limits 30/hour` sets one for all together, `limits each 5/hour` one for each person, and "
    "`limits none` that there is none; `limits default` takes it back."
)


class Accounts(Protocol):
    """What these commands may use. core/books.py is the only one."""

    @property
    def usual(self) -> Limits:
        """The limits of the settings."""

    @property
    def allowances(self) -> Allowances: ...
    async def limits(self, place: Place) -> Mapping[str, Sequence[Window]]: ...
    async def limit(self, place: Place, kind: str, windows: Sequence[Window] | None) -> None: ...
    async def used(self, event: Event, whose: str) -> Used: ...
    async def shares(self, event: Event) -> Shares: ...


async def usage(accounts: Accounts, command: Command) -> str:
    """Say what the person, the channel or everybody used today and this month, and what is left of today's budget."""
    whose = command.argument.strip().lower() or ME
    budgets, used = accounts.allowances, await accounts.used(command, whose)
    if whose == ALL:
        left = reports.left(budgets.everybody, used.now)
        return reports.usage("Everybody’s usage", used, left, await accounts.shares(command))
    if whose == CHANNEL:
        return reports.usage("Usage of this channel", used)
    left = reports.left(budgets.person, used.now)
    if budgets.everybody:
        left += reports.left_of_all(budgets.everybody, (await accounts.used(command, ALL)).now)
    return reports.usage("Your usage", used, left)


async def limits(accounts: Accounts, command: Command) -> str:
    """Say which limits hold here, or set one: `30/hour` for all in this channel together, `each 5/hour` for each."""
    wanted = command.argument.strip().lower()
    if wanted:
        kind, text = _kind(wanted)
        try:
            windows = None if text == DEFAULT else parse_windows(text or wanted)
        except ValueError as error:
            return str(error)
        await accounts.limit(command.place, kind, windows)
    said = reports.limits(accounts.usual, await accounts.limits(command.place), accounts.allowances)
    return said if wanted else f"{said}\n\n{_SETTING}"


def is_limit(argument: str) -> bool:
    """Whether a text after the word limits can only be one."""
    text = _kind(argument.lower())[1]
    try:
        parse_windows(text)
    except ValueError:
        return text == DEFAULT
    return bool(text)


def _kind(wanted: str) -> tuple[str, str]:
    head, _, rest = wanted.partition(" ")
    return (EACH, rest.strip()) if head == EACH else (ALL, wanted)
