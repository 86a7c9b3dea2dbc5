"""Who is who in Redis."""

import inspect
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import Place
from core.store import keys
from core.store.keys import Names, slug

NAMES = Names("parley", b"p" * 32)
PLACE = Place("slack", "T1", "C1")
ANY = st.text()


@given(ANY, ANY, ANY, ANY)
def test_different_things_have_different_pseudonyms(kind: str, value: str, other_kind: str, other_value: str) -> None:
    same = (kind, value) == (other_kind, other_value)

    assert (
        NAMES.pseudonym(kind, value) == NAMES.pseudonym(other_kind, other_value)
    ) is same or "\0" in kind + other_kind


@given(st.text(st.characters(), max_size=50))
def test_a_pseudonym_is_a_slug_of_eighty_bits_for_any_text(value: str) -> None:
    pseudonym = NAMES.pseudonym("person", value + "\ud800")

    assert len(pseudonym) == 20
    assert slug(pseudonym) == pseudonym


def place(parts: list[str]) -> Place:
    platform, space, channel, thread = parts
    return Place(platform, space, channel, thread)


@given(st.lists(ANY, min_size=4, max_size=4), st.lists(ANY, min_size=4, max_size=4))
def test_the_parts_of_a_place_do_not_run_into_each_other(one: list[str], two: list[str]) -> None:
    assert (NAMES.place(place(one)) == NAMES.place(place(two))) is (one == two)


def test_another_key_gives_other_pseudonyms_everywhere() -> None:
    other = Names("parley", b"q" * 32)

    assert NAMES.pseudonym("a", "b") != other.pseudonym("a", "b")
    assert NAMES.place(PLACE) != other.place(PLACE)


def test_at_a_channels_top_level_everybody_has_a_line_and_elsewhere_all_share_one() -> None:
    for place, own in ((PLACE, True), (replace(PLACE, thread="1"), False), (replace(PLACE, private=True), False)):
        assert (NAMES.line(place, "ann") != NAMES.line(place, "bob")) is own


def test_a_seat_has_lines_of_its_own_and_the_same_places_and_people() -> None:
    here, there = replace(NAMES, seat="5ea7"), replace(NAMES, seat="5ea8")
    private = replace(PLACE, private=True)

    assert len({names.line(private, "ann") for names in (NAMES, here, there)}) == 3
    assert [names.pool("terminal") for names in (NAMES, here)] == ["terminal", "terminal.5ea7"]
    assert here.place(private) == there.place(private)
    assert here.person("terminal", "ann") == there.person("terminal", "ann")


def test_a_thread_belongs_to_its_channel() -> None:
    assert NAMES.channel(replace(PLACE, thread="1")) == NAMES.channel(PLACE) == NAMES.place(PLACE)


@pytest.mark.parametrize("word", ["", "Slack", "a:b", "{a}", "a" * 33, "a b", "ä", "a\n"])
def test_only_a_slug_stands_in_a_key_in_clear(word: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        slug(word)


def test_the_secret_does_not_show() -> None:
    assert "pppp" not in repr(NAMES)


def test_all_keys_carry_one_hash_tag() -> None:
    assert NAMES.base == "{parley}:"


def test_the_list_of_keys_stands_in_the_docstring() -> None:
    listed = inspect.getdoc(keys) or ""
    words = [line.split()[0] for line in listed.splitlines() if line.startswith("    ") and line[4] != " "]

    assert [word.split(":")[0] for word in words] == [
        *("clock", "meta", "platforms", "ready"),
        *"qltx",
        "done",
        *"homgaenpfcwwyydz",
        *("over", "i", "r", "later", "held", *["day"] * 4, "holds", "holds", "holding"),
        *("s", "v", "unread"),
        *("cool", "home"),
        *"ubk",
    ]
