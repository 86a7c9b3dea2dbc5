"""What Discord is told that the bot can do."""

from typing import Any

from bots.discord.menu import commands, is_same
from core.commands import TABLE
from core.dialogue import EFFORTS


def by_name() -> dict[str, Any]:
    return {str(one["name"]): one for one in commands()}


def test_every_row_of_the_table_is_a_command_and_messages_have_a_menu() -> None:
    assert list(by_name()) == [*TABLE, "Ask Claude about this"]
    assert by_name()["Ask Claude about this"]["type"] == 3


def test_an_argument_is_an_option_and_its_words_are_choices() -> None:
    [question] = by_name()["ask"]["options"]
    [level] = by_name()["effort"]["options"]

    assert (question["name"], question["required"], question["max_length"]) == ("question", True, 6000)
    assert [choice["value"] for choice in level["choices"]] == [*EFFORTS, "default"]
    assert not level["required"]
    assert by_name()["reset"]["options"] == []


def test_descriptions_have_the_length_that_discord_takes() -> None:
    slash = [one for one in by_name().values() if one["type"] == 1]

    described = [*slash, *(option for one in slash for option in one["options"])]
    assert all(1 <= len(one["description"]) <= 100 and one["description"][0].isupper() for one in described)


def test_an_argument_is_told_by_what_may_be_written_there() -> None:
    described = {name: option["description"] for name in TABLE for option in by_name()[name]["options"]}

    assert "delete place" in described["privacy"]
    assert "each 5/hour" in described["limits"]
    assert described["usage"] == "Whose; without it your own"


def _told() -> list[dict[str, Any]]:
    """As Discord tells them: with ids, in an order of its own, without what is empty or false."""
    told: list[dict[str, Any]] = []
    for number, one in enumerate(commands()):
        kept = {key: value for key, value in one.items() if value != []}
        if options := kept.get("options"):
            kept["options"] = [{key: v for key, v in option.items() if v is not False} for option in options]  # type: ignore[union-attr]  # JSON
        told.append({"id": str(number), "version": "1", "nsfw": False, "description": "", **kept})
    return told[::-1]


def test_what_discord_tells_of_our_commands_is_the_same() -> None:
    assert is_same(_told(), commands())


def test_what_differs_is_not_the_same() -> None:
    told = _told()

    assert not is_same(told[1:], commands())
    assert not is_same([told[0] | {"contexts": [0]}, *told[1:]], commands())
    assert not is_same([*told[:-1], told[-1] | {"description": "Something else"}], commands())
    assert not is_same([], commands())
    assert not is_same([None, *told[1:]], commands())
