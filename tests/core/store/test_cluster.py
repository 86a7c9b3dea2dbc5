"""Everything the store does, on a Cluster of three nodes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot

from core.allowance import Allowance, Allowances
from core.contract import Action, Outcome, Progress
from core.errors import SettingsError
from core.limits import Limits, parse_windows
from core.store import Reach, Store, Terms, open_store, purse
from core.store.keys import Names
from core.store.sealing import Sealer, Unreadable, fingerprint
from core.store.server import RedisServer, sources
from core.store.vault import Vault
from tests.core.store.servers import cluster
from tests.core.store.test_purse import call, spend, total
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
    KEYS,
    NAMES,
    World,
    answer,
    change,
    claimed,
    exchange,
    finish,
    is_first,
    taken,
    texts,
    thread,
)
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster")) as port:
        yield f"redis+cluster://127.0.0.1:{port}"


class Noted(RedisServer):
    """A server that says which scripts it ran."""

    def __init__(self, address: str, ran: set[str]) -> None:
        super().__init__(address)
        self._ran = ran

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        reply = await super().run(script, keys, args)
        self._ran.add(script)
        return reply


class Stores:
    """Opens stores on the Cluster. `ran`: the scripts of all of them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._servers: list[RedisServer] = []
        self.ran: set[str] = set()

    def __call__(self, names: Names = NAMES, keys: tuple[bytes, ...] = KEYS, **options: Any) -> Store:
        self._servers.append(Noted(self._address, self.ran))
        return Store(self._servers[-1], names, Vault(names, Sealer(keys)), **options)

    async def close(self) -> None:
        for one in self._servers:
            await one.close()


async def test_a_store_opens_on_a_cluster(address: str, tmp_path: Path) -> None:
    world = World(tmp_path)  # for its messages only
    async with open_store(address, tmp_path, prefix="other") as store:
        assert (await store.accept(world.message())).outcome is Outcome.ACCEPTED
        assert store.concerns == {}
    world.redis.close()


async def test_who_takes_a_cluster_for_one_server_is_told_how_to_write_it(address: str, tmp_path: Path) -> None:
    elsewhere = next(f"p{number}" for number in range(100) if key_slot(f"p{number}".encode()) > 5460)

    with pytest.raises(SettingsError, match=r"is a Cluster: begin REDIS_URL with redis\+cluster://"):
        async with open_store(address.replace("+cluster", ""), tmp_path, prefix=elsewhere):
            pass


async def test_every_script_runs_on_a_cluster(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purse, "RENEWAL_SECONDS", 0.0)
    world, stores = World(tmp_path), Stores(address)  # for its messages only

    await a_talk(world, stores)
    await what_is_kept(world, stores)
    await what_is_rare(world, stores)

    world.redis.close()
    await stores.close()
    assert stores.ran == set(sources())


async def a_talk(world: World, stores: Stores) -> None:
    store, other = stores(), stores()
    windows = parse_windows("20/minute")
    listener = asyncio.create_task(other.listen())
    await other.claim()
    await other.wait(5)
    assert await other.claim() is None

    root = world.message("root?")
    waiting = asyncio.create_task(other.wait(30))
    await store.accept(root, Terms(Limits(windows, windows)))
    await asyncio.wait_for(waiting, PATIENCE)
    claim = await claimed(other)
    assert await store.stop(CHANNEL, ANN)
    await other.renew([claim.lease])
    assert claim.lease.stopped
    await other.release(claim.lease)
    claim = await claimed(store)
    await finish(store, claim, "root!")
    await store.again(world.press(Action.REGENERATE, root.id), Terms(Limits(windows)), admin=False)
    await finish(store, await claimed(store), "better")
    await answer(store, world.message("more?", place=thread(root.id), author=BOB))
    await store.choose(CHANNEL, ANN, model="m")
    deleted = world.message("gone?")
    await answer(store, deleted)
    await store.change(change(deleted, None))
    asked = world.message(place=thread(root.id))
    await store.accept(asked)
    await store.change(change(asked, "edited"))
    claim = await claimed(store)
    await store.renew([replace(claim.lease, fence=claim.lease.fence + 1)])  # as one that a failover forgot
    await store.done(claim.lease)

    assert texts(claim) == ["root?", "better", "more?", "an answer"]
    assert (claim.turn.message.text, claim.choices.model) == ("edited", "m")
    assert (await store.sights.newest("slack"))[CHANNEL] == deleted.id
    assert (await store.sights.unread("slack"))[CHANNEL] == deleted.at
    await store.sights.caught_up("slack")
    await store.sights.unsee(("slack",))
    assert await store.sights.newest("slack") == {}
    assert await is_first(store, world.message())
    await store.leave(thread(root.id))
    await store.reset(CHANNEL, "C1:reset")
    await store.accept(world.message())
    assert (await claimed(store)).exchanges == ()
    assert await store.ping() < 1
    listener.cancel()
    await asyncio.wait([listener])


async def what_is_kept(world: World, stores: Stores) -> None:
    """Told, sealed anew and erased."""
    newer, names = b"n" * 32, Names("third", b"p" * 32)
    store, older = stores(names, (newer, *KEYS)), stores(names)
    await older.meet("p", [fingerprint(KEYS[0]).hex()])
    await older.accept(world.message("root?"))
    await store.meet("p", [fingerprint(key).hex() for key in (newer, *KEYS)])
    await finish(store, await claimed(store))

    rekeyed = await store.rekeying.all()
    told = [one async for one in store.holdings.of_all()]
    erased = await store.holdings.erase_place(CHANNEL, below=False)
    await store.holdings.erase_place(CHANNEL)
    await store.holdings.erase_all()

    assert (rekeyed.unreadable, rekeyed.done) == (0, True)
    assert rekeyed.sealed > 1
    assert "root?" in str(told)
    assert (erased.exchanges, erased.turns) == (1, 1)
    assert await store.rewriting.done() == ""
    assert [key async for key in store.holdings.keys("h:")] == []


async def what_is_rare(world: World, stores: Stores) -> None:
    """Budgets, limits, long conversations, signs of life and what nobody can read."""
    names = Names("fourth", b"p" * 32, seat="s")
    store = stores(names, allowances=Allowances(Allowance(dollars=1)))
    stranger = stores(names, (b"x" * 32,))
    claim = await taken(store, world.message("first?"))
    await store.note(claim.lease, Progress("m", "so far", ()))
    await finish(store, claim)
    making = await store.memories.begin(CHANNEL, [claim.turn.id])

    assert await store.homes.keep({"slack": "T1"}) == ""
    assert making is not None
    assert await store.memories.swap(making, exchange(claim))
    assert (await store.choices(CHANNEL)).model == ""
    assert await store.limits.set(CHANNEL, "all", parse_windows("5/hour"))
    assert await store.holdings.keep(CHANNEL, 7) == 7
    assert await store.holdings.of_person("slack", ANN.id)
    assert await store.holdings.of_place(CHANNEL, Reach.SHARED)
    await store.purse.hold("h", "ann", 0.5, 10)
    settling = asyncio.create_task(store.purse.settling())
    async with asyncio.timeout(PATIENCE):
        while "retain" not in stores.ran:  # noqa: ASYNC110  # a server has no event for it
            await asyncio.sleep(0.005)
    settling.cancel()
    await asyncio.wait([settling])
    await spend(store, call(0.25, hold="h"))
    assert (await total(store)).dollars == 0.25
    await store.sharing.take((), ())
    await store.cooling.begin("m", 1)
    asked = world.message("second?")
    await store.accept(asked)
    assert await store.sights.waits(asked)
    with pytest.raises(Unreadable):
        await stranger.claim()
