"""What can be told to the log, and how it comes there."""

import dataclasses
import logging
import logging.handlers
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import Disconnected, Started, TurnEnded
from core.telling import LOGGER, LogEvent, Pseudonym, Slug, emit, facts, title


def test_an_event_is_called_by_its_name_in_plain_words() -> None:
    assert title(TurnEnded) == "turn ended"
    assert title(Started) == "started"


@given(st.text())
def test_a_slug_is_a_short_plain_word_or_nothing(text: str) -> None:
    made = Slug.of(text)

    assert made in (text, "-", "unfit")
    assert Slug(made) == made


@pytest.mark.parametrize("text", ["", "two words", "a@b.c", "é", "a" * 65, "line\n"])
def test_what_is_no_slug_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a slug$"):
        Slug(text)


@pytest.mark.parametrize(
    "text", ["", "U024BE7LH", "1400000000000000040", "123456789012345678901234567890", "some one who wrote"]
)
def test_an_id_in_clear_is_no_pseudonym(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a pseudonym$"):
        Pseudonym(text)


@dataclasses.dataclass(frozen=True, slots=True)
class Careless(LogEvent):
    value: typing.Any


@pytest.mark.parametrize(
    "value", ["a text", b"bytes", ["list"], 123456789012345678, 1763721600.0001, float("nan"), None]
)
def test_what_slips_past_the_type_checker_is_told_by_its_type_alone(value: object) -> None:
    assert facts(Careless(value)) == {"value": f"<{type(value).__name__}>"}


def test_an_event_reaches_the_log_as_itself() -> None:
    logger = logging.getLogger(LOGGER)
    memory = logging.handlers.MemoryHandler(capacity=10)
    logger.addHandler(memory)
    try:
        emit(Disconnected(platform=Slug("slack"), code=Slug("1006")))
    finally:
        logger.removeHandler(memory)

    assert [record.levelno for record in memory.buffer] == [logging.WARNING]
    assert memory.buffer[0].getMessage() == "disconnected platform=slack code=1006"
