"""The doctor asks everybody, and tells what each says."""

import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis

from bots import doctor
from bots.__main__ import offline_claude
from bots.doctor import checked
from bots.plan import TERMINAL, Plan, plan, room
from bots.storeroom import open_the_store
from tests.bots.conftest import Write

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def claude() -> Iterator[str]:
    """The address of the stand-in."""
    with offline_claude() as address:
        yield address


@pytest.fixture
def ready(claude: str, env: Write, tmp_path: Path) -> Plan:
    """The terminal, with the stand-in for Claude and a Redis of its own."""
    env(f"ANTHROPIC_API_KEY=sk-ant-offline\nANTHROPIC_BASE_URL={claude}\nDATA_DIR={tmp_path / 'data'}\n")
    return plan(TERMINAL)


async def _told(ready: Plan) -> dict[str, Sequence[str]]:
    return {name: problems async for name, problems in checked(ready)}


def _with(ready: Plan, **changed: object) -> Plan:
    return replace(ready, settings=ready.settings.model_copy(update=changed))


async def test_where_all_is_well_everybody_was_asked(ready: Plan) -> None:
    told = await _told(ready)

    assert list(told) == ["settings", "Redis and its keys", "usage lines", "Claude", "Terminal"]
    assert not any(told.values())


@pytest.mark.parametrize(("users", "is_told"), [((), True), (("U0ADA",), False)])
async def test_roles_alone_that_shut_everybody_of_slack_out_are_told(
    ready: Plan, users: tuple[str, ...], *, is_told: bool
) -> None:
    rooms = {**ready.rooms, "slack": room("slack").Settings.model_construct()}
    chosen = _with(ready, allowed_roles=("1234567890",), allowed_users=users)

    who, problems = await anext(checked(replace(chosen, rooms=rooms)))
    alone = await anext(checked(chosen))

    assert (who, ["ALLOWED_USERS" in sentence for sentence in problems]) == ("settings", [True] * is_told)
    assert alone == ("settings", ())


async def test_a_folder_that_takes_no_usage_lines_is_told(ready: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    told = await _told(_with(ready, usage_dir=tmp_path / "file" / "usage"))

    assert told["usage lines"][0].startswith(f"{tmp_path / 'file' / 'usage'} cannot be written to (Not a directory): ")
    assert told["Terminal"] == ()


async def test_a_disk_that_is_full_is_told_where_it_is_and_no_other_setting_is_advised(
    ready: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ROOM", 1 << 62)

    told = await _told(ready)

    for name, folder in (("Redis and its keys", "redis"), ("usage lines", "usage")):
        assert told[name] == (f"The disk of {tmp_path / 'data' / folder} is full: make room there.",)


async def test_a_redis_that_is_full_is_told_with_what_makes_room(ready: Plan, tmp_path: Path) -> None:
    async with open_the_store(ready.settings, ()):
        with Redis(unix_socket_path=str(tmp_path / "data" / "redis" / "redis.sock")) as redis:
            redis.config_set("maxmemory", "1")

        told = await _told(ready)

    [sentence] = told["Redis and its keys"]
    assert "full" in sentence
    assert "parley erase" in sentence


async def test_another_key_than_before_is_told(ready: Plan) -> None:
    async with open_the_store(ready.settings, ()):
        pass

    told = await _told(_with(ready, pseudonym_key=SecretStr(secrets.token_hex(32))))

    assert "PSEUDONYM_KEY" in told["Redis and its keys"][0]
    assert told["Claude"] == ()


async def test_a_key_or_days_that_are_only_tried_are_none_yet(ready: Plan, tmp_path: Path) -> None:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    before = _with(ready, history_key=SecretStr(old))
    async with open_the_store(before.settings, ()):
        with Redis(unix_socket_path=str(tmp_path / "data" / "redis" / "redis.sock"), protocol=3) as redis:
            meta = redis.hgetall("{parley}:meta")

            told = await _told(_with(ready, history_key=SecretStr(f"{new},{old}"), history_days=1))

            assert redis.hgetall("{parley}:meta") == meta
    assert told["Redis and its keys"] == ()
    async with open_the_store(before.settings, ()):
        pass


async def test_where_no_bot_ran_yet_none_begins(ready: Plan) -> None:
    await _told(ready)

    async with open_the_store(_with(ready, pseudonym_key=SecretStr(secrets.token_hex(32))).settings, ()):
        pass


async def test_a_model_that_does_not_exist_is_told(ready: Plan) -> None:
    told = await _told(_with(ready, claude_model="claude-nobody-1"))

    assert "claude-nobody-1" in told["Claude"][0]


async def test_a_wish_that_the_model_does_not_take_is_told(ready: Plan) -> None:
    told = await _told(_with(ready, claude_model="claude-opus-4-5", claude_thinking="adaptive", claude_effort="xhigh"))

    effort, thinking = sorted(told["Claude"], key=lambda said: "adaptive" in said)
    assert "does not take `xhigh`" in effort
    assert "high" in effort.partition("it takes")[2]
    assert "does not take `adaptive`" in thinking


async def test_an_address_where_no_claude_is_is_not_taken_for_silence(ready: Plan) -> None:
    told = await _told(_with(ready, anthropic_base_url=f"{ready.settings.anthropic_base_url}/v1"))

    assert "without the /v1" in told["Claude"][0]


async def test_silence_is_told(ready: Plan) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]

        told = await _told(
            _with(
                ready, anthropic_base_url=f"http://127.0.0.1:{port}", redis_url=SecretStr(f"redis://127.0.0.1:{port}")
            )
        )

    [sentence] = told["Claude"]
    assert sentence.startswith("The API does not answer (connection): check network and proxy, and")
    assert "REDIS_URL" in told["Redis and its keys"][0]
