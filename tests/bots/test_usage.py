"""`parley usage`: the counters in rows, and the usage lines beside them."""

import csv
import io
import json
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.storeroom import open_the_store
from bots.usage import By, Format, Report, days, differences, in_clear, rows, told, written
from core.allowance import days_before, parts
from core.contract import Place
from core.dialogue import Call, Usage
from core.errors import SettingsError
from core.settings import Settings, read
from core.store import Figures, Store, purse
from core.trace import Trace
from core.usage import line
from tests.core.store.conftest import valkey as valkey
from tests.core.store.world import START, World

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

DICE = random.Random(11)
MONTH = days("2023-11-15", "2023-12-14")
"""The world begins on the day before."""
NOON = datetime.fromisoformat(f"{MONTH[0]}T12:00:00+00:00").timestamp()


def a_call(user: str, place: str, model: str, usage: Usage, cost: float | None) -> Call:
    """As core/claude tells of it."""
    return Call(user=user, place=place, model=model, usage=usage, cost=cost, seconds=1, first_token=0.5)


def made_up(count: int) -> Iterator[Call]:
    for _ in range(count):
        used = Usage(DICE.randrange(4_000), DICE.randrange(1, 2_000), DICE.randrange(20_000), DICE.randrange(900))
        model = DICE.choice(["claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"])
        cost = DICE.random() / 30 if DICE.random() < 0.99 else None
        yield a_call(f"{DICE.randrange(300):020x}", f"{DICE.randrange(60):020x}", model, used, cost)


async def use(world: World, store: Store, folder: Path, each_day: int) -> None:
    """So many calls on each day of the month, counted and written; what was on the first one was on each."""
    calls = list(made_up(each_day))
    text = "".join(f"{json.dumps(line(call, NOON))}\n" for call in calls)
    world.jump(NOON - world.now / 1000)
    for call in calls:
        store.purse.note(call)
    await store.purse.settle()
    for day in MONTH:
        for by in ("", ":person", ":place", ":model") if day != MONTH[0] else ():
            world.redis.copy(f"{{parley}}:day:{MONTH[0]}{by}", f"{{parley}}:day:{day}{by}")
        (folder / f"usage-{day}-w.jsonl").write_text(text.replace(MONTH[0], day))


@pytest.fixture
async def world(valkey: Path) -> AsyncIterator[World]:
    async with World(valkey) as world:
        yield world


async def test_a_month_of_a_hundred_thousand_calls_is_told_within_a_second(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse, "AT_ONCE", 5_000)  # to be done with a day in one trip
    store = await world.store()
    await use(world, store, tmp_path, 3_334)
    took: dict[By, list[float]] = {by: [] for by in By}
    found: dict[By, dict[str, Figures]] = {}

    for by in [*By] * 3:
        began = time.process_time()
        found[by] = dict(await rows(store, by, MONTH))
        assert written(found[by], by, Format.TABLE)
        took[by].append(time.process_time() - began)

    assert max(map(min, took.values())) < 1, took  # one of them may meet a look through all the suite's garbage
    assert {by: sum(figures.calls for figures in found[by].values()) for by in By} == dict.fromkeys(By, 100_020)
    assert [len(found[by]) for by in By] == [30, 3, 60, 300]
    assert list(differences(found[By.DAY], tmp_path, UTC)) == []


async def test_a_line_that_is_missing_or_too_much_is_told_for_its_day(world: World, tmp_path: Path) -> None:
    store = await world.store()
    await use(world, store, tmp_path, 3)
    counted = await rows(store, By.DAY, MONTH)
    lost, twice = (tmp_path / f"usage-{day}-w.jsonl" for day in MONTH[1:3])
    text = twice.read_text()
    (tmp_path / "usage-again.jsonl").write_text(text)
    lost.unlink()

    found = list(differences(counted, tmp_path, UTC))

    assert [sentence[:10] for sentence in found] == list(MONTH[1:3])
    assert found[0].endswith("the usage lines here 0 calls, 0 tokens, $0.00000000.")
    assert "the usage lines here 6 calls" in found[1]


async def test_a_line_belongs_to_the_day_of_the_zone(tmp_path: Path) -> None:
    [call] = made_up(1)
    late = datetime.fromisoformat("2023-11-20T23:30:00+00:00").timestamp()
    (tmp_path / "usage-2023-11-20-w.jsonl").write_text(json.dumps(line(call, late)))
    counted = {"2023-11-20": Figures(), "2023-11-21": Figures()}

    assert [told[:10] for told in differences(counted, tmp_path, UTC)] == ["2023-11-20"]
    assert [told[:10] for told in differences(counted, tmp_path, ZoneInfo("Europe/Berlin"))] == ["2023-11-21"]


def test_days_go_from_the_one_that_is_asked_for_to_today() -> None:
    assert days("2026-02-27", "2026-03-01") == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert days("", "2026-11-03") == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert days("", "2026-11-01") == days("2026-11-01", "2026-11-01") == ["2026-11-01"]
    assert len(days("1999-01-01", "2026-11-03")) == 400
    for wrong in ("yesterday", "2027-01-01", "2026-11-04"):
        with pytest.raises(SettingsError, match="--since: "):
            days(wrong, "2026-11-03")


FOUND = {"a": Figures(2, 1, 1.5, 60, 10, 20, 25, 5), "b": Figures(1, 0, 3.0, 10, 4, 6)}


def test_a_table_has_a_bar_for_each_and_a_sum() -> None:
    text = written(FOUND, By.PERSON, Format.TABLE)

    assert [line.split() for line in text.splitlines()] == [
        ["person", "calls", "input", "output", "cached", "unpriced", "cost"],
        ["a", "2", "40", "20", "25", "1", "$1.5000", "█" * 10],
        ["b", "1", "4", "6", "0", "0", "$3.0000", "█" * 20],
        ["total", "3", "44", "26", "25", "1", "$4.5000"],
    ]


def test_where_all_is_priced_and_dear_a_table_is_shorter() -> None:
    text = written({"2026-11-20": Figures(calls=1, dollars=1_234.5)}, By.DAY, Format.TABLE)

    assert text.splitlines()[0].split() == ["day", "calls", "input", "output", "cached", "cost"]
    assert text.splitlines()[1].split() == ["2026-11-20", "1", "0", "0", "0", "$1,234.50", "█" * 20]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_table_is_as_wide_as_the_terminal_and_its_figures(columns: int) -> None:
    least = len(written(FOUND, By.PERSON, Format.TABLE, 0).splitlines()[0])
    text = written(FOUND, By.PERSON, Format.TABLE, columns)

    assert least > 40
    assert max(map(len, text.splitlines())) <= max(columns, least)


def test_csv_and_json_carry_every_figure() -> None:
    rows_of_csv = list(csv.DictReader(io.StringIO(written(FOUND, By.PERSON, Format.CSV))))
    rows_of_json = json.loads(written(FOUND, By.PERSON, Format.JSON))

    assert [row["person"] for row in rows_of_csv] == [row["person"] for row in rows_of_json] == ["a", "b"]
    assert rows_of_json[0] == {
        "person": "a",
        "calls": 2,
        "unpriced": 1,
        "dollars": 1.5,
        "tokens": 60,
        "input": 10,
        "output": 20,
        "cache_read": 25,
        "cache_write": 5,
    }
    assert {name: float(value) for name, value in rows_of_csv[1].items() if name != "person"} == {
        name: value for name, value in rows_of_json[1].items() if name != "person"
    }


async def test_lines_that_are_torn_are_counted_and_the_others_too(world: World, tmp_path: Path) -> None:
    store = await world.store()
    await use(world, store, tmp_path, 2)
    counted = await rows(store, By.DAY, MONTH)
    whole = (tmp_path / f"usage-{MONTH[0]}-w.jsonl").read_bytes()
    (tmp_path / "usage-torn.jsonl").write_bytes(whole[:40] + b"\n\xff\n[]\n5\n{}\n")

    assert list(differences(counted, tmp_path, UTC)) == [
        "Usage lines here that cannot be read, since a process was killed or its disk full: 5."
    ]


@given(st.floats(0, 100, allow_nan=False))
def test_a_cost_is_the_same_in_the_counters_and_in_the_lines(cost: float) -> None:
    written_down = json.loads(json.dumps(line(a_call("", "", "m", Usage(), cost), 0.0)))["cost"]

    assert parts(written_down) == parts(cost)


def _settings(folder: Path) -> Settings:
    chosen = read(Settings, folder / "none").settings
    assert chosen is not None
    return chosen.model_copy(update={"data_dir": folder / "data"})


async def test_it_reads_the_store_that_the_settings_name(tmp_path: Path) -> None:
    async with open_the_store(_settings(tmp_path), ()):
        pass

    assert await told(_settings(tmp_path), By.MODEL, "", Format.JSON, check=True) == Report("[]")


@pytest.mark.parametrize(("by", "kept"), [(By.DAY, 400), (By.MODEL, 400), (By.PLACE, 92), (By.PERSON, 92)])
async def test_what_is_asked_for_and_kept_no_longer_is_named(tmp_path: Path, by: By, kept: int) -> None:
    async with open_the_store(_settings(tmp_path), ()) as store:
        [first, *_, today] = days_before(store.purse.today.name, kept)

    over = {since: (await told(_settings(tmp_path), by, since, Format.TABLE)).over for since in ("", today, first)}
    too_early = await told(_settings(tmp_path), by, "2024-02-01", Format.TABLE)

    assert set(over.values()) == {""}
    assert too_early.over.startswith(
        f"What was used before {first} is not told by {by.value}: that is kept for {kept} "
    )


async def test_whose_id_is_known_stands_there_in_clear(world: World) -> None:
    store = await world.store()
    message = replace(world.message(), place=Place("slack", "T1", "C1", "C1:5"))
    trace = Trace(store)

    clear = in_clear(store, ["slack:U1", f"slack:{message.author.id}", "slack:T1:C1"])

    assert clear[trace.person(message)] == f"slack:{message.author.id}"
    assert clear[trace.channel(message)] == "slack:T1:C1"


@pytest.mark.parametrize("id", ["U1", "a:b:c:d"])
async def test_what_is_no_id_is_told_how_to_write_one(world: World, id: str) -> None:
    with pytest.raises(SettingsError):
        in_clear(await world.store(), [id])


async def test_where_no_bot_ran_nothing_is_left_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        await told(_settings(tmp_path), By.DAY, "", Format.TABLE)

    assert "run this where the bot runs" in str(refused.value)
    assert os.listdir(tmp_path) == []


def test_the_world_begins_the_day_before() -> None:
    assert datetime.fromtimestamp(START / 1000, UTC).date().isoformat() == "2023-11-14"
