"""The contract's nouns as sealed values."""

import pytest

from core.contract import Final, Message, Person, Place
from core.dialogue import Choices, Exchange
from core.store.keys import Names
from core.store.records import Origin, Sighting
from core.store.sealing import Sealer, Unreadable
from core.store.vault import Vault

VAULT = Vault(Names("parley", b"p" * 32), Sealer((b"h" * 32,)))
MESSAGE = Message(id="1", place=Place("slack", "T", "C"), author=Person("U"), at=1.0, text="secret")


def test_everything_comes_back() -> None:
    exchange, sighting = Exchange("1", 1.0, ({"role": "user", "content": "x"},), 3), Sighting(MESSAGE.place, "1")

    assert VAULT.message(VAULT.seal_message(MESSAGE, "p", "t"), "p", "t") == MESSAGE
    assert VAULT.origin(VAULT.seal_origin(Origin("1", "2", "3"), "p", "t"), "p", "t") == Origin("1", "2", "3")
    assert VAULT.shown(VAULT.seal_shown(("a", "b"), "p", "t"), "p", "t") == ("a", "b")
    assert VAULT.final(VAULT.seal_final(Final("x"), "p", "t"), "p", "t") == Final("x")
    assert VAULT.exchanges([("p", "e", VAULT.seal_exchange(exchange, "p", "e"))]) == (exchange,)
    assert VAULT.sighting(VAULT.seal_sighting(sighting, "p"), "p", "slack") == sighting


def test_what_is_not_there_is_nothing() -> None:
    assert VAULT.origin(b"", "p", "t") is None
    assert VAULT.final(b"", "p", "t") is None
    assert VAULT.shown(b"", "p", "t") == ()
    assert VAULT.choices() == Choices()


def test_choices_of_the_nearer_place_count_more() -> None:
    around = list(zip(("model", "effort"), VAULT.seal_choices({"model": "a", "effort": "b"}, "c"), strict=True))
    own = list(zip(("model",), VAULT.seal_choices({"model": "d"}, "t"), strict=True))

    assert VAULT.choices(("c", around), ("t", own)) == Choices(model="d", effort="b")


def test_no_value_opens_in_the_place_of_another() -> None:
    sealed = VAULT.seal_message(MESSAGE, "p", "t")

    for open_it in (
        lambda: VAULT.message(sealed, "p", "other turn"),
        lambda: VAULT.message(sealed, "other place", "t"),
        lambda: VAULT.final(sealed, "p", "t"),
        lambda: VAULT.shown(sealed, "p", "t"),
        lambda: VAULT.exchanges([("p", "t", sealed)]),
        lambda: VAULT.choices(("p", [("model", sealed)])),
    ):
        with pytest.raises(Unreadable):
            open_it()


def test_a_choice_that_only_another_release_knows_is_left_out() -> None:
    chosen = list(zip(("model", "voice"), VAULT.seal_choices({"model": "a", "voice": "deep"}, "c"), strict=True))

    assert VAULT.choices(("c", chosen)) == Choices(model="a")


def test_of_a_message_of_another_shape_it_is_told_who_asked() -> None:
    asked = VAULT.asked(VAULT.seal_message(MESSAGE, "p", "t"), "p", "t")

    assert (asked.id, asked.place, asked.author, asked.text) == ("1", MESSAGE.place, MESSAGE.author, "")
