"""The contract's nouns as JSON and back."""

import json
import traceback
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import Action, File, Final, Json, Message, Person, Place, Progress
from core.dialogue import Exchange
from core.store import records
from core.store.records import Origin, Sighting
from core.store.sealing import Unreadable

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
PLACES = st.builds(Place, TEXT, TEXT, TEXT, TEXT, st.booleans())
MESSAGES = st.builds(
    Message,
    id=TEXT,
    place=PLACES,
    author=st.builds(Person, TEXT, TEXT, st.lists(TEXT).map(tuple), st.booleans()),
    at=FLOAT,
    address=st.dictionaries(TEXT, TEXT),
    text=TEXT,
    files=st.lists(st.builds(File, TEXT, TEXT, st.integers(0, 2**40))).map(tuple),
    direct=st.booleans(),
)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
Said = tuple[dict[str, Json], ...]
WORDS = st.lists(TEXT).map(tuple)
SAID = st.lists(st.dictionaries(TEXT, JSON, max_size=3), max_size=3).map(tuple)


@given(MESSAGES)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert records.MESSAGE.load(records.MESSAGE.dump(message)) == message


@given(st.builds(Final, TEXT, TEXT, st.lists(st.sampled_from(Action)).map(tuple)))
def test_a_final_comes_back_as_it_went(final: Final) -> None:
    assert records.FINAL.load(records.FINAL.dump(final)) == final


@given(st.builds(Exchange, TEXT, FLOAT, SAID, st.integers(0, 10**7), st.booleans(), WORDS, st.booleans(), WORDS, WORDS))
def test_an_exchange_comes_back_as_it_went(exchange: Exchange) -> None:
    assert records.load_exchange(records.dump_exchange(exchange)) == exchange


@given(st.builds(Origin, TEXT, TEXT, TEXT), st.builds(Sighting, PLACES, TEXT), st.lists(TEXT).map(tuple))
def test_our_own_records_come_back_as_they_went(origin: Origin, sighting: Sighting, shown: tuple[str, ...]) -> None:
    assert records.ORIGIN.load(records.ORIGIN.dump(origin)) == origin
    assert records.SIGHTING.load(records.SIGHTING.dump(sighting)) == sighting
    assert records.SHOWN.load(records.SHOWN.dump(shown)) == shown


def test_lone_surrogates_become_question_marks_wherever_they_are() -> None:
    message = Message(
        id="i\ud800",
        place=Place("slack", "T", "C"),
        author=Person("U", "n\udfff"),
        at=1.5,
        text="a\ud83db☺",
        files=(File("r", "\udc00", 1),),
    )
    exchange = Exchange("i", 1.5, ({"role": "user", "content": ["\ud800", {"\udfff": "x"}]},), 3)

    loaded = records.MESSAGE.load(records.MESSAGE.dump(message))
    said = records.load_exchange(records.dump_exchange(exchange))

    assert (loaded.text, loaded.author.name, loaded.id, loaded.files[0].name) == ("a?b☺", "n?", "i?", "?")
    assert said.messages == ({"role": "user", "content": ["?", {"?": "x"}]},)
    assert records.SHOWN.load(records.SHOWN.dump(("\ud800", "b"))) == ("?", "b")


def test_records_are_no_longer_than_they_need_to_be() -> None:
    assert records.ORIGIN.dump(Origin("a")) == b'{"id":"a","of":"","begun":"","stood":"","payer":""}'


def test_a_record_of_another_shape_is_unreadable_and_not_repeated() -> None:
    with pytest.raises(Unreadable) as caught:
        records.MESSAGE.load(json.dumps({"text": "terces"[::-1]}).encode())

    assert "".join(traceback.format_exception(caught.value)).count("secret") == 0
    assert caught.value.__cause__ is None


def test_a_record_of_a_later_release_is_read_as_far_as_we_know_it() -> None:
    assert records.FINAL.load(b'{"text": "x", "mood": "cheerful"}') == Final("x")


@given(TEXT, TEXT, SAID, SAID, TEXT, WORDS)
def test_the_results_of_tools_come_back_as_they_went(
    model: str, text: str, sent: Said, said: Said, container: str, cited: tuple[str, ...]
) -> None:
    progress = Progress(model, text, sent, said, container, cited)

    assert records.load_progress(records.dump_progress(progress)) == progress


def test_half_a_surrogate_in_the_results_of_tools_becomes_a_question_mark() -> None:
    progress = Progress("m", "\ud800", ())

    assert records.load_progress(records.dump_progress(progress)).text == "?"


def test_a_record_of_an_earlier_release_is_read() -> None:
    assert records.ORIGIN.load(b'{"id":"a","of":"b","begun":"c"}') == Origin("a", "b", "c")
    assert records.load_progress(b'{"model":"m","text":"t","sent":[],"said":[]}') == Progress("m", "t", ())
    assert records.load_exchange(b'{"id":"a","at":1,"messages":[],"tokens":0}') == Exchange("a", 1, ())


def test_addresses_of_another_shape_are_unreadable() -> None:
    with pytest.raises(Unreadable):
        records.load_exchange(b'{"id":"a","at":1,"messages":[],"tokens":0,"cited":[1]}')
    with pytest.raises(Unreadable):
        records.load_progress(b'{"model":"m","text":"t","sent":[],"said":[],"cited":"x"}')


def test_a_question_of_an_earlier_release_quotes_nobody() -> None:
    asked = Message(id="i", place=Place("slack", "T", "C"), author=Person("U"), at=1.5, text="x", quoted=("U2",))
    old = json.loads(records.MESSAGE.dump(asked))
    del old["quoted"]

    assert records.MESSAGE.load(json.dumps(old).encode()) == replace(asked, quoted=())


def test_what_fails_after_a_button_ends_where_it_began() -> None:
    first = Origin("question").again("p1", Action.REGENERATE, "an answer")
    second = first.again("p2", Action.RETRY, "")
    third = Origin("question").again("p3", Action.CONTINUE, "half of it").again("p4", Action.RETRY, "half of it")

    assert (first, second) == (Origin("p1", "question", "", "an answer"), Origin("p2", "question", "", "an answer"))
    assert third == Origin("p4", "question", "half of it", "half of it")


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"[]",
        b"1",
        b"no JSON",
        b"\xff",
        b'{"id": 1, "at": 1, "messages": [], "tokens": 0}',
        b'{"id": "i", "at": "today", "messages": [], "tokens": 0}',
        b'{"id": "i", "at": 1, "messages": {}, "tokens": 0}',
        b'{"id": "i", "at": 1, "messages": ["x"], "tokens": 0}',
        b'{"id": "i", "at": 1, "messages": [], "tokens": "many"}',
    ],
)
def test_an_exchange_of_another_shape_is_unreadable(text: bytes) -> None:
    with pytest.raises(Unreadable):
        records.load_exchange(text)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"[]",
        b"{",
        b'{"model": "m", "text": "x", "sent": [1], "said": []}',
        b'{"model": 1, "text": "x", "sent": [], "said": []}',
        b'{"model": "m", "text": "x", "sent": {}, "said": []}',
    ],
)
def test_the_results_of_tools_of_another_shape_are_unreadable(text: bytes) -> None:
    with pytest.raises(Unreadable):
        records.load_progress(text)


def test_who_asked_is_known_of_a_message_of_another_shape() -> None:
    message = Message(id="i", place=Place("slack", "T", "C"), author=Person("U"), at=1.5, text="x", address={"a": "b"})
    later = records.MESSAGE.dump(message).replace(b'"text":"x"', b'"parts":["x"]')

    asked = records.ASKED.load(later)

    assert (asked.id, asked.place, asked.author, asked.address) == ("i", message.place, message.author, {"a": "b"})
    with pytest.raises(Unreadable):
        records.MESSAGE.load(later)
