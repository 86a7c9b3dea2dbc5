"""The store as the settings say: for whoever needs it alone, without Claude's library, which takes a second to load."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from pydantic import SecretStr

from core.allowance import Allowance, Allowances
from core.settings import Settings
from core.store import Store, open_store


def open_the_store(
    chosen: Settings, platforms: Sequence[str], *, seated: bool = False
) -> AbstractAsyncContextManager[Store]:
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
    )


def allowances(chosen: Settings) -> Allowances:
    return Allowances(
        Allowance(chosen.daily_budget_usd, chosen.daily_tokens),
        Allowance(chosen.user_daily_budget_usd, chosen.user_daily_tokens),
        chosen.timezone,
    )


def secret(kept: SecretStr | None) -> str:
    return kept.get_secret_value() if kept else ""
