"""What Discord makes of a command that a person types, and what a person cannot do."""

from typing import Any

import pytest

from playground.discord import Platform, asking
from playground.discord.world import ADA, GENERAL, Channel, Message

OPTIONS = [
    {"name": "text", "type": 3, "required": True, "max_length": 10},
    {"name": "person", "type": 6},
    {"name": "place", "type": 7},
    {"name": "size", "type": 4, "choices": [{"name": "small", "value": 1}]},
]
BUTTONS = {"type": 1, "components": [{"type": 2, "custom_id": "stop:1", "label": "Stop"}]}


@pytest.fixture
def here() -> Platform:
    here = Platform()
    tree = [{"name": "set", "type": 1, "options": OPTIONS[:1]}, {"name": "show", "type": 1}]
    here.world.commands[0] = [
        {"id": "1", "name": "ask", "type": 1, "options": OPTIONS, "contexts": [0, 1], "integration_types": [0]},
        {"id": "2", "name": "model", "type": 1, "options": tree},
    ]
    return here


@pytest.fixture
def general(here: Platform) -> Channel:
    return here.world.channel(GENERAL)


def test_options_have_the_types_that_were_registered(here: Platform, general: Channel) -> None:
    data = asking.command(here, general, "/ask", {"text": "why", "person": "ada", "place": "general", "size": 1})

    assert [(one["name"], one["type"]) for one in data["options"]] == [
        ("text", 3),
        ("person", 6),
        ("place", 7),
        ("size", 4),
    ]
    assert data["options"][1]["value"] == str(ADA)
    assert data["resolved"]["users"][str(ADA)]["username"] == "ada"
    assert "user" not in data["resolved"]["members"][str(ADA)]


def test_a_subcommand_wraps_its_options(here: Platform, general: Channel) -> None:
    data = asking.command(here, general, "model set", {"text": "opus"})

    assert data["name"] == "model"
    assert data["options"] == [{"name": "set", "type": 1, "options": [{"name": "text", "type": 3, "value": "opus"}]}]


@pytest.mark.parametrize(
    ("line", "values", "sentence"),
    [
        ("nothing", {}, "There are: ask, model"),
        ("model", {}, "Name a subcommand: set, show"),
        ("model drop", {}, "no subcommand"),
        ("ask", {}, "Required, but not given: text"),
        ("ask", {"text": "why", "colour": "red"}, "There are: text"),
        ("ask", {"text": "x" * 11}, "at most 10"),
        ("ask", {"text": "x", "size": 2}, "one of 1"),
    ],
)
def test_what_a_person_cannot_type_is_said(
    here: Platform, general: Channel, line: str, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        asking.command(here, general, line, values)


def test_a_command_is_offered_only_where_it_was_registered_for(here: Platform, general: Channel) -> None:
    group = here.world.add_channel(Channel(5, 3, "group", recipients=(ADA,)))

    with pytest.raises(ValueError, match="place of this kind"):
        asking.definition(here.world, group, "ask")
    with pytest.raises(ValueError, match="installed the app for themselves"):
        asking.definition(here.world, general, "ask", by_guild=False)


def test_a_command_of_the_server_comes_before_a_global_one(here: Platform, general: Channel) -> None:
    here.world.commands[general.guild] = [{"id": "9", "name": "ask", "type": 1}]

    assert asking.definition(here.world, general, "ask")["id"] == "9"


def test_a_button_is_found_by_its_id_or_label_and_must_not_be_disabled() -> None:
    message = Message(1, GENERAL, 2, 0.0, components=(BUTTONS,))

    assert asking.press(message, "Stop", []) == asking.press(message, "stop:1", [])
    assert asking.press(message, "Stop", [])["component_type"] == 2
    with pytest.raises(ValueError, match="no such button"):
        asking.press(message, "Go", [])
    message.components[0]["components"][0] = BUTTONS["components"][0] | {"disabled": True}  # type: ignore[index]  # JSON
    with pytest.raises(ValueError, match="disabled"):
        asking.press(message, "Stop", [])


def test_an_interaction_carries_what_a_client_reads(here: Platform, general: Channel) -> None:
    data = asking.command(here, general, "ask", {"text": "why"})
    asked = asking.ask(here, 2, general, here.world.user("ada"), data)

    told = here.gateway.past[-1].data
    needed = {"id", "application_id", "type", "data", "token", "version", "attachment_size_limit", "app_permissions"}
    needed |= {"context", "authorizing_integration_owners", "channel", "member", "guild_id", "guild"}
    assert needed <= set(told)
    assert told["token"] == asked.token
    assert told["authorizing_integration_owners"] == {"0": str(general.guild)}
    assert int(told["member"]["permissions"])


def test_a_form_that_was_never_opened_cannot_be_sent(here: Platform, general: Channel) -> None:
    asked = asking.ask(here, 2, general, here.world.user("ada"), {})

    with pytest.raises(ValueError, match="opened no form"):
        asking.form(asked, {})


def test_a_form_keeps_what_was_already_in_it(here: Platform, general: Channel) -> None:
    asked = asking.ask(here, 2, general, here.world.user("ada"), {})
    row = {"type": 1, "components": [{"type": 4, "custom_id": "a", "value": "old"}, {"type": 4, "custom_id": "b"}]}
    asked.modal = {"custom_id": "form", "components": [row]}

    sent = asking.form(asked, {"b": "new"})["components"][0]["components"]
    assert [(one["custom_id"], one["value"]) for one in sent] == [("a", "old"), ("b", "new")]
