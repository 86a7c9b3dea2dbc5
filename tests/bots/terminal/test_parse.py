"""A typed line is a question, a command, or nothing."""

from bots.terminal.parse import to_event
from core.contract import Command, Message, Person, Place

PLACE = Place("terminal", "local", "ana", private=True)


def parse(line: str) -> Message | Command | None:
    return to_event(line, id="1", place=PLACE, author=Person("ana"), at=5.0)


def test_a_line_is_a_question() -> None:
    question = parse(" why is the sky blue? \n")

    assert isinstance(question, Message)
    assert (question.text, question.id, question.at, question.direct) == ("why is the sky blue?", "1", 5.0, True)


def test_a_command_is_recognised_with_and_without_its_slash() -> None:
    for line in ("/model claude-haiku-5-5", "model claude-haiku-5-5"):
        command = parse(line)
        assert isinstance(command, Command)
        assert (command.name, command.argument) == ("model", "claude-haiku-5-5")


def test_a_blank_line_is_nothing() -> None:
    assert parse("  \n") is None
