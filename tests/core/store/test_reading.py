"""What claim and look answer, opened."""

import pytest

from core.contract import Action
from core.store.reading import texts
from core.store.sealing import Sealer
from core.store.vault import Vault
from tests.core.store.world import ANN, CHANNEL, KEYS, NAMES, World, answer, claimed, finish

pytestmark = pytest.mark.anyio


async def test_a_claim_has_all_that_its_prompt_needs(world: World) -> None:
    store = await world.store()
    await answer(store, world.message("one"), "first")
    await store.choose(CHANNEL, ANN, model="claude-haiku-5-5")
    second = world.message("two")
    await store.accept(second)

    claim = await claimed(store)

    assert claim.turn.message == second
    assert (claim.turn.id, claim.lease.turn, claim.turn.attempt) == (second.id, second.id, 1)
    assert [past.messages[1]["content"] for past in claim.exchanges] == ["first"]
    assert claim.choices.model == "claude-haiku-5-5"


async def test_a_button_goes_on_with_the_old_question_on_the_old_screen(world: World) -> None:
    store = await world.store()
    message = world.message("one")
    await store.accept(message)
    await finish(store, await claimed(store), "first")
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
