"""Opening a store: its keys, its server, and what is said when they do not fit."""

import asyncio
import os
import stat
from base64 import b64encode
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from shutil import copy, rmtree
from typing import Any

import pytest

from core.contract import Outcome
from core.errors import SettingsError
from core.events import StoreTrouble
from core.store import open_store
from core.store.embedded import embedded
from core.telling import LogEvent, Slug, heard_by
from tests.core.store.servers import free_port, server, until
from tests.core.store.world import ANN, CHANNEL, World, answer, claimed, finish, taken, texts
from tests.launcher import PATIENCE
from tests.proxies import certify, tls

pytestmark = pytest.mark.anyio
OLD, NEW, OTHER = (b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
ALONE = replace(CHANNEL, private=True)


@pytest.fixture
async def opened(valkey: Path, tmp_path: Path) -> Any:
    """Opens stores on an empty server."""
    async with World(valkey) as world:
        world.redis.flushall()

        def opened(**options: Any) -> Any:
            defaults = {"redis_url": f"unix://{valkey}", "data_dir": tmp_path, "pseudonym_key": OTHER}
            return open_store(**{**defaults, **options})

        opened.world = world  # type: ignore[attr-defined]  # a function that knows its world
        yield opened


async def test_a_certificate_that_nobody_trusts_is_told_with_its_fix(tmp_path: Path) -> None:
    _, certificate = certify(tmp_path, "localhost")

    async with tls(9, "localhost", certificate) as port:
        with pytest.raises(SettingsError) as caught:
            async with open_store(f"rediss://localhost:{port}", tmp_path):
                pass

    assert "SSL_CERT_FILE" in str(caught.value)
    assert "ssl_ca_certs" in str(caught.value)


async def test_a_database_that_is_not_there_is_told_by_where_its_number_stands(valkey: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_store(f"unix://{valkey}?db=99", tmp_path):
            pass

    assert "no database of the number" in str(caught.value)


@pytest.mark.parametrize("name", ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile"])
async def test_a_file_of_tls_that_is_not_there_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_store(f"rediss://localhost:9?{name}=/nope.pem", tmp_path):
            pass

    assert f"{name} names a file that is not there" in str(caught.value)


async def test_without_any_setting_it_works_and_knows_everything_after_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path / "unused")
    async with open_store(data_dir=tmp_path / "data") as store:
        await answer(store, world.message("one?"), "one!")
        assert store.concerns == {}
    keys = {file.name: file.read_text() for file in (tmp_path / "data").glob("*.key")}
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").glob("*.key")}

    async with open_store(data_dir=tmp_path / "data") as store:
        await store.accept(world.message())
        assert texts(await claimed(store)) == ["one?", "one!"]

    assert {file.name: file.read_text() for file in (tmp_path / "data").glob("*.key")} == keys
    assert (len(keys), len(set(keys.values())), modes) == (2, 2, {0o600})
    world.redis.close()


async def test_two_stores_of_one_directory_are_one_installation(tmp_path: Path) -> None:
    world = World(tmp_path / "unused")
    async with open_store(data_dir=tmp_path) as one, open_store(data_dir=tmp_path) as two:
        message = world.message()

        assert (await one.accept(message)).outcome is Outcome.ACCEPTED
        assert (await two.accept(message)).outcome is Outcome.SEEN
    world.redis.close()


async def test_a_store_is_closed_when_its_user_fails(opened: Any) -> None:
    clients = opened.world.redis.client_list
    before = len(clients())
    with pytest.raises(ZeroDivisionError):
        await fail(opened(), lambda: len(clients()) > before)

    until(lambda: len(clients()) == before)


async def fail(opening: Any, at_work: Callable[[], bool]) -> None:
    async with opening:
        assert at_work()
        raise ZeroDivisionError


async def test_a_wrong_history_key_stops_the_start(opened: Any) -> None:
    async with opened(history_key=OLD):
        pass

    with pytest.raises(SettingsError, match="HISTORY_KEY is not the one") as caught:
        async with opened(history_key=NEW):
            pass
    assert NEW not in str(caught.value)
    async with opened(history_key=OLD):
        pass


async def test_a_wrong_pseudonym_key_stops_the_start(opened: Any) -> None:
    async with opened():
        pass

    with pytest.raises(SettingsError, match="PSEUDONYM_KEY is not the one"):
        async with opened(pseudonym_key=NEW):
            pass


async def test_who_moved_away_from_the_keys_is_told_in_which_file_they_are(opened: Any, tmp_path: Path) -> None:
    nowhere = {"history_key": "", "pseudonym_key": ""}
    async with opened(**nowhere):
        pass
    moved = tmp_path / "elsewhere"

    for name in ("pseudonym", "history"):
        with pytest.raises(SettingsError, match=rf"{name.upper()}_KEY .* {name}\.key in the DATA_DIR"):
            async with opened(**nowhere, data_dir=moved):
                pass
        copy(tmp_path / f"{name}.key", moved)
    async with opened(**nowhere, data_dir=moved):
        pass


async def test_keys_rotate_without_a_word_lost(opened: Any) -> None:
    world = opened.world
    async with opened(history_key=OLD) as store:
        await store.choose(CHANNEL, ANN, persona="a pirate")
        await answer(store, world.message("one?"), "one!")
    async with opened(history_key=f"{NEW},{OLD}") as store:
        await answer(store, world.message("two?"), "two!")
        claim = await taken(store, world.message())

    assert texts(claim) == ["one?", "one!", "two?", "two!"]
    assert claim.choices.persona == "a pirate"


async def test_an_old_key_may_go_when_nothing_is_left_that_it_sealed_and_not_before(opened: Any) -> None:
    redis = opened.world.redis
    for keys in (OLD, f"{NEW},{OLD}"):
        async with opened(history_key=keys) as store:
            pass
    for _ in range(2):
        with pytest.raises(SettingsError, match="until `parley rekey` says"):
            async with opened(history_key=NEW):
                pass

    async with opened(history_key=f"{NEW},{OLD}") as store:
        assert (await store.rekeying.all()).done

    async with opened(history_key=NEW):
        pass
    assert set(redis.hgetall("{parley}:meta")) == {b"pseudonym", b"history", b"kept"}


async def test_an_old_key_is_needed_however_long_ago_it_was_replaced(opened: Any) -> None:
    """What was chosen with it is used, and lives on."""
    async with opened(history_key=OLD) as store:
        await store.choose(CHANNEL, ANN, persona="a pirate")
    async with opened(history_key=f"{NEW},{OLD}"):
        pass
    redis = opened.world.redis
    (old,) = [field for field in redis.hgetall("{parley}:meta") if field.startswith(b"until:")]
    redis.hset("{parley}:meta", old, 1_700_000_000_000)  # as earlier releases noted it down: it is over

    with pytest.raises(SettingsError, match="HISTORY_KEY"):
        async with opened(history_key=NEW):
            pass


async def test_a_key_that_comes_back_is_the_newest_again(opened: Any) -> None:
    for keys in (OLD, f"{NEW},{OLD}", f"{OLD},{NEW}", f"{NEW},{OLD}"):
        async with opened(history_key=keys):
            pass

    with pytest.raises(SettingsError):
        async with opened(history_key=OLD):
            pass


async def test_a_process_that_does_not_know_the_new_key_yet_leaves_the_turn_to_one_that_does(opened: Any) -> None:
    world = opened.world
    async with opened(history_key=OLD) as behind, opened(history_key=f"{NEW},{OLD}") as ahead:
        await ahead.accept(world.message())
        with pytest.raises(Exception, match="HISTORY_KEY"):
            await behind.claim()
        assert await ahead.claim() is None
        (line,) = world.redis.zrange("{parley}:ready:slack", 0, -1)
        world.redis.zadd("{parley}:ready:slack", {line: 0})

        assert (await claimed(ahead)).turn.message.text


async def test_installations_with_their_own_prefix_do_not_meet(opened: Any) -> None:
    message = opened.world.message()
    async with opened(prefix="one", history_key=OLD) as one, opened(prefix="two", history_key=NEW) as two:
        assert (await one.accept(message)).outcome is Outcome.ACCEPTED
        assert (await two.accept(message)).outcome is Outcome.ACCEPTED
    assert {name.partition(":")[0] for name in opened.world.keys("*")} == {"{one}", "{two}"}


async def test_processes_that_meet_for_the_first_time_at_once_agree_on_their_keys(opened: Any) -> None:
    async with opened(history_key=OLD):
        with pytest.raises(SettingsError):
            async with opened(history_key=NEW):
                pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"history_key": "short"}, "HISTORY_KEY must be 32 random bytes"),
        ({"pseudonym_key": "short"}, "PSEUDONYM_KEY must be 32 random bytes"),
        ({"pseudonym_key": f"{OLD},{NEW}"}, "PSEUDONYM_KEY is one key"),
        ({"redis_url": "http://localhost"}, "REDIS_URL is not understood"),
        ({"redis_url": "unix:///nobody/is/here"}, "Redis does not answer"),
        ({"redis_url": "redis://localhost:1"}, "Redis does not answer"),
    ],
)
async def test_what_is_wrong_is_said_in_a_sentence_with_its_fix(
    opened: Any, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        async with opened(**options):
            pass


async def test_a_server_that_may_lose_what_it_acknowledged_is_worth_a_word(opened: Any) -> None:
    redis = opened.world.redis
    redis.config_set("appendfsync", "everysec")
    try:
        async with opened() as store:
            said = store.concerns
    finally:
        redis.config_set("appendfsync", "always")

    assert list(said) == ["appendfsync"]


async def test_a_full_server_stops_no_start_but_a_replica_does(opened: Any) -> None:
    redis = opened.world.redis
    async with opened(history_key=OLD):
        pass
    redis.config_set("maxmemory", "1")
    try:
        async with opened(history_key=OLD, may_make=False) as store:
            assert (list(store.concerns), (await store.holdings.erase_all()).turns) == (["maxmemory"], 0)
        async with opened(history_key=f"{NEW},{OLD}", history_days=7):
            pass
    finally:
        redis.config_set("maxmemory", "256mb")
    redis.replicaof("127.0.0.1", 1)
    try:
        with pytest.raises(SettingsError, match="is a replica"):
            async with opened(history_key=NEW):
                pass
    finally:
        redis.replicaof("NO", "ONE")


@pytest.mark.parametrize(
    ("rights", "is_enough"),
    [
        ("~{parley}:* &{parley}:* +@all", True),
        ("~{parley}:* &{parley}:* +@all -@admin -@dangerous +info", True),
        ("~{parley}:* resetchannels +@all", False),  # what a new user has who is given no channel
        ("~{parley}:* &{parley}:* +@all -@dangerous", False),
        ("~parley:* &parley:* +@all", False),
    ],
)
async def test_a_user_of_redis_who_may_not_do_all_that_is_needed_stops_the_start(
    tmp_path: Path, rights: str, *, is_enough: bool
) -> None:
    port = free_port()
    with server(tmp_path / "redis", port) as redis:
        redis.execute_command("ACL", "SETUSER", "ann", "on", ">secret", *rights.split())

        with nullcontext() if is_enough else pytest.raises(SettingsError, match=r"ACL SETUSER name ~\{parley\}"):
            async with open_store(f"redis://ann:secret@127.0.0.1:{port}", tmp_path) as store:
                await store.ping()

        assert redis.exists("{parley}:meta") == is_enough


async def test_a_server_that_cannot_write_to_its_disk_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path / "redis", port) as redis:
        redis.config_set("save", "3600 1")
        rmtree(tmp_path / "redis")
        redis.bgsave()
        until(lambda: redis.info("persistence")["rdb_last_bgsave_status"] == "err")

        with pytest.raises(SettingsError, match="cannot write to its disk"):
            async with open_store(f"redis://127.0.0.1:{port}", tmp_path):
                pass


async def test_who_does_not_hear_what_other_processes_wake_and_stop_is_told_so_in_the_log(tmp_path: Path) -> None:
    port, heard = free_port(), list[LogEvent]()
    with server(tmp_path / "redis", port) as redis, heard_by(heard.append):
        redis.execute_command("ACL", "SETUSER", "ann", "on", ">secret", "~*", "&*", "+@all", "-subscribe")

        async with open_store(f"redis://ann:secret@127.0.0.1:{port}", tmp_path), asyncio.timeout(PATIENCE):
            while not heard:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.01)

    assert heard[0] == StoreTrouble(call=Slug("listen"), code=Slug("NoPermissionError"))


async def test_who_only_looks_leaves_nothing_behind_where_nothing_was(opened: Any, tmp_path: Path) -> None:
    for options, said in (({}, "DATA_DIR"), ({"redis_url": ""}, "DATA_DIR"), ({"history_key": OLD}, "REDIS_PREFIX")):
        with pytest.raises(SettingsError, match=f"nothing of Parley in .*{said}"):
            async with opened(may_make=False, **options):
                pass

    assert os.listdir(tmp_path) == []
    assert opened.world.keys("*:meta") == []
    async with opened():
        pass
    async with opened(may_make=False) as store:
        assert store.concerns == {}


async def test_a_server_that_was_emptied_beside_the_bot_knows_its_keys_again(opened: Any) -> None:
    """As one that keeps nothing on disk is by its restart."""
    async with opened(history_key=OLD) as store:
        opened.world.redis.flushall()
        await answer(store, opened.world.message("one?"), "one!")

        async with opened(history_key=OLD, may_make=False) as another:
            await another.accept(opened.world.message())
            assert texts(await claimed(another)) == ["one?", "one!"]
        with pytest.raises(SettingsError, match="HISTORY_KEY"):
            async with opened(history_key=NEW):
                pass


async def test_who_has_a_seat_answers_what_was_asked_there_and_knows_what_was_said_elsewhere(opened: Any) -> None:
    async with opened(seated=True) as one, opened(seated=True) as two:
        await one.accept(opened.world.message("one?", place=ALONE))
        await two.accept(opened.world.message("two?", place=ALONE))

        first = await claimed(one)
        assert first.turn.message.text == "one?"
        second = await claimed(two)
        assert second.turn.message.text == "two?"
        await finish(one, first, "one!")
        await finish(two, second, "two!")
        await two.accept(opened.world.message("three?", place=ALONE))
        assert texts(await claimed(two)) == ["one?", "one!", "two?", "two!"]
        assert await one.claim() is None


async def test_a_seat_is_nobodys_where_any_process_may_answer(opened: Any, tmp_path: Path) -> None:
    async with opened() as one, opened() as two:
        await one.accept(opened.world.message())

        assert await two.claim() is not None
    assert not (tmp_path / "seats").exists()


@pytest.mark.parametrize("appendfsync", ["always", "everysec"])
async def test_only_a_server_that_writes_each_change_to_its_disk_is_trusted_after_a_restart(
    tmp_path: Path, appendfsync: str
) -> None:
    async with embedded(tmp_path / "data") as socket:
        world = World(socket)
        world.redis.config_set("appendfsync", appendfsync)
        async with open_store(f"unix://{socket}", tmp_path) as store:
            await store.accept(world.message())

        assert world.redis.hexists("{parley}:clock", "run") == (appendfsync != "always")
        world.redis.close()


async def test_a_server_with_a_replica_is_not_trusted_as_that_may_take_over_behind_the_same_address(
    tmp_path: Path,
) -> None:
    ports, safe = (free_port(), free_port()), ("--appendonly", "yes", "--appendfsync", "always")
    with (
        server(tmp_path / "master", ports[0], *safe) as master,
        server(tmp_path / "replica", ports[1], *safe, "--replicaof", "127.0.0.1", str(ports[0])),
    ):
        until(lambda: master.info("replication")["connected_slaves"] == 1)
        async with open_store(f"redis://127.0.0.1:{ports[0]}", tmp_path) as store:
            await store.claim()

        assert master.hexists("{parley}:clock", "run")
