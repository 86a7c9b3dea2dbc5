"""Nothing that somebody wrote, and no name or id, lies in Redis, its files or its logs in clear."""

import base64
import json
import logging
import urllib.parse
from pathlib import Path

import pytest
from redis import Redis

from core.contract import Action, File, Final, Json, Message, Outcome, Person, Place, Press
from core.dialogue import Exchange
from core.limits import Limits, parse_windows
from core.store import Store, Terms, open_store
from core.store import store as module
from core.store.bounds import bounds
from tests.core.store.world import (
    ANN,
    CHANNEL,
    KEYS,
    World,
    answer,
    claimed,
    exchange,
    finish,
    is_first,
    taken,
    texts,
    thread,
)

pytestmark = pytest.mark.anyio

SECRETS = {
    name: f"{name}-qzxj-canary-7351-{name[::-1]}"
    for name in (
        *("space", "channel", "thread", "person", "name", "role", "question", "address", "file", "answer", "note"),
        *("model", "persona", "shown", "press", "edited", "said", "message"),
    )
}


def forms(secret: str) -> list[bytes]:
    """As it is, and as programs like to write things down."""
    raw = secret.encode()
    return [
        raw,
        raw.hex().encode(),
        urllib.parse.quote(secret).encode(),
        json.dumps(secret).encode(),
        secret.upper().encode(),
        raw[:12],
        raw[-12:],
        *(base64.b64encode(b"x" * offset + raw)[4:-4] for offset in range(3)),
    ]


def dump(redis: Redis) -> bytes:
    """Every key and every value."""
    found: list[object] = []
    for key in redis.keys("*"):
        assert isinstance(key, bytes)
        kind = redis.type(key)
        if kind == b"hash":
            found += [part for pair in redis.hgetall(key).items() for part in pair]
        elif kind == b"zset":
            found += redis.zrange(key, 0, -1)
        else:
            found += redis.smembers(key) if kind == b"set" else [redis.get(key)]
        found.append(key)
    return b"\n".join(part for part in found if isinstance(part, bytes))


def written(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.suffix != ".key")


async def test_no_word_name_or_id_is_in_redis_its_files_or_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    s = SECRETS
    caplog.set_level(logging.DEBUG)
    place = Place("slack", s["space"], s["channel"])
    asker = Person(s["person"], s["name"], (s["role"],))
    message = Message(
        id=s["message"],
        place=place,
        author=asker,
        at=1e9,
        address={"to": s["address"]},
        text=s["question"],
        files=(File(s["file"], s["file"], 1),),
    )
    said: tuple[dict[str, Json], ...] = (
        {"role": "user", "content": s["question"]},
        {"role": "assistant", "content": s["said"]},
    )
    async with open_store(data_dir=tmp_path) as store:
        await store.choose(place, ANN, model=s["model"], persona=s["persona"])
        windows = parse_windows("10/minute")
        await store.accept(message, Terms(Limits(windows, windows)))
        claim = await claimed(store)
        await store.bind(claim.lease, (s["shown"],))
        await store.commit(claim.lease, Final(s["answer"], s["note"]), Exchange(message.id, 1e9, said))
        await store.done(claim.lease)
        press = Press(id=s["press"], place=place, author=asker, at=1e9 + 1, action=Action.REGENERATE, turn=message.id)
        assert (await store.again(press, admin=False)).outcome is Outcome.ACCEPTED
        follow_up = Message(
            id="x", place=thread(s["thread"], place), author=asker, at=1e9 + 2, text=s["edited"], direct=True
        )
        await store.accept(follow_up)
        shown = [repr(one) for one in (claim, claim.lease, claim.turn, message, press, store)]
        with Redis(unix_socket_path=str(tmp_path / "redis" / "redis.sock"), protocol=3) as redis:
            inside = dump(redis)
            inside += str(redis.slowlog_get()).encode()
    files = written(tmp_path)
    logged = "\n".join(record.getMessage() for record in caplog.records).encode()

    assert len(inside) > 2000
    assert len(files) > 2000
    places = {"redis": inside, "files": files, "log": logged, "repr": "\n".join(shown).encode()}
    found = [(where, name) for where, heap in places.items() for name in s for form in forms(s[name]) if form in heap]
    assert found == []
    assert forms(s["question"])[1] in b"--" + s["question"].encode().hex().encode()  # the search itself finds


async def test_everything_that_holds_or_points_to_what_people_wrote_has_a_lifetime(world: World, store: Store) -> None:
    windows = parse_windows("10/minute 100/day")
    await store.choose(CHANNEL, ANN, model="m")
    root = world.message()
    for message in (root, world.message(place=thread(root.id)), world.message()):
        await store.accept(message, Terms(Limits(windows, windows)))
    await finish(store, await claimed(store))
    await store.reset(CHANNEL, "C1:reset")
    await finish(store, await claimed(store))
    await store.release((await claimed(store)).lease)
    await is_first(store, world.press(Action.STOP, ""))

    for_ever = [key.removeprefix("{parley}:") for key in world.keys("{parley}:*") if world.redis.pttl(key) < 0]

    assert for_ever == ["clock", "meta", "platforms"]


async def test_a_key_that_is_used_lives_on_and_the_lifetimes_are_the_ones_promised(world: World) -> None:
    store, day = await world.store(history_days=30), 86_400_000
    await store.choose(CHANNEL, ANN, model="m")
    first = await answer(store, world.message())
    await answer(store, world.message())
    await store.accept(world.message())

    def lifetime(key: str) -> float:
        (found,) = world.keys(f"*:{key}")
        return round(int(world.redis.pttl(found)) / day, 2)

    assert lifetime(f"t:{first.lease.record}") == 2
    assert lifetime("h:*") == lifetime("o:*") == 30
    assert lifetime("c:*") == 90
    assert lifetime("q:*") == lifetime("l:*") == lifetime("done") == 7
    assert lifetime("ready:*") == 8


async def test_the_texts_of_an_answer_go_when_the_next_one_of_its_line_is_there(world: World, store: Store) -> None:
    first = await answer(store, world.message())
    second = await answer(store, world.message())

    assert world.keys("*:x:*") == [f"{{parley}}:x:{second.lease.record}"]
    assert world.keys("*:t:*") == sorted(f"{{parley}}:t:{claim.lease.record}" for claim in (first, second))


async def test_the_texts_of_an_answer_live_no_longer_than_the_history(world: World) -> None:
    store = await world.store(history_days=1)
    await answer(store, world.message())
    (kept,) = world.keys("*:x:*")

    assert 0 < world.redis.pttl(kept) <= 86_400_000


async def test_tombstones_are_bounded_in_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_done": 5})
    store = await world.store()
    claims = []
    for _ in range(9):
        claims.append(await answer(store, world.message()))
        world.sleep(1)

    assert world.redis.zcard("{parley}:done") == 5
    assert world.keys("*:t:*") == sorted(f"{{parley}}:t:{claim.lease.record}" for claim in claims[-5:])


async def test_after_a_week_nothing_of_a_turn_is_counted_any_more(world: World, store: Store) -> None:
    await answer(store, world.message())
    world.sleep(7 * 86400 + 1)
    await answer(store, world.message())

    assert world.redis.zcard("{parley}:done") == 1


HOSTILE = [
    "",
    "\x00",
    "a\x00b:c{d}e",
    "{other}:clock",
    "\ud800 lone \udfff",
    "\U0001f468\u200d\U0001f469 ☠ ñ 漢字 \u202e",
    "'; redis.call('FLUSHALL') --",
    '"]}\\"',
    "%s%n${x}{{}}",
    "\r\n*1\r\n$8\r\nFLUSHALL\r\n",
    "x" * 65_536,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_ids_and_texts_come_through_unharmed(world: World, store: Store, text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    place = Place("slack", text, text, text + "t")
    message = world.message(
        text, id=text + "1", place=place, author=Person(text, text, (text,)), address={text: text, "k": text}
    )
    await store.choose(place, ANN, persona=text)
    assert (await store.accept(message)).outcome is Outcome.ACCEPTED
    assert (await store.accept(message)).outcome is Outcome.SEEN
    claim = await claimed(store)
    await store.bind(claim.lease, (text,))
    assert await store.stop(place, message.author, message.id)
    await store.commit(claim.lease, Final(text, text), exchange(claim, text))
    await store.done(claim.lease)
    again = await taken(store, world.message(place=place))

    assert (claim.turn.message.text, claim.turn.message.author.name) == (clean, clean)
    assert again.choices.persona == clean
    assert texts(again) == [clean, clean]
    assert len(await store.sights.newest("slack")) == 1


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1.0, 1e30, 0.0])
async def test_nonsensical_times_are_bounded(world: World, store: Store, at: float) -> None:
    assert (await store.accept(world.message(at=at))).outcome is Outcome.ACCEPTED
    assert await store.claim() is not None


async def test_values_moved_between_conversations_are_not_read(world: World, store: Store) -> None:
    there = thread("C1:0")
    await answer(store, world.message("secret?"))
    await answer(store, world.message(place=there))
    here, other = world.keys("*:h:*")
    swap = {key: world.redis.hgetall(key) for key in (here, other)}
    ids = {key: next(iter(set(value) - {b"#"})) for key, value in swap.items()}
    world.redis.hset(here, ids[here], swap[other][ids[other]])
    world.redis.hset(other, ids[other], swap[here][ids[here]])

    await store.accept(world.message(author=ANN))
    with pytest.raises(Exception, match="does not belong where it was found"):
        await store.claim()


async def test_another_key_reads_nothing(world: World) -> None:
    await (await world.store()).accept(world.message())
    stranger = await world.store(keys=(b"s" * 32,))

    with pytest.raises(Exception, match="HISTORY_KEY"):
        await stranger.claim()
    assert KEYS[0] not in dump(world.redis)
