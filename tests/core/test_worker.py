"""A worker takes what is free, gives back what it cannot finish, and lets another one go on in the same message."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from core import engine, worker
from core.contract import Action, Place, Reply
from core.dialogue import Answer, Prompt
from core.engine import ATTEMPTS
from core.errors import GivenUp, StoreDown
from core.store import Claim, Lease, Unreadable
from tests.core.office import Office, office
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_live_answers_may_end_while_it_drains(valkey: Path) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 20) as here:
        message = await here.begin()
        await here.worker.drain(5)

    assert here.desk.screens[message.id].shown == [("word " * 20).strip()]


async def test_what_does_not_end_in_time_is_given_back_and_finished_by_another_in_the_same_message(
    valkey: Path,
) -> None:
    async with office(valkey, pause=0.05, says=lambda _: "word " * 500) as here:
        message = await here.begin()
        await here.worker.drain(0.05)
        before = dict(here.desk.screens)

    async with office(valkey, keep=True) as there:
        there.desk.screens = before
        await there.settled(message)

    screen = before[message.id]
    assert screen.shown == ["You said: hello"]
    assert len(screen.calls("post")) == 1


async def test_many_lines_are_answered_at_once(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 10) as here:
        begun = asyncio.get_running_loop().time()
        messages = [here.message(f"from {n}", place=_channel(n)) for n in range(20)]
        await asyncio.gather(*(here.tell(message) for message in messages))
        for message in messages:
            await here.settled(message)
        took = asyncio.get_running_loop().time() - begun

    assert len(here.speaker.prompts) == 20
    assert took < 20 * 10 * 0.02


async def test_questions_that_come_together_are_claimed_together(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(valkey, pause=0.02) as here:
        under_way, most, claim = 0, 0, here.store.claim

        async def counted() -> Claim | None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            try:
                return await claim()
            finally:
                under_way -= 1

        monkeypatch.setattr(here.store, "claim", counted)
        messages = [here.message(f"from {n}", place=_channel(n)) for n in range(20)]
        await asyncio.gather(*(here.tell(message) for message in messages))
        for message in messages:
            await here.settled(message)

    assert 1 < most <= worker.CLAIMS
    assert len(here.speaker.prompts) == 20


async def test_who_finds_nothing_to_do_or_no_redis_waits_before_asking_again(here: Office) -> None:
    asked, is_away, claim = 0, False, here.store.claim

    async def counted() -> Claim | None:
        nonlocal asked
        asked += 1
        if is_away:
            raise StoreDown("gone")
        return await claim()

    here.store.claim = counted  # type: ignore[method-assign]  # Redis goes, and comes back
    await here.ask()
    await asyncio.sleep(0.2)
    is_away = True
    here.store.wake()
    await asyncio.sleep(0.2)
    is_away = False
    await here.ask("there again?")

    assert asked < 20


async def test_a_record_that_cannot_be_read_holds_up_no_other_and_stands_in_the_log(
    here: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "TROUBLE_SECONDS", (60.0, 60.0))
    unread, claim = [Unreadable("a value that nobody opens")], here.store.claim

    async def strange() -> Claim | None:
        if unread:
            raise unread.pop()
        return await claim()

    here.store.claim = strange  # type: ignore[method-assign]  # what another release has left
    await here.ask("one")
    await here.ask("another")

    assert here.speaker.questions == ["one", "another"]
    assert "store trouble" in caplog.text


async def test_a_process_that_has_much_to_do_leaves_what_comes_to_one_that_has_not(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in {"CLAIMS": 1, "EASE": 2, "COURTESY_SECONDS": 60}.items():
        monkeypatch.setattr(worker, name, number)
    async with office(valkey, pause=0.3, says=lambda _: "word " * 100) as here:
        for number in range(10):
            await here.tell(here.message(place=_channel(number)))
        await until(lambda: _are_busy(2, here))
        async with office(valkey, keep=True, pause=0.3, says=lambda _: "word " * 100) as there:
            await until(lambda: _are_busy(2, there))
            assert (here.worker.busy, there.worker.busy) == (2, 2)
            await asyncio.gather(here.worker.drain(0), there.worker.drain(0))


async def test_where_all_have_much_to_do_nobody_waits_to_be_claimed(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in {"EASE": 2, "COURTESY_SECONDS": 0.01}.items():
        monkeypatch.setattr(worker, name, number)
    async with office(valkey, pause=0.3, says=lambda _: "word " * 100) as here:
        for number in range(10):
            await here.tell(here.message(place=_channel(number)))
        await until(lambda: _are_busy(10, here))
        await here.worker.drain(0)


async def test_one_process_walks_so_many_at_once_and_no_more(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AT_ONCE", 2)
    async with office(valkey, pause=0.01) as here:
        most, answer = 0, here.speaker.answer

        async def counted(prompt: Prompt, reply: Reply) -> Answer:
            nonlocal most
            most = max(most, here.worker.busy)
            return await answer(prompt, reply)

        monkeypatch.setattr(here.speaker, "answer", counted)
        messages = [here.message(place=_channel(number)) for number in range(10)]
        await asyncio.gather(*(here.tell(message) for message in messages))
        for message in messages:
            await here.settled(message)

    assert most == 2


async def test_who_waits_for_room_claims_nothing_while_it_drains(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AT_ONCE", 1)
    async with office(valkey, pause=0.01) as here:
        late, claim = 0, here.store.claim

        async def counted() -> Claim | None:
            nonlocal late
            late += here.worker._draining.is_set()
            return await claim()

        monkeypatch.setattr(here.store, "claim", counted)
        await here.begin()

    assert late == 0


def _are_busy(number: int, *offices: Office) -> bool:
    return sum(one.worker.busy for one in offices) >= number


def _channel(number: int) -> Place:
    return Place("fake", "T1", f"C{number}")


async def test_after_five_attempts_the_person_reads_a_sentence_with_retry(valkey: Path) -> None:
    async with office(valkey) as here:
        await here.worker.drain(0)
        message = await here.asked()
        for _ in range(ATTEMPTS):
            assert await here.store.claim() is not None
            _forget_the_lease(valkey)

    async with office(valkey, keep=True) as there:
        shown = await there.answer(message)
        page = next(iter(there.desk.screens[message.id].messages.values()))

    assert GivenUp.advice in shown
    assert page.buttons == (Action.RETRY,)
    assert not there.speaker.prompts


def _forget_the_lease(valkey: Path) -> None:
    """As if it had run out."""
    with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
        for line in redis.zrange("{parley}:ready:fake", 0, -1):
            redis.zadd("{parley}:ready:fake", {line: 0})


async def test_what_is_live_keeps_its_lease_while_the_worker_drains(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEWAL_SECONDS", 0.05)
    async with office(valkey, pause=0.03, says=lambda _: "word " * 20) as here:
        await here.begin()
        draining = asyncio.create_task(here.worker.drain(5))
        before = _end_of_lease(valkey)
        await asyncio.sleep(0.2)
        after = _end_of_lease(valkey)
        await draining

    assert after > before


def _end_of_lease(valkey: Path) -> float:
    with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
        [(_, score)] = redis.zrange("{parley}:ready:fake", 0, -1, withscores=True)
    return float(score)


async def test_a_claim_that_comes_during_the_drain_is_given_back_uncounted(valkey: Path) -> None:
    async with office(valkey) as here:
        message = here.message()
        claim = here.store.claim

        async def late() -> Claim | None:
            found = await claim()
            if found is not None:
                here.worker._draining.set()
            return found

        here.store.claim = late  # type: ignore[method-assign]  # the moment between the claim and the walk
        await here.tell(message)
        await until(lambda: _is_draining(here))

    async with office(valkey, keep=True) as there:
        taken = await there.answer(message)
        [prompt] = there.speaker.prompts

    assert not here.speaker.prompts
    assert taken == "You said: hello"
    assert prompt is not None


def _is_draining(here: Office) -> bool:
    return here.worker._draining.is_set()


async def test_a_turn_that_lost_redis_is_given_back_as_soon_as_it_is_there_again_and_the_log_says_so(
    here: Office, valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = here.store.done
    failed: list[Lease] = []

    async def away(lease: Lease, *, leaves: bool = False) -> None:
        if not failed:
            failed.append(lease)
            raise StoreDown("gone")
        await done(lease, leaves=leaves)

    here.store.done = away  # type: ignore[method-assign]  # Redis goes at this moment, and comes back
    began = asyncio.get_running_loop().time()
    said = await here.ask()
    with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
        await until(lambda: _owes_nothing(redis))
    took = asyncio.get_running_loop().time() - began

    assert failed
    assert said == "You said: hello"
    assert took < 5  # half a lease
    assert "turn lost" in caplog.text
    assert len(here.speaker.prompts) == 1


def _owes_nothing(redis: Redis) -> bool:
    return redis.zcard("{parley}:ready:fake") == 0


async def test_what_somebody_else_has_taken_ends_here_and_the_log_says_so(
    valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 200) as here:
        await here.begin()
        with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
            [line] = redis.keys("{parley}:l:*")
            redis.hincrby(line, "fence", 1)

        await here.worker._hold()
        await until(here._is_idle)

    assert "turn lost" in caplog.text


async def test_an_answer_that_is_ready_is_kept_while_redis_is_away_and_its_person_is_told(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "AWAY_SECONDS", 0.02)
    commit, left = here.store.commit, iter(range(50))

    async def away(*args: Any) -> None:
        if next(left, None) is not None:
            raise StoreDown("gone")
        await commit(*args)

    here.store.commit = away  # type: ignore[method-assign, assignment]  # Redis goes at this moment
    message = await here.asked()
    said = await here.answer(message)

    assert said == "You said: hello"
    assert len(here.speaker.prompts) == 1
    assert engine.AWAY in [call.text for call in here.desk.screens[message.id].calls("status")]
