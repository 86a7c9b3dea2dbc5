"""Everything the store does, on a Cluster of three nodes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.contract import Action, Outcome
from core.limits import parse_windows
from core.store import Store, open_store
from core.store.keys import Names
from core.store.sealing import Sealer, fingerprint
from core.store.server import RedisServer
from core.store.vault import Vault
from tests.core.store.servers import cluster
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
    finish,
    is_first,
    texts,
    thread,
)
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster")) as port:
        yield f"redis+cluster://127.0.0.1:{port}"


def store_at(address: str) -> Store:
    return Store(RedisServer(address), NAMES, Vault(NAMES, Sealer(KEYS)))


async def test_every_script_runs_on_a_cluster(address: str, tmp_path: Path) -> None:
    world = World(tmp_path)  # for its messages only
    store, other = store_at(address), store_at(address)
    windows = parse_windows("20/minute")
    listener = asyncio.create_task(other.listen())
    await other.claim()
    await other.wait(5)
    assert await other.claim() is None

    root = world.message("root?")
    waiting = asyncio.create_task(other.wait(30))
    await store.accept(root, person_windows=windows, place_windows=windows)
    await asyncio.wait_for(waiting, PATIENCE)
    claim = await claimed(other)
    assert await store.stop(CHANNEL, ANN)
    await other.renew([claim.lease])
    assert claim.lease.stopped
    await other.release(claim.lease)
    claim = await claimed(store)
    await finish(store, claim, "root!")
    await store.again(world.press(Action.REGENERATE, root.id), admin=False, person_windows=windows)
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
    await store.done(claim.lease)

    assert texts(claim) == ["root?", "better", "more?", "an answer"]
    assert (claim.turn.message.text, claim.choices.model) == ("edited", "m")
    assert (await store.last_seen("slack"))[CHANNEL] == deleted.id
    assert await is_first(store, world.message())
    await store.reset(CHANNEL, "C1:reset")
    await store.accept(world.message())
    assert (await claimed(store)).exchanges == ()
    assert await store.ping() < 1
    listener.cancel()
    await asyncio.wait([listener])
    await store.close()
    await other.close()
    world.redis.close()


async def test_a_store_opens_on_a_cluster(address: str, tmp_path: Path) -> None:
    world = World(tmp_path)  # for its messages only
    async with open_store(address, tmp_path, prefix="other") as store:
        assert (await store.accept(world.message())).outcome is Outcome.ACCEPTED
        assert store.concerns == {}
    world.redis.close()


async def test_what_is_kept_is_told_sealed_anew_and_erased_on_a_cluster(address: str, tmp_path: Path) -> None:
    world, newer = World(tmp_path), b"n" * 32  # for its messages only
    names = Names("third", b"p" * 32)
    store = Store(RedisServer(address), names, Vault(names, Sealer((newer, *KEYS))))
    older = Store(RedisServer(address), names, Vault(names, Sealer(KEYS)))
    await older.meet("p", [fingerprint(KEYS[0]).hex()])
    await answer(older, world.message("root?"))
    await store.meet("p", [fingerprint(key).hex() for key in (newer, *KEYS)])

    rekeyed = await store.rekeying.all()
    told = [one async for one in store.holdings.of_all()]
    erased = await store.holdings.erase_place(CHANNEL)
    await store.holdings.erase_all()

    assert (rekeyed.unreadable, rekeyed.done) == (0, False)  # somebody was at work with the older key a moment ago
    assert rekeyed.sealed > 3
    assert "root?" in str(told)
    assert (erased.exchanges, erased.turns) == (1, 1)
    assert await store.rewriting.done() == ""
    assert [key async for key in store.holdings.keys("h:")] == []
    await store.close()
    await older.close()
    world.redis.close()
