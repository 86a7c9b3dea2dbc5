"""How a store is opened: the keys, the server, and whether both fit what is stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from core.errors import SettingsError, StoreDown
from core.store.embedded import embedded, private
from core.store.keys import SLUG, Names
from core.store.sealing import Sealer, fingerprint, kept_key, parse_keys
from core.store.server import RedisServer
from core.store.store import Store, sealed_ms

_OLDEST = (7, 0)


@asynccontextmanager
async def open_store(
    redis_url: str = "", data_dir: Path = Path("data"), prefix: str = "parley", history_key: str = "", pseudonym_key: str = "",
    history_days: int = 30, *, platforms: Sequence[str] = (),
) -> AsyncIterator[Store]:  # fmt: skip
    """A store on the Redis at `redis_url`, or on the embedded one of `data_dir`.

    `history_key` may be several, newest first, with commas between; a key that is "" is made and kept in `data_dir`.
    `platforms`: whose turns this process claims; none named: all. Raises SettingsError.
    """
    if not SLUG.fullmatch(prefix):
        raise SettingsError(["REDIS_PREFIX must be 1 to 32 of the characters a-z, 0-9, - and _."])
    private(data_dir)
    history = (
        parse_keys("HISTORY_KEY", history_key) if history_key else (kept_key("HISTORY_KEY", data_dir / "history.key"),)
    )
    names = Names(
        prefix,
        _one("PSEUDONYM_KEY", pseudonym_key)
        if pseudonym_key
        else kept_key("PSEUDONYM_KEY", data_dir / "pseudonym.key"),
    )
    async with AsyncExitStack() as stack:
        if not redis_url:
            redis_url = f"unix://{await stack.enter_async_context(embedded(data_dir))}"
        server = RedisServer(redis_url)
        store = Store(server, names, Sealer(history), history_days, platforms=platforms)
        stack.push_async_callback(store.close)
        await _check(server, store, names, history, history_days)
        listener = asyncio.create_task(store.listen())
        try:
            yield store
        finally:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener


def _one(name: str, text: str) -> bytes:
    keys = parse_keys(name, text)
    if len(keys) > 1:
        raise SettingsError([f"{name} is one key, not several: it never rotates."])
    return keys[0]


async def _check(
    server: RedisServer, store: Store, names: Names, history: tuple[bytes, ...], history_days: int
) -> None:
    try:
        version = await server.version()
        unfit = await store.meet(
            fingerprint(names.key).hex(), [fingerprint(key).hex() for key in history], sealed_ms(history_days)
        )
    except StoreDown as down:
        raise SettingsError(
            [f"Redis does not answer ({down}): check REDIS_URL, or leave it out to use the embedded one."]
        ) from None
    if version < _OLDEST:
        raise SettingsError(
            [f"Redis is too old ({'.'.join(map(str, version))}): Parley needs Redis 7 or newer, or Valkey."]
        )
    if unfit:
        raise SettingsError([_UNFIT[unfit]])


_UNFIT = {
    "HISTORY_KEY": "HISTORY_KEY is not the one that this Redis was written with: put the old key back, after the new one with a "
    "comma between when you are changing it; or set another REDIS_PREFIX to start afresh.",
    "PSEUDONYM_KEY": "PSEUDONYM_KEY is not the one that this Redis was written with: put the old one back (it never changes), or "
    "set another REDIS_PREFIX to start afresh.",
}
