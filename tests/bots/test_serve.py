"""The composition: what is wrong anywhere is told at once, and what was opened is closed."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from bots.serve import open_claude, opened, options, serve, unpriced, warn, warn_of
from core import pulse
from core.claude import Prices
from core.contract import File, Inbox, Message, Screen, Turn
from core.errors import FileError, SettingsError
from core.settings import Settings, read
from tests.simulator.valkey import valkey
from tests.waits import until

pytestmark = pytest.mark.anyio


class Shop:
    """A platform that opens as told."""

    def __init__(self, name: str, trouble: Exception | None = None) -> None:
        self.name = name
        self.trouble = trouble
        self.closed = 0

    async def open(self) -> None:
        if self.trouble:
            raise self.trouble

    async def run(self, inbox: Inbox) -> None: ...

    async def close(self) -> None:
        self.closed += 1

    def screen(self, turn: Turn) -> Screen:
        raise NotImplementedError

    async def read(self, file: File, at_most: int) -> bytes:
        raise FileError("no files here")

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        return ()


async def test_all_that_is_wrong_is_told_at_once_and_everything_is_closed() -> None:
    shops = {name: Shop(name, SettingsError([f"{name} is wrong"])) for name in ("one", "two")}

    with pytest.raises(SettingsError) as caught:
        async with opened(shops, ["the key is wrong"]):
            pass

    assert caught.value.problems == ("the key is wrong", "one is wrong", "two is wrong")
    assert [shop.closed for shop in shops.values()] == [1, 1]


async def test_where_redis_is_away_what_else_is_wrong_is_told_as_well(tmp_path: Path) -> None:
    shops = {name: Shop(name, SettingsError([f"{name} is wrong"])) for name in ("one", "two")}
    chosen = read(Settings, tmp_path / "none").settings
    assert chosen is not None
    away = {"redis_url": SecretStr("redis://127.0.0.1:1"), "anthropic_base_url": "http://127.0.0.1:1"}
    more = {"anthropic_api_key": SecretStr("sk-ant-x"), "data_dir": tmp_path}

    with pytest.raises(SettingsError) as caught:
        await serve(chosen.model_copy(update=away | more), shops, asyncio.Event(), {}, asyncio.Event())

    redis, *others = caught.value.problems
    assert redis.startswith("Redis does not answer")
    assert others == ["one is wrong", "two is wrong"]
    assert [shop.closed for shop in shops.values()] == [1, 1]


class Housed(Shop):
    home = "T1"


async def test_who_serves_another_workspace_on_the_same_redis_does_not_start(tmp_path: Path) -> None:
    found = read(Settings, tmp_path / "none").settings
    assert found is not None
    stop, ours, other = asyncio.Event(), Housed("slack"), Housed("slack")
    stop.set()
    other.home = "T2"
    with valkey(tmp_path) as socket:
        here = {"redis_url": SecretStr(f"unix://{socket}"), "anthropic_base_url": "http://127.0.0.1:1"}
        more = {"anthropic_api_key": SecretStr("sk-ant-x"), "data_dir": tmp_path, "http_port": 0}
        chosen = found.model_copy(update=here | more)
        await serve(chosen, {"slack": ours}, stop, {}, asyncio.Event())

        with pytest.raises(SettingsError, match="REDIS_PREFIX"):
            await serve(chosen, {"slack": other}, stop, {}, asyncio.Event())

        await serve(chosen, {"slack": ours}, stop, {}, asyncio.Event())
    assert (ours.closed, other.closed) == (2, 1)


class Waiting(Housed):
    async def run(self, inbox: Inbox) -> None:
        await asyncio.Event().wait()


async def test_a_bot_that_finds_its_place_taken_later_says_so_and_keeps_its_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It started while Redis was full or away, or Redis was away for longer than a place is kept."""
    monkeypatch.setattr(pulse, "PING_SECONDS", 0.01)
    found = read(Settings, tmp_path / "none").settings
    assert found is not None
    stop, at_work = asyncio.Event(), asyncio.Event()
    shops = {name: Waiting(name) for name in ("discord", "slack")}
    with valkey(tmp_path) as socket:
        here = {"redis_url": SecretStr(f"unix://{socket}"), "anthropic_base_url": "http://127.0.0.1:1"}
        more = {"anthropic_api_key": SecretStr("sk-ant-x"), "data_dir": tmp_path, "http_port": 0}
        serving = asyncio.create_task(serve(found.model_copy(update=here | more), shops, stop, {}, at_work))
        await at_work.wait()
        async with Redis(unix_socket_path=str(socket)) as redis:
            await redis.set("{parley}:home:slack", "somebody else", px=60_000)
            for _ in range(3):
                await redis.delete("{parley}:home:discord")
                await until(lambda: redis.exists("{parley}:home:discord"))
        stop.set()
        await serving

    taken = [record.getMessage() for record in caplog.records if "home" in record.getMessage()]
    assert taken == ["store trouble call=home code=taken:slack"]  # once in a minute


async def test_a_fault_while_opening_is_not_taken_for_a_wrong_setting() -> None:
    shop = Shop("one", OSError("no network"))

    with pytest.raises(OSError, match="no network"):
        async with opened({"one": shop}):
            pass

    assert shop.closed == 1


async def test_what_is_well_stays_open_until_the_end() -> None:
    shop = Shop("one")

    async with opened({"one": shop}):
        assert shop.closed == 0
    assert shop.closed == 1


def test_what_is_unfit_about_a_redis_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn({"appendonly": "It keeps nothing.", "maxmemory-policy": "It throws away."})

    assert [record.getMessage() for record in caplog.records] == [
        "store unfit setting=appendonly",
        "store unfit setting=maxmemory-policy",
    ]


async def test_an_api_that_tells_nothing_is_a_warning_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = read(Settings, tmp_path / "none").settings
    assert found is not None
    away = {"anthropic_api_key": SecretStr("sk-ant-x"), "anthropic_base_url": "http://127.0.0.1:1"}
    chosen = found.model_copy(update=away)
    claude = open_claude(chosen)
    try:
        assert await claude.check([chosen.claude_model]) == ()
        with caplog.at_level(logging.WARNING):
            await warn_of(claude, chosen)
    finally:
        await claude.close()

    assert [record.getMessage() for record in caplog.records] == ["models unknown code=connection"]


def test_the_settings_reach_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADMINS", "U1 U2")
    monkeypatch.setenv("CLAUDE_EFFORT", "high")
    monkeypatch.setenv("USER_RATE", "3/minute")
    monkeypatch.setenv("TIMEZONE", "Asia/Tokyo")

    found = read(Settings, tmp_path / ".env").settings
    assert found is not None
    chosen = options(found)

    assert chosen.access.admins == {"U1", "U2"}
    assert chosen.defaults.effort == "high"
    assert [str(window) for window in chosen.limits.person] == ["3/minute"]
    assert str(chosen.zone) == "Asia/Tokyo"


def test_with_a_budget_in_dollars_a_model_of_unknown_price_stops_the_start(tmp_path: Path) -> None:
    chosen = read(Settings, tmp_path / "none").settings
    assert chosen is not None
    strange = {"claude_model": "claude-of-tomorrow", "claude_fallback_model": "claude-sonnet-5-5"}

    told = [
        unpriced(chosen.model_copy(update={**strange, name: value}), Prices())
        for name, value in (("daily_budget_usd", 5.0), ("user_daily_budget_usd", 5.0), ("daily_tokens", 5))
    ]

    assert [len(problems) for problems in told] == [1, 1, 0]
    assert told[0][0].startswith("The price of claude-of-tomorrow is not known: ")
