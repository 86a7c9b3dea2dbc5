"""The composition: store, model, platforms and engine, opened in this order and closed in the other."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from pydantic import SecretStr

from core.claude import Claude
from core.contract import Platform
from core.settings import Settings
from core.store import Store, open_store


def open_the_store(chosen: Settings, platforms: Sequence[str]) -> AbstractAsyncContextManager[Store]:
    return open_store(
        _secret(chosen.redis_url),
        chosen.data_dir,
        chosen.redis_prefix,
        _secret(chosen.history_key),
        _secret(chosen.pseudonym_key),
        chosen.history_days,
        platforms=platforms,
    )


def open_claude(chosen: Settings) -> Claude:
    return Claude(
        _secret(chosen.anthropic_api_key),
        base_url=chosen.anthropic_base_url,
        cache_ttl=chosen.cache_ttl,
        fallback_model=chosen.claude_fallback_model or "",
    )


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


async def serve(chosen: Settings, platforms: Mapping[str, Platform], stop: asyncio.Event) -> None:
    """Open the store, the model and the platforms, and answer until `stop`; then drain. Raises SettingsError."""
    raise NotImplementedError  # the engine is composed here
