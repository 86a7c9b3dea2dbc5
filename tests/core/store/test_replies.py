"""What claim and look answer, opened."""

import pytest

from core.contract import Action, Message
from core.dialogue import Choices
from core.store import Claim, Store, records
from core.store.replies import TIMES, Yielding, chosen, texts
from core.store.sealing import Sealer, Unreadable
from core.store.vault import Vault
from tests.core.store.world import ANN, BOB, CHANNEL, KEYS, NAMES, World, answer, change, claimed, finish, taken

pytestmark = pytest.mark.anyio


async def test_a_claim_has_all_that_its_prompt_needs(world: World, store: Store) -> None:
    await answer(store, world.message("one"), "first")
    await store.choose(CHANNEL, ANN, model="claude-haiku-5-5")
    second = world.message("two")
    await store.accept(second)

    claim = await claimed(store)

    assert claim.turn.message == second
    assert (claim.turn.id, claim.lease.turn, claim.turn.attempt) == (second.id, second.id, 1)
    assert [past.messages[1]["content"] for past in claim.exchanges] == ["first"]
    assert claim.choices.model == "claude-haiku-5-5"


async def test_a_button_goes_on_with_the_old_question_on_the_old_screen(world: World, store: Store) -> None:
    message = world.message("one")
    await finish(store, await taken(store, message), "first")
    press = world.press(Action.REGENERATE, message.id)
    await store.again(press, admin=False)

    claim = await claimed(store)

    assert (claim.turn.id, claim.turn.of, claim.turn.shown) == (press.id, message.id, ("m1",))
    assert claim.turn.message.text == "one"


async def test_what_was_never_written_is_not_there(world: World) -> None:
    vault = Vault(NAMES, Sealer(KEYS))
    message = world.message()
    place, turn = NAMES.place(CHANNEL), NAMES.turn("slack", message.id)

    found = texts(vault, (vault.seal_message(message, place, turn), b"", b"", b""), place, turn)

    assert (found[0], found[1].id, found[2:]) == (message, message.id, ((), None))


LATER = b'{"release": 2}'


def put(world: World, id: str, field: str, vault: Vault, text: bytes = LATER) -> None:
    """Something that only a later release reads, in the place of a text of a turn."""
    turn = NAMES.turn("slack", id)
    sealed = vault._seal(text, NAMES.place(CHANNEL), f"x:{turn}", field)
    world.redis.hset("{parley}:x:" + turn, field, sealed)


async def test_what_we_cannot_read_is_left_to_others_and_told_in_the_end(world: World, store: Store) -> None:
    asked = world.message()
    await store.accept(asked)
    put(world, asked.id, "f", Vault(NAMES, Sealer(KEYS)))

    for _ in range(TIMES):
        with pytest.raises(Unreadable):
            await store.claim()
        assert await store.claim() is None
        world.sleep(Yielding.pause)
    claim = await claimed(store)

    assert (claim.unread, claim.gaps, claim.turn.message, claim.turn.final) == (True, False, asked, None)


async def test_a_process_that_can_read_it_answers_what_another_left(world: World) -> None:
    newer = b"n" * 32
    here, there = await world.store(), await world.store(keys=(newer, *KEYS))
    await answer(there, world.message("one"))
    await here.accept(world.message("two"))

    with pytest.raises(Unreadable):
        await here.claim()
    world.sleep(Yielding.pause)
    claim = await claimed(there)

    assert (len(claim.exchanges), claim.gaps, claim.unread) == (1, False, False)


async def test_where_nobody_could_read_what_was_said_before_nobody_waits_for_it_again(world: World) -> None:
    there, here = await world.store(keys=(b"n" * 32,)), await world.store()
    await answer(there, world.message("one"))
    for _ in range(TIMES):
        await here.accept(world.message("two"))
        with pytest.raises(Unreadable):
            await here.claim()
        world.sleep(Yielding.pause)
    second = await claimed(here)
    await finish(here, second)

    third = await claimed(here)

    assert (second.gaps, second.exchanges) == (True, ())
    assert (third.gaps, len(third.exchanges)) == (True, 1)


async def test_a_turn_that_does_not_tell_who_asked_leaves_its_line_and_comes_back(world: World, store: Store) -> None:
    asked, behind = world.message(), world.message()
    vault = Vault(NAMES, Sealer(KEYS))
    await store.accept(asked)
    await store.accept(behind)
    put(world, asked.id, "m", vault)
    for _ in range(TIMES + 1):
        with pytest.raises(Unreadable):
            await store.claim()
        world.sleep(Yielding.pause)

    assert (await answered(store)).turn.message == behind
    assert await store.claim() is None
    put(world, asked.id, "m", vault, records.MESSAGE.dump(asked))
    world.sleep(Yielding.absence)
    claim = await answered(store)

    assert (claim.turn.message, claim.turn.attempt) == (asked, 2)
    assert [past.id for past in claim.exchanges] == [behind.id]
    assert await store.claim() is None


async def test_what_nobody_can_read_in_a_week_goes_and_so_does_what_is_erased(world: World, store: Store) -> None:
    asked = world.message()
    for erased in (False, True):
        asked = world.message()
        await store.accept(asked)
        put(world, asked.id, "m", Vault(NAMES, Sealer(KEYS)))
        for _ in range(TIMES + 1):
            with pytest.raises(Unreadable):
                await store.claim()
            world.sleep(Yielding.pause)
        assert len(world.keys("*:x:*")) == 1
        if erased:
            await store.holdings.erase_person("slack", ANN.id)
        else:
            world.sleep(7 * 86_400)
            with pytest.raises(Unreadable):
                await store.claim()
        assert world.keys("*:x:*") == []
        assert await store.claim() is None


async def holds_up_no_other(
    world: World, store: Store, record: str, field: str, asked: Message, other: Message
) -> None:
    """While its record lacks a field nobody is kept waiting; it is answered when somebody who knows has come."""
    known = world.redis.hget(record, field)
    world.redis.hdel(record, field)

    assert (await answered(store)).turn.message == other
    assert await store.claim() is None
    world.redis.hset(record, field, known)
    world.sleep(60)
    assert (await answered(store)).turn.message == asked


@pytest.mark.parametrize("field", ["place", "root", "rt", "pf", "author", "a"])
async def test_a_record_that_only_another_release_knows_holds_up_no_other_line(
    world: World, store: Store, field: str
) -> None:
    asked, other = world.message(), world.message(author=BOB)
    await store.accept(asked)
    await store.accept(other)
    record = "{parley}:t:" + NAMES.turn("slack", asked.id)
    await holds_up_no_other(world, store, record, field, asked, other)


@pytest.mark.parametrize("field", ["line", "order"])
async def test_a_record_of_another_release_that_is_held_back_holds_up_no_line(
    world: World, store: Store, field: str
) -> None:
    asked, other = world.message(), world.message(author=BOB)
    await store.accept(asked)
    await store.accept(other)
    turn = NAMES.turn("slack", asked.id)
    record, queue = "{parley}:t:" + turn, "{parley}:q:" + NAMES.line(CHANNEL, ANN.id)
    world.redis.zrem(queue, turn)
    world.redis.zadd("{parley}:later:slack", {turn: world.now})
    await holds_up_no_other(world, store, record, field, asked, other)


async def test_an_edit_of_what_cannot_be_read_holds_nothing_up_and_a_deletion_is_followed(
    world: World, store: Store
) -> None:
    asked = world.message()
    await store.accept(asked)
    put(world, asked.id, "m", Vault(NAMES, Sealer(KEYS)))

    await store.change(change(asked, "edited"))
    assert len(world.keys("*:x:*")) == 1
    await store.change(change(asked, None))

    assert world.keys("*:x:*") == []


async def answered(store: Store) -> Claim:
    claim = await claimed(store)
    await finish(store, claim)
    return claim


def test_what_can_be_read_of_choices_holds() -> None:
    vault, strange, here = Vault(NAMES, Sealer(KEYS)), Vault(NAMES, Sealer((b"n" * 32,))), NAMES.place(CHANNEL)
    [model], [persona] = vault.seal_choices({"model": "a"}, here), strange.seal_choices({"persona": "b"}, here)

    assert chosen(vault, (here, [("model", model), ("persona", persona)]))[0] == Choices(model="a")
    assert chosen(vault, (here, [("model", model)])) == (Choices(model="a"), None)


def test_patience_is_over_after_so_many_times_for_each_by_itself() -> None:
    yielding = Yielding(2)

    assert [yielding.is_over("a") for _ in range(4)] == [False, False, True, True]
    assert not yielding.is_over("b")
    assert Yielding(0).is_over("a")
