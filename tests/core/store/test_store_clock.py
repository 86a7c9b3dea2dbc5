"""The store under a clock that is set: forwards, back, again and again."""

import subprocess
import sys

import pytest

from core.store import Store
from tests.core.store.world import BOB, World, claimed, finish, taken

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("jump", [-3600.0, -5.0, 3600.0])
async def test_a_clock_that_is_set_blocks_no_line(world: World, store: Store, jump: float) -> None:
    other = await world.store()
    await taken(store, world.message("first"))
    world.sleep(1)
    await store.accept(world.message("second", author=BOB))

    world.jump(jump)
    waiting = await claimed(other)
    world.sleep(6)
    await other.renew([waiting.lease])
    world.sleep(5)
    taken_over = await claimed(other)

    assert waiting.turn.message.text == "second"
    assert taken_over.turn.message.text == "first"


async def test_a_clock_that_is_set_forwards_takes_no_turn_from_who_lives(world: World, store: Store) -> None:
    other = await world.store()
    claim = await taken(store, world.message())

    world.jump(3600)
    early = await other.claim()
    await store.renew([claim.lease])
    world.sleep(9)

    assert (early, await other.claim()) == (None, None)
    await finish(store, claim)


async def test_a_clock_that_is_set_forwards_keeps_the_turn_of_who_died_for_one_more_lease(
    world: World, store: Store
) -> None:
    other = await world.store()
    await taken(store, world.message())

    world.jump(3600)
    early = await other.claim()
    world.sleep(10.1)

    assert early is None
    assert (await claimed(other)).turn.attempt == 2


async def test_what_the_dead_held_is_free_when_it_would_have_been_without_the_silence(
    world: World, store: Store
) -> None:
    other = await world.store()
    await taken(store, world.message())
    for _ in range(4):
        world.sleep(2)
        assert await other.claim() is None

    world.jump(7)
    early = await other.claim()
    world.sleep(2.1)

    assert early is None
    assert (await claimed(other)).turn.attempt == 2


async def test_a_clock_that_is_set_back_again_and_again_stands_nothing_still(world: World, store: Store) -> None:
    await store.accept(world.message())
    attempts = []

    for _ in range(4):
        attempts.append((await claimed(store)).turn.attempt)
        world.jump(-1800)
        assert await store.claim() is None
        world.sleep(10.1)

    assert attempts == [1, 2, 3, 4]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process have clocks of its own")
def test_leases_run_out_while_a_machine_sleeps() -> None:
    """One that has slept: the clock that counts no sleep is behind the one that does."""
    ahead = "Store.__init__.__kwdefaults__['clock']() - time.monotonic()"
    code = f"import time; from core.store import Store; print({ahead})"
    asleep = ("unshare", "--user", "--time", "--boottime", "1000")
    run = subprocess.run([*asleep, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if "unshare" in run.stderr:
        pytest.skip("this user may not have clocks of its own")

    assert float(run.stdout) > 999
