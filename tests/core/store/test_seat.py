"""Who sits where: each process alone, and where one was killed the next one."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from core.contract import Place
from core.errors import SettingsError
from core.limits import Limits, Window
from core.store import Terms
from core.store.seat import seat
from tests.core.store.world import ANN, World, claimed, finish, taken
from tests.strangers import not_ours, open_folder

HERE = Place("terminal", "local", "ann", private=True)
SITS = """
import sys
from pathlib import Path
from core.store.seat import seat

with seat(Path(sys.argv[1])) as name:
    print(name, flush=True)
    sys.stdin.read()
"""


@contextmanager
def killed(folder: Path) -> Iterator[str]:
    """The seat of another process, which is killed in the end."""
    with subprocess.Popen(
        [sys.executable, "-c", SITS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def test_nobody_sits_where_another_one_does(tmp_path: Path) -> None:
    with ExitStack() as stack:
        names = {stack.enter_context(seat(tmp_path)) for _ in range(5)}

    assert len(names) == 5


def test_a_seat_that_was_left_is_taken_again(tmp_path: Path) -> None:
    names = set()
    for _ in range(5):
        with seat(tmp_path) as one, seat(tmp_path) as two:
            names |= {one, two}

    assert len(names) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "seats").iterdir()} == {0o600}


def test_who_comes_next_sits_where_one_was_killed(tmp_path: Path) -> None:
    with seat(tmp_path), seat(tmp_path), killed(tmp_path) as lost, seat(tmp_path):
        pass

    with seat(tmp_path) as name:
        assert name == lost


def test_who_fails_has_not_left_well(tmp_path: Path) -> None:
    with seat(tmp_path), suppress(KeyError), seat(tmp_path) as lost:
        raise KeyError

    with seat(tmp_path) as name:
        assert name == lost


def test_other_files_are_no_seats(tmp_path: Path) -> None:
    (tmp_path / "seats").mkdir()
    (tmp_path / "seats" / ".DS_Store").touch()

    with seat(tmp_path) as name:
        assert len(name) == 8


def test_a_seat_that_is_another_users_is_left_to_them() -> None:
    """Somebody ran a bot there as root."""
    with open_folder() as folder:
        with killed(folder) as theirs:
            pass
        (folder / "seats").chmod(0o777)

        with not_ours(folder / "seats" / theirs), seat(folder) as name:
            assert name != theirs


def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "seats").touch()

    with pytest.raises(SettingsError) as error, seat(tmp_path):
        pass
    assert "DATA_DIR" in error.value.problems[0]


# What a store does with one


@pytest.mark.anyio
async def test_what_was_left_unanswered_is_claimed_by_who_sits_there_next_and_by_nobody_else(world: World) -> None:
    one = await world.store(platforms=("terminal",), seat="aaaa")
    other = await world.store(platforms=("terminal",), seat="bbbb")
    await taken(one, world.message("one?", place=HERE))

    world.sleep(60)

    assert await other.claim() is None
    heir = await world.store(platforms=("terminal",), seat="aaaa")
    claim = await claimed(heir)
    assert (claim.turn.message.text, claim.turn.attempt) == ("one?", 2)
    await finish(heir, claim)
    assert await heir.claim() is None


@pytest.mark.anyio
async def test_who_sits_elsewhere_neither_stops_nor_lets_in_what_is_asked_here(world: World) -> None:
    once = [Window(1, 30)]
    one = await world.store(platforms=("terminal",), seat="aaaa")
    other = await world.store(platforms=("terminal",), seat="bbbb")
    await one.accept(world.message("one?", place=HERE), Terms(Limits(once)))
    claim = await claimed(one)

    assert not await other.stop(HERE, ANN)
    held = await one.accept(world.message("two?", place=HERE), Terms(Limits(once)), patience=60)
    assert held.retry_after > 0
    await finish(one, claim)
    world.sleep(31)
    assert await other.claim() is None
    assert (await claimed(one)).turn.message.text == "two?"


@pytest.mark.anyio
async def test_what_was_asked_in_a_seat_is_no_newest_event_any_more_when_its_person_is_erased(world: World) -> None:
    store, shared = await world.store(platforms=("terminal",), seat="aaaa"), Place("terminal", "local", "room")
    await store.accept(world.message(place=shared))
    assert shared in await store.sights.newest("terminal")

    await store.holdings.erase_person("terminal", ANN.id)

    assert await store.sights.newest("terminal") == {}


@pytest.mark.anyio
async def test_of_very_many_seats_only_those_with_work_stay_known(world: World) -> None:
    first = await world.store(platforms=("terminal",), seat="first")
    await first.accept(world.message("first?", place=HERE))
    world.redis.sadd("{parley}:platforms", *(f"terminal.{number}" for number in range(100)))

    await first.accept(world.message(place=HERE))
    assert world.redis.scard("{parley}:platforms") == 101
    await (await world.store(platforms=("terminal",), seat="last")).accept(world.message(place=HERE))

    assert world.redis.smembers("{parley}:platforms") == {b"terminal.first", b"terminal.last"}
    assert (await claimed(first)).turn.message.text == "first?"
