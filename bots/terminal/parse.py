"""A typed line as an event. No I/O."""

from core.commands import parse_command
from core.contract import Command, Message, Person, Place


def to_event(line: str, *, id: str, place: Place, author: Person, at: float) -> Message | Command | None:
    """The question or the command that a line is, or None when it is blank. `at` in seconds since 1970."""
    text = line.strip()
    if not text:
        return None
    command = parse_command(text)
    if command is None:
        return Message(id=id, place=place, author=author, at=at, text=text)
    name, argument = command
    return Command(id=id, place=place, author=author, at=at, name=name, argument=argument)
