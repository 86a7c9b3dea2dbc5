"""How a store is opened: the keys, the server, and whether both fit what is stored."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from functools import partial
from pathlib import Path
from urllib.parse import quote

from core.allowance import NO_BUDGET, Allowances
from core.errors import SettingsError, StoreDown
from core.folders import private
from core.store.address import check_files
from core.store.diagnosis import advice, concerns
from core.store.keys import Names
from core.store.sealing import Sealer, fingerprint, kept_key, parse_keys
from core.store.server import RedisServer
from core.store.store import Store
from core.store.vault import Vault
from core.store.words import info

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
    may_make: bool = True,
    looks: bool = False,
) -> AsyncIterator[Store]:
    """A store on the Redis at `redis_url`, or on the embedded one of `data_dir`.

    `history_key` may be several, newest first, with commas between; a key that is "" is made and kept in `data_dir`.
    `platforms`: whose turns this process claims; none named: all. `seated`: of these only what it accepted itself, and
    what was left unanswered at its seat. `allowances` are the budgets of a day. Unless it `may_make` keys, a server
    or an installation, all of them must be there. Who only `looks` may find no installation, and begins none. Raises
    SettingsError.
    """
    if not may_make:
        _are_here(data_dir, {"redis": redis_url, "history.key": history_key, "pseudonym.key": pseudonym_key})
    pseudonyms, history = _keys(data_dir, history_key, pseudonym_key)
    async with AsyncExitStack() as stack:
        names = Names(prefix, pseudonyms, stack.enter_context(_seat(data_dir)) if seated else "")
        url = redis_url or f"unix://{quote(str(await stack.enter_async_context(_embedded(data_dir))))}"
        check_files(url)
        server = RedisServer(url)
        vault = Vault(names, Sealer(history))
        stack.push_async_callback(server.close)
        build = partial(
            Store, server, names, vault, history_days=history_days, platforms=platforms, allowances=allowances
        )
        try:
            told = await _check(build(), names, history, look=looks or not may_make, may_be_new=may_make)
            appendfsync = await server.setting("appendfsync")
        except StoreDown as down:
            raise SettingsError([advice(down, own=bool(redis_url))]) from None
        store = build(may_forget=_may_forget(url, told, appendfsync))
        store.concerns = concerns(told, appendfsync, own=bool(redis_url))
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


def _may_forget(url: str, told: Mapping[str, str], appendfsync: str) -> bool:
    """Whether what comes after a restart, or in the place of this server, may lack the last writes."""
    has_replica = told.get("connected_slaves") != "0" or url.startswith(("redis+", "rediss+"))
    return has_replica or (told.get("aof_enabled"), appendfsync) != ("1", "always")


def _embedded(data_dir: Path) -> AbstractAsyncContextManager[Path]:
    if sys.platform == "win32":
        raise SettingsError(["There is no Redis for Windows to bring along: set REDIS_URL, or use WSL."])
    from core.store.embedded import embedded  # its locks do not exist on Windows

    return embedded(data_dir)


def _seat(data_dir: Path) -> AbstractContextManager[str]:
    from core.store.seat import seat  # as above

    return seat(data_dir)


def _are_here(data_dir: Path, instead: Mapping[str, str]) -> None:
    """What stands in DATA_DIR where nothing is set `instead`. Raises SettingsError."""
    for name, is_set in instead.items():
        try:
            if not is_set:
                (data_dir / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise SettingsError([_NOTHING_HERE.format(data_dir)]) from None
        except OSError:  # it is somebody else's, which is told when it is opened
            return


def _keys(data_dir: Path, history_key: str, pseudonym_key: str) -> tuple[bytes, tuple[bytes, ...]]:
    if not (history_key and pseudonym_key):
        private(data_dir)
    history = parse_keys("HISTORY_KEY", history_key or kept_key("HISTORY_KEY", data_dir / "history.key"))
    pseudonyms = parse_keys("PSEUDONYM_KEY", pseudonym_key or kept_key("PSEUDONYM_KEY", data_dir / "pseudonym.key"))
    if len(pseudonyms) > 1:
        raise SettingsError(["PSEUDONYM_KEY is one key, not several: it never changes."])
    return pseudonyms[0], history


async def _check(
    store: Store, names: Names, history: Sequence[bytes], *, look: bool, may_be_new: bool
) -> Mapping[str, str]:
    """The server's INFO on its file, its memory and its replicas. Raises SettingsError, and StoreDown."""
    keys = [fingerprint(key).hex() for key in history]
    unfit, version, *about = await store.meet(fingerprint(names.key).hex(), keys, look=look)
    if unfit and not (unfit == "nothing" and may_be_new):
        raise SettingsError([_UNFIT[unfit]])
    if tuple(map(int, version.split("."))) < _OLDEST:
        raise SettingsError([f"Redis {version} is too old: Parley needs Redis 7 or newer, or Valkey."])
    return info("\n".join(about))


_NOTHING_HERE = "There is nothing of Parley in {} (DATA_DIR): run this where the bot runs, with its settings."
_UNFIT = {
    "nothing": "There is nothing of Parley in this Redis: run this with the bot's REDIS_URL and REDIS_PREFIX.",
    "HISTORY_KEY": "HISTORY_KEY is not the one that this Redis was written with: put the old key back (after the new "
    "one, with a comma between, until `parley rekey` says that it may go), or set another REDIS_PREFIX to begin anew. "
    "Where it was not set, the old key is in history.key in the DATA_DIR of then.",
    "PSEUDONYM_KEY": "PSEUDONYM_KEY is not the one that this Redis was written with: put the old one back (it never "
    "changes), or set another REDIS_PREFIX to start afresh. Where it was not set, the old one is in pseudonym.key in "
    "the DATA_DIR of then.",
}
