"""No event can carry a text, and every event says its facts."""

import dataclasses
import json
import typing
from collections.abc import Iterator
from enum import Enum

import pytest

from core import events
from core.telling import LogEvent, Pseudonym, Slug, facts

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
    said = json.loads(json.dumps(facts(_made(kind))))

    assert set(said) == {field.name for field in dataclasses.fields(kind)}
    assert not any("<" in str(value) for value in said.values())
