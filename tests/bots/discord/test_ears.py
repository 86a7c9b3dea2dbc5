"""The gateway's websockets: one for all servers, or several, each for its part of them."""

import threading
import time
from itertools import pairwise

import pytest
from discord.gateway import KeepAliveHandler

from bots.discord import ears
from bots.discord.ears import UNNOTICED_SECONDS, ShardedEars
from bots.discord.shards import ALONE, Shards
from core.contract import Place
from playground.discord.snowflakes import shard
from tests.bots.discord.desk import GENERAL, GUILD, House, at_work, neighbour, sharded
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ears, "IDENTIFY_SECONDS", 0.05)


def identified(here: House) -> list[list[int]]:
    return [one["shard"] for one in here.records("connections") if one["event"] == "identify"]


async def test_two_shards_hear_all_servers_and_direct_messages(here: House) -> None:
    other = neighbour(here)
    both = await sharded(here, Shards((0, 1), 2))
    inbox = Notebook()
    async with at_work(both, inbox):
        for where in ({"channel": GENERAL}, {"channel": other}, {"dm": True}):
            here.say(f"{next(iter(where.values()))}", mention=True, **where)
        await until(lambda: len(inbox.events) == 3)

    assert sorted(identified(here)) == [[0, 2], [1, 2]]
    assert {event.place.channel for event in inbox.events} >= {GENERAL, other}
    await both.platform.close()


async def test_a_process_hears_the_servers_of_its_shards_alone(here: House) -> None:
    other, mine = neighbour(here), shard(int(GUILD), 2)
    platforms = [await sharded(here, Shards((number,), 2)) for number in (mine, 1 - mine)]
    inboxes = [Notebook(), Notebook()]
    async with at_work(platforms[0], inboxes[0]), at_work(platforms[1], inboxes[1]):
        here.say("here", mention=True)
        here.say("next door", channel=other, mention=True)
        await until(lambda: all(inbox.events for inbox in inboxes))

    assert [inbox.texts for inbox in inboxes] == [["here"], ["next door"]]
    for one in platforms:
        await one.platform.close()


async def test_as_many_shards_as_discord_says(here: House) -> None:
    one = await sharded(here, Shards())
    async with at_work(one, Notebook()):
        assert identified(here) == [[0, 1]]
    await one.platform.close()


async def test_a_shard_that_was_lost_is_resumed_or_reads_what_it_missed(here: House) -> None:
    other = neighbour(here)
    both = await sharded(here, Shards((0, 1), 2))
    place = Place("discord", str(here.ground.world.channels[int(other)].guild), other)
    inbox = Notebook()
    async with at_work(both, inbox):
        here.do("drop")
        here.say("while you were gone", channel=other, mention=True)
        await until(lambda: inbox.texts == ["while you were gone"])
        inbox.seen = {place: inbox.events[0].id}
        here.do("op9", resumable=False)
        here.say("and again", channel=other, mention=True)
        await until(lambda: "and again" in inbox.texts)
        await until(lambda: both.platform.gateway.is_connected)

    assert "resume" in [one["event"] for one in here.records("connections")]
    await both.platform.close()


@pytest.mark.parametrize(("is_sharded", "sessions"), [(False, 4), (True, 8)])
async def test_sessions_that_do_not_last_are_begun_less_and_less_often(
    here: House, *, is_sharded: bool, sessions: int
) -> None:
    """discord.py would begin one every five seconds, and 1,000 a day have Discord reset the token."""
    one = await sharded(here, Shards((0, 1), 2)) if is_sharded else here
    came = list[float]()
    async with at_work(one, Notebook()):
        for _ in range(sessions):
            await until(lambda: one.platform.gateway.is_connected)
            came.append(time.monotonic())
            here.do("op9", resumable=False)
            await until(lambda: not one.platform.gateway.is_connected)

    assert max(later - earlier for earlier, later in pairwise(came[-3:])) > 0.2  # it began with 0.05 s
    await one.platform.close()


async def test_one_shard_whose_session_ends_soon_begins_another_while_the_others_listen_on(here: House) -> None:
    four = await sharded(here, Shards((0, 1, 2, 3), 4))
    async with at_work(four, Notebook()):
        await until(lambda: four.platform.gateway.is_connected)
        listening, sessions = four.platform.gateway.ears, here.ground.gateway.sessions
        gone = next(session for session in sessions.values() if session.shard == (1, 4))
        assert gone.socket
        del sessions[gone.id]
        gone.socket.op(9, False)
        await until(lambda: len(identified(here)) > 4)
        await until(lambda: four.platform.gateway.is_connected)

        assert four.platform.gateway.ears is listening
        assert identified(here)[4:] == [[1, 4]]
    await four.platform.close()


async def test_a_gateway_that_takes_no_session_is_asked_less_and_less_often(here: House) -> None:
    here.do("op9", identifies=3)
    async with at_work(here, Notebook()):
        assert here.platform.gateway.is_connected

    asked = [one["event"] for one in here.records("connections")]
    assert asked[:4] == [*["refused"] * 3, "identify"]
    hearts = [one for one in threading.enumerate() if isinstance(one, KeepAliveHandler)]
    assert all(one._stop_ev.is_set() for one in hearts)


async def test_a_session_that_lasted_is_followed_by_another_one_at_once(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ears, "BRIEF_SECONDS", 0.0)
    async with at_work(here, Notebook()):
        listening = here.platform.gateway.ears
        here.do("op9", resumable=False)
        await until(lambda: not here.platform.gateway.is_connected)
        await until(lambda: here.platform.gateway.is_connected)

        assert here.platform.gateway.ears is listening


async def test_what_is_heard_of_a_lost_shard_is_when_it_was_lost() -> None:
    told: list[float] = []

    async def heard(kind: str, payload: object) -> None:
        raise AssertionError(kind)

    listening = ears.listener(heard, told.append, Shards((0, 1), 2), {}, wants_content=False, proxy=None)
    assert isinstance(listening, ShardedEars)
    ready = '{"t":"READY","s":1,"op":0,"d":{"shard":[%d,2]}}'
    for number in (0, 1):
        await listening.on_socket_raw_receive(ready % number)
    assert listening.is_connected
    await listening.on_shard_disconnect(1)
    assert not listening.is_connected
    lost_at = listening.lost[1]
    await listening.on_socket_raw_receive(ready % 1)

    assert told == [float("inf"), float("inf"), lost_at - UNNOTICED_SECONDS]
    assert listening.is_connected


@pytest.mark.parametrize("shards", [ALONE, Shards((0, 1), 2), Shards((3,), 16)])
async def test_all_shards_together_begin_less_than_a_thousand_sessions_a_day(shards: Shards) -> None:
    async def heard(kind: str, payload: object) -> None:
        raise AssertionError(kind)

    listening = ears.listener(heard, lambda _: None, shards, {}, wants_content=False, proxy=None)

    assert 86_400 / listening.apart * (shards.count or 1) * listening.often < 1_000
