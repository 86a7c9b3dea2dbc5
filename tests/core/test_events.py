"""No event can carry a text, and every event says its facts."""

import dataclasses
import json
import logging
import logging.handlers
import typing
from collections.abc import Iterator
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events
from core.events import LogEvent, Pseudonym, Slug

RESERVED = {"at", "level", "event", "logger", "where", "exception", "frames"}
"""Names that a line has of its own."""


def _kinds(root: type[LogEvent] = LogEvent) -> Iterator[type[LogEvent]]:
    # A slotted dataclass leaves the class that it was made from behind, as a subclass without fields.
    for kind in root.__subclasses__():
        if "__slots__" in vars(kind):
            yield kind
        yield from _kinds(kind)


KINDS = sorted(set(_kinds()), key=lambda kind: kind.__name__)


def _sample(kind: object) -> object:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {bool: True, int: 3, float: 1.5, Slug: Slug("busy"), Pseudonym: Pseudonym("a2b2c3d4e5f607182930")}[kind]  # type: ignore[index]  # looked up as found


def _made(kind: type[LogEvent]) -> LogEvent:
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: _sample(hints[field.name]) for field in dataclasses.fields(kind)})


def test_there_are_events() -> None:
    assert {events.Accepted, events.TurnEnded, events.Stopped} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_is_a_number_a_switch_an_enum_a_slug_or_a_pseudonym(kind: type[LogEvent]) -> None:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        assert hint in (bool, int, float, Slug, Pseudonym) or issubclass(hint, Enum), field.name
        assert field.name not in RESERVED


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_frozen_and_closed(kind: type[LogEvent]) -> None:
    event = _made(kind)

    assert not hasattr(event, "__dict__")
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        event.note = "text"  # type: ignore[attr-defined]  # that it does not exist is the point


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_says_all_its_facts_in_json(kind: type[LogEvent]) -> None:
    said = json.loads(json.dumps(events.facts(_made(kind))))

    assert set(said) == {field.name for field in dataclasses.fields(kind)}
    assert not any("<" in str(value) for value in said.values())


def test_an_event_is_called_by_its_name_in_plain_words() -> None:
    assert events.title(events.TurnEnded) == "turn ended"
    assert events.title(events.Started) == "started"


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
    assert events.facts(Careless(value)) == {"value": f"<{type(value).__name__}>"}


def test_an_event_reaches_the_log_as_itself() -> None:
    logger = logging.getLogger(events.LOGGER)
    memory = logging.handlers.MemoryHandler(capacity=10)
    logger.addHandler(memory)
    try:
        events.emit(events.Disconnected(platform=Slug("slack"), code=Slug("1006")))
    finally:
        logger.removeHandler(memory)

    assert [record.levelno for record in memory.buffer] == [logging.WARNING]
    assert memory.buffer[0].getMessage() == "disconnected platform=slack code=1006"
