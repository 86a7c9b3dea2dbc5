"""Entries are found by what they are called, the longest name first."""

import pytest

from playground.claude.mind.library import content, find, shelf, simple

SHELVES = ("lore", "stories", "lists", "tables", "parley", "words", "frames", "code_python", "code_bash", "code_sql")


@pytest.mark.parametrize("name", SHELVES)
def test_every_entry_of_a_shelf_has_names_and_a_text(name: str) -> None:
    entries = shelf(name)

    assert entries
    for entry in entries:
        assert all(entry.names), entry
        assert entry.text, entry.name
        assert entry.text.count("```") % 2 == 0, entry.name
        assert all(name == simple(name) for name in entry.names)


def test_the_longest_name_wins() -> None:
    found = find("lore", "what is a rest api?")

    assert found is not None
    assert found.name == "rest api"


def test_a_name_is_found_in_singular_and_plural_and_only_as_a_word() -> None:
    assert find("lists", "list some fruits") is find("lists", "name a fruit")
    assert find("lore", "the jsonify function") is None


def test_content_words_are_spelt_alike() -> None:
    assert content("What is my favourite colour?") == content("my favorite colors") == {"favorite", "color"}
