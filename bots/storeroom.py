"""The store as the settings say: for whoever needs it alone, without Claude's library, which takes a second to load."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from pydantic import SecretStr

from core.allowance import Allowance, Allowances
from core.errors import SettingsError, StoreDown
from core.settings import Settings
from core.store import Store, advice, open_store


def open_the_store(
    chosen: Settings, platforms: Sequence[str], *, seated: bool = False, may_make: bool = True, looks: bool = False
) -> AbstractAsyncContextManager[Store]:
    """The store of these settings. `may_make`: keys, a server and an installation may be made where there are none.

    Who only `looks` makes no installation, and tells none that there is a newer key.
    """
    return open_store(
        secret(chosen.redis_url),
        chosen.data_dir,
        chosen.redis_prefix,
        secret(chosen.history_key),
        secret(chosen.pseudonym_key),
        chosen.history_days,
        platforms=platforms,
        allowances=allowances(chosen),
        seated=seated,
        may_make=may_make,
        looks=looks,
    )


@asynccontextmanager
async def what_is_there(chosen: Settings) -> AsyncIterator[Store]:
    """The store as it is, for whoever looks into it beside the bot. Raises SettingsError, also for a StoreDown."""
    try:
        async with open_the_store(chosen, (), may_make=False) as store:
            yield store
    except StoreDown as down:
        raise SettingsError([advice(down, own=chosen.redis_url is not None)]) from None


def allowances(chosen: Settings) -> Allowances:
    return Allowances(
        Allowance(chosen.daily_budget_usd, chosen.daily_tokens),
        Allowance(chosen.user_daily_budget_usd, chosen.user_daily_tokens),
        chosen.timezone,
    )


def secret(kept: SecretStr | None) -> str:
    return kept.get_secret_value() if kept else ""
