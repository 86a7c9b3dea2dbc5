"""What was erased is gone from the append-only file too, when that is written anew."""

from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from core.contract import Json, Message
from core.errors import StoreDown
from core.store import open_store
from core.store.rewriting import REFUSED, Rewriting
from tests.core.store.world import ANN, CHANNEL, answer

pytestmark = pytest.mark.anyio


class Told:
    """What a server says of itself, one after the other; and how often it was asked to begin."""

    def __init__(self, *infos: str, refuses: int = 0) -> None:
        self.infos, self.refuses, self.asked = list(infos), refuses, 0

    async def run(self, script: str, *sealed: bytes, **named: Json) -> bytes:
        return (self.infos.pop(0) if len(self.infos) > 1 else self.infos[0]).encode()

    async def ask(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreDown("ResponseError")
        self.asked += 1

    @property
    def rewriting(self) -> Rewriting:
        return Rewriting(self.run, self.ask)


IDLE = "aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:ok"
BUSY, SOON = IDLE.replace("in_progress:0", "in_progress:1"), IDLE.replace("scheduled:0", "scheduled:1")


def sealed(redis: Any) -> list[bytes]:
    """The ciphertexts of a message, the ids on the screen, an exchange."""
    (texts,), (history,) = redis.keys("*:x:*"), redis.keys("*:h:*")
    found = {**redis.hgetall(texts), **redis.hgetall(history)}
    return [value for field, value in found.items() if field not in {b"#", b"f"}]


def files(folder: Path) -> bytes:
    """All that the server has on disk."""
    return b"\n".join(file.read_bytes() for file in folder.rglob("*aof*") if file.is_file())


async def test_nothing_of_a_person_is_left_in_the_file_either(tmp_path: Path) -> None:
    asked = Message(id="C1:1", place=CHANNEL, author=ANN, at=1e9, text="a question")
    async with open_store(data_dir=tmp_path) as store:
        await answer(store, asked)
        with Redis(unix_socket_path=str(tmp_path / "redis" / "redis.sock"), protocol=3) as redis:
            marks = sealed(redis)
            (key,) = redis.keys("*:t:*")
            marks += redis.hmget(key, "author", "line")
        before = files(tmp_path)

        await store.holdings.erase_person("slack", ANN.id, wholly=True)
        assert await store.rewriting.done() == ""

        left = files(tmp_path)
    assert [mark in before for mark in marks] == [True] * 5
    assert [mark in left for mark in marks] == [False] * 5


async def test_it_is_waited_for_and_one_that_began_before_does_not_count() -> None:
    told = Told(IDLE, BUSY, BUSY, IDLE, SOON, BUSY, IDLE)

    assert await told.rewriting.done() == ""
    assert (told.asked, told.infos) == (1, [IDLE])


async def test_whoever_is_quicker_is_waited_for_too() -> None:
    told = Told(IDLE, IDLE, BUSY, BUSY, IDLE, refuses=1)

    assert await told.rewriting.done() == ""
    assert told.asked == 1


async def test_where_nothing_is_on_disk_nothing_is_asked() -> None:
    told = Told("aof_enabled:0")

    await told.rewriting.begin()
    assert await told.rewriting.done() == ""
    assert told.asked == 0


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(IDLE, refuses=9), "ResponseError"),
        (Told(IDLE, IDLE, IDLE.replace("status:ok", "status:err")), "err"),
        (Told(BUSY), "it takes too long"),
    ],
)
async def test_what_hinders_it_is_said_with_what_to_do(told: Told, why: str) -> None:
    assert await told.rewriting.done(0.05) == REFUSED.format(why)
