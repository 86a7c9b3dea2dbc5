"""How a store is opened: the keys, the server, and whether both fit what is stored."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from pathlib import Path
from urllib.parse import quote

from core.allowance import NO_BUDGET, Allowances
from core.errors import SettingsError, StoreDown
from core.store.keys import Names, slug
from core.store.sealing import Sealer, fingerprint, kept_key, parse_keys, private
from core.store.server import RedisServer
from core.store.store import Store
from core.store.vault import Vault

_OLDEST = (7, 0)
_SETTLE_SECONDS = 3.0
"""At the end, for counting the last calls."""


@asynccontextmanager
async def open_store(
    redis_url: str = "",
    data_dir: Path = Path("data"),
    prefix: str = "parley",
    history_key: str = "",
    pseudonym_key: str = "",
    history_days: int = 30,
    *,
    platforms: Sequence[str] = (),
    allowances: Allowances = NO_BUDGET,
    seated: bool = False,
) -> AsyncIterator[Store]:
    """A store on the Redis at `redis_url`, or on the embedded one of `data_dir`.

    `history_key` may be several, newest first, with commas between; a key that is "" is made and kept in `data_dir`.
    `platforms`: whose turns this process claims; none named: all. `seated`: of these only what it accepted itself, and
    what was left unanswered at its seat. `allowances` are the budgets of a day. Raises SettingsError.
    """
    pseudonyms, history = _keys(data_dir, history_key, pseudonym_key)
    async with AsyncExitStack() as stack:
        names = Names(_prefix(prefix), pseudonyms, stack.enter_context(_seat(data_dir)) if seated else "")
        url = redis_url or f"unix://{quote(str(await stack.enter_async_context(_embedded(data_dir))))}"
        server = RedisServer(url)
        vault = Vault(names, Sealer(history))
        store = Store(server, names, vault, history_days=history_days, platforms=platforms, allowances=allowances)
        stack.push_async_callback(store.close)
        store.concerns = await _check(server, store, names, history)
        keepers = [asyncio.create_task(store.listen()), asyncio.create_task(store.purse.settling())]
        try:
            yield store
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.wait(keepers)
            for keeper in keepers:
                if not keeper.cancelled():
                    keeper.result()  # it ended by a mistake of ours
            with suppress(TimeoutError):
                await asyncio.wait_for(store.purse.settle(), _SETTLE_SECONDS)


def _embedded(data_dir: Path) -> AbstractAsyncContextManager[Path]:
    if sys.platform == "win32":
        raise SettingsError(["There is no Redis for Windows to bring along: set REDIS_URL, or use WSL."])
    from core.store.embedded import embedded  # its locks do not exist on Windows

    return embedded(data_dir)


def _seat(data_dir: Path) -> AbstractContextManager[str]:
    from core.store.seat import seat  # as above

    return seat(data_dir)


def _prefix(prefix: str) -> str:
    try:
        return slug(prefix)
    except ValueError:
        raise SettingsError(["REDIS_PREFIX must be 1 to 32 of the characters a-z, 0-9, - and _."]) from None


def _keys(data_dir: Path, history_key: str, pseudonym_key: str) -> tuple[bytes, tuple[bytes, ...]]:
    if not (history_key and pseudonym_key):
        private(data_dir)
    history = parse_keys("HISTORY_KEY", history_key or kept_key("HISTORY_KEY", data_dir / "history.key"))
    pseudonyms = parse_keys("PSEUDONYM_KEY", pseudonym_key or kept_key("PSEUDONYM_KEY", data_dir / "pseudonym.key"))
    if len(pseudonyms) > 1:
        raise SettingsError(["PSEUDONYM_KEY is one key, not several: it never changes."])
    return pseudonyms[0], history


async def _check(server: RedisServer, store: Store, names: Names, history: Sequence[bytes]) -> tuple[str, ...]:
    """What to tell whoever runs this about their Redis. Raises SettingsError."""
    try:
        unfit, version, *about = await store.meet(
            fingerprint(names.key).hex(), [fingerprint(key).hex() for key in history]
        )
    except StoreDown as down:
        raise SettingsError([_DOWN.format(down)]) from None
    if unfit:
        raise SettingsError([_UNFIT[unfit]])
    if tuple(map(int, version.split("."))) < _OLDEST:
        raise SettingsError([f"Redis {version} is too old: Parley needs Redis 7 or newer, or Valkey."])
    told = dict(line.split(":", 1) for part in about for line in part.splitlines() if ":" in line)
    return concerns(told, await server.setting("appendfsync"))


def concerns(info: dict[str, str], appendfsync: str) -> tuple[str, ...]:
    """Sentences on what of a server's settings would break a promise. `appendfsync` is "" when it is not told."""
    found = []
    if info.get("aof_enabled") == "0":
        found.append("Redis keeps nothing on disk: what was accepted is lost when it stops. Set appendonly yes.")
    elif appendfsync not in ("", "always"):
        found.append("Redis may lose the last two seconds when it is killed. Set appendfsync always.")
    if info.get("maxmemory", "0") != "0" and info.get("maxmemory_policy") != "noeviction":
        found.append("Redis throws messages away when its memory is full. Set maxmemory-policy noeviction.")
    return tuple(found)


_DOWN = "Redis does not answer ({}): check REDIS_URL, or leave it out to use the one that comes along."
_UNFIT = {
    "HISTORY_KEY": "HISTORY_KEY is not the one that this Redis was written with: put the old key back (after the new "
    "one, with a comma between, until `parley rekey` says that it may go), or set another REDIS_PREFIX to begin anew.",
    "PSEUDONYM_KEY": "PSEUDONYM_KEY is not the one that this Redis was written with: put the old one back (it never "
    "changes), or set another REDIS_PREFIX to start afresh.",
}
