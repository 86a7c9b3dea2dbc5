"""`parley export`, `erase`, `rekey` and `restored`, beside a bot that has the same Redis open."""

import asyncio
import json
import os
import secrets
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis import Redis

from bots import keeping
from bots.keeping import NOBODY, Whose, blank, erased, exported, rekeyed, restored
from bots.plan import folders
from bots.storeroom import open_the_store
from core.contract import Message, Outcome, Person, Place
from core.errors import SettingsError
from core.settings import Settings, read
from core.store import Store
from tests.core.store.world import ANN, BOB, CHANNEL, answer, claimed, finish, taken

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

EVERYBODYS = [Whose(person=("slack", ANN.id)), Whose(place=CHANNEL), Whose(place=Place("slack", "T1", "")), Whose()]
whose = partial(keeping.whose, platforms=folders())
OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


def chosen(folder: Path, **more: str) -> Settings:
    found = read(Settings, folder / "none").settings
    assert found is not None
    keys = {name: SecretStr(value) for name, value in {"history_key": OLD, **more}.items()}
    return found.model_copy(update={"data_dir": folder / "data", **keys})


def message(text: str, author: Person = ANN) -> Message:
    return Message(id=f"C1:{text}", place=CHANNEL, author=author, at=1e9, text=text)


async def talked(store: Store) -> None:
    await answer(store, message("ann-asks"))
    await answer(store, message("bob-asks", BOB))


async def lines(settings: Settings, of: Whose) -> list[dict[str, Any]]:
    return [json.loads(line) async for line in exported(settings, of)]


def test_of_whom_is_said_in_one_way_only() -> None:
    assert whose("slack:U1", "", everything=False) == Whose(person=("slack", "U1"))
    thread = whose("", "slack:T1:C1:C1:1.2", everything=False)
    assert thread == Whose(place=Place("slack", "T1", "C1", "C1:1.2"))
    assert whose("", "discord:77", everything=False) == Whose(place=Place("discord", "77", ""))
    assert whose("", "", everything=True) == Whose()
    for person, place, everything in (("", "", False), ("slack:U1", "", True), ("U1", "", False), ("", "slack", False)):
        with pytest.raises(SettingsError):
            whose(person, place, everything=everything)


def test_a_platform_that_does_not_exist_is_told() -> None:
    for person, place in (("slak:U1", ""), ("", "slak:T1:C1")):
        with pytest.raises(SettingsError, match=", ".join(folders())):
            whose(person, place, everything=False)


@pytest.mark.parametrize("of", [Whose(person=("slack", "U-ana")), Whose(place=Place("slack", CHANNEL.channel, ""))])
async def test_of_an_id_that_nobody_has_nothing_is_found_and_that_is_told(tmp_path: Path, of: Whose) -> None:
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        await talked(bot)

        found, sentences = await erased(settings, of)

        assert (found, sentences[1]) == (False, NOBODY)
        assert await lines(settings, of) == []


async def test_who_only_chose_something_is_known_and_that_is_given_out_and_erased(tmp_path: Path) -> None:
    settings, of = chosen(tmp_path), Whose(person=("slack", BOB.id))
    async with open_the_store(settings, ()) as bot:
        await bot.choose(Place("slack", "T1", "D1", private=True), BOB, persona="a pirate")

        (told,) = await lines(settings, of)
        found, sentences = await erased(settings, of)

        assert told["conversations"][0]["chosen"]["persona"] == "a pirate"
        assert (found, NOBODY in sentences) == (True, False)
        assert await lines(settings, of) == []


async def test_where_no_bot_ran_nothing_is_given_out_erased_or_sealed_and_nothing_is_left(tmp_path: Path) -> None:
    folder = chosen(tmp_path)
    for work in (lines(folder, Whose()), erased(folder, Whose()), rekeyed(folder), restored(folder, ())):
        with pytest.raises(SettingsError, match=r"nothing of Parley in .* run this where the bot runs"):
            await work

    assert os.listdir(tmp_path) == []


async def test_a_full_redis_can_be_looked_into_and_emptied(tmp_path: Path) -> None:
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        await talked(bot)
        with Redis(unix_socket_path=str(tmp_path / "data" / "redis" / "redis.sock")) as redis:
            redis.config_set("maxmemory", "1")

        assert "ann-asks" in str(await lines(settings, Whose()))
        found, _ = await erased(settings, Whose())
        assert (found, len(await lines(settings, Whose()))) == (True, 1)


async def test_what_is_kept_is_given_out(tmp_path: Path) -> None:
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        await talked(bot)

        (ann,) = await lines(settings, whose(f"slack:{ANN.id}", "", everything=False))
        (channel,) = await lines(settings, whose("", "slack:T1:C1", everything=False))
        made, *everything = await lines(settings, whose("", "", everything=True))

    assert "ann-asks" in str(ann["conversations"])
    assert "bob-asks" not in str(ann)
    assert [text for text in ("ann-asks", "bob-asks") if text not in str(channel["conversations"])] == []
    assert list(made) == ["made"]
    assert [list(one) for one in everything] == [["conversation"], ["message"], ["message"]]


@pytest.mark.parametrize(
    ("of", "left"),
    [
        (whose(f"slack:{ANN.id}", "", everything=False), ["bob-asks"]),
        (whose("", "slack:T1:C1", everything=False), []),
        (whose("", "", everything=True), []),
    ],
)
async def test_what_is_kept_is_erased_beside_the_bot(tmp_path: Path, of: Whose, left: list[str]) -> None:
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        await talked(bot)

        found, (first, *_, last) = await erased(settings, of)
        told = str(await lines(settings, whose("", "", everything=True)))

        assert [text for text in ("ann-asks", "bob-asks") if text in told] == left
        assert (found, first.startswith("Erased: ")) == (True, True)
        assert "backups" in last
        await finish(bot, await taken(bot, message("next")))


@pytest.mark.parametrize("of", EVERYBODYS)
async def test_what_is_asked_while_it_is_erased_is_answered_and_what_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: Whose
) -> None:
    monkeypatch.setattr(keeping, "STOPPED_SECONDS", 0.05)
    monkeypatch.setattr(keeping, "LOOK_SECONDS", 0.01)
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        before = await taken(bot, message("before"))
        erasing = asyncio.create_task(erased(settings, of))
        while not before.lease.stopped:
            await bot.renew([before.lease])
        await bot.accept(message("since", BOB))
        await bot.accept(message("since, too"))

        _, told = await erasing
        since = await claimed(bot)
        await finish(bot, before)

        assert "still being written" in told[1]
        assert since.turn.message.text == "since"
        assert (await claimed(bot)).turn.message.text == "since, too"
        await bot.renew([since.lease])
        assert not since.lease.stopped


def test_the_usage_lines_of_this_machine_name_nobody_any_more(tmp_path: Path) -> None:
    file = tmp_path / "usage-2026-11-21-a.jsonl"
    line = '{"person": "%s", "cost": 1}\n'
    file.write_text(line % ("a" * 20) + line % ("b" * 20) + line % ("a" * 20))

    blank(tmp_path, "a" * 20)
    assert file.read_text() == line % ("0" * 20) + line % ("b" * 20) + line % ("0" * 20)

    blank(tmp_path, "")
    assert list(tmp_path.iterdir()) == []


async def test_the_old_key_may_go_when_it_is_said(tmp_path: Path) -> None:
    both = chosen(tmp_path, history_key=f"{NEW},{OLD}")
    async with open_the_store(chosen(tmp_path), ()) as bot:
        await bot.choose(CHANNEL, ANN, persona="a pirate")
    async with open_the_store(both, ()) as bot:
        await talked(bot)
        done, sentences = await rekeyed(both)
        assert done
        assert "may be dropped" in sentences[-1]

    async with open_the_store(chosen(tmp_path, history_key=NEW), ()) as bot:
        claim = await taken(bot, message("next", BOB))
        assert (len(claim.exchanges), claim.choices.persona) == (2, "a pirate")


async def test_the_old_key_is_needed_while_a_process_runs_with_it_alone(tmp_path: Path) -> None:
    async with open_the_store(chosen(tmp_path), ()) as bot:
        await talked(bot)

        done, sentences = await rekeyed(chosen(tmp_path, history_key=f"{NEW},{OLD}"))

        assert not done
        assert sentences[-1].startswith("Keep the older keys")
    async with open_the_store(chosen(tmp_path), ()) as bot:  # and a new key that nothing was sealed with is not needed
        await bot.accept(message("next", BOB))
        assert len((await claimed(bot)).exchanges) == 2


async def test_a_key_that_does_not_fit_is_a_clear_stop(tmp_path: Path) -> None:
    async with open_the_store(chosen(tmp_path), ()) as bot:
        await talked(bot)
        for keys in (NEW, f"{NEW},{secrets.token_hex(32)}"):
            with pytest.raises(SettingsError, match="HISTORY_KEY is not the one"):
                await rekeyed(chosen(tmp_path, history_key=keys))
        done, sentences = await rekeyed(chosen(tmp_path))

    assert not done
    assert sentences[0].startswith("0 values")
    assert "HISTORY_KEY=new,old" in sentences[-1]


async def test_of_what_comes_from_a_copy_nothing_is_missed_and_nothing_else_is_forgotten(tmp_path: Path) -> None:
    settings = chosen(tmp_path)
    async with open_the_store(settings, ()) as bot:
        await talked(bot)

        sentences = await restored(settings, ("slack",))

        assert await bot.sights.newest("slack") == {}
        assert (await bot.accept(message("bob-asks", BOB))).outcome is Outcome.SEEN
        await bot.accept(message("next", BOB))
        assert (await bot.sights.newest("slack")).keys() >= {CHANNEL}
        assert len((await claimed(bot)).exchanges) == 2
    assert "nothing that was asked before now" in sentences[0]
    assert "erase it again" in sentences[1]
