"""Commands and buttons, as they came over the gateway."""

from typing import Any

import pytest

from bots.discord.parse import to_event
from bots.discord.parse_interactions import OWN_TOKEN, OWN_TOKENS, is_member, tokens
from bots.discord.parts import seconds, snowflake
from core.contract import Action, Command, Person, Place, Press
from playground.discord.permissions import Can
from tests.bots.discord.desk import ADA, BOT, GENERAL, GUILD, HERE, event, payload

TEAM, GRACE = "1400000000000000050", "1400000000000000041"


def command(name: str, **changed: Any) -> Command:
    found = event(name, **changed)
    assert isinstance(found, Command)
    return found


def test_a_slash_command_is_the_command_with_its_argument() -> None:
    found = command("ask")

    assert (found.name, found.argument, found.place) == ("ask", "why is the sky blue?", HERE)
    assert found.author == Person(ADA, "Ada", (TEAM,))


def test_its_address_holds_what_answers_it_and_until_when() -> None:
    _, data = payload("ask")
    address = command("ask").address

    assert address["token"] == data["token"]
    assert float(address["until"]) == pytest.approx(seconds(data["id"]) + 870, abs=1)
    assert not address["alone"]
    assert "original" not in address


def test_a_command_without_an_argument_has_none() -> None:
    assert (command("reset").name, command("reset").argument) == ("reset", "")


def test_marks_in_a_commands_argument_read_as_what_they_show() -> None:
    _, data = payload("ask")
    asked = data["data"] | {
        "options": [{"name": "question", "type": 3, "value": "did <@41> or <@!42> :see: <:a:7> in <#8>"}]
    }
    users = {"41": {"id": "41", "username": "grace"}, "42": {"id": "42", "username": "al"}, "43": "nobody"}
    resolved = {"users": users, "members": {"42": {"nick": "Alan"}, "41": 7}}

    assert command("ask", data=asked | {"resolved": resolved}).argument == "did @grace or @Alan :see: :a: in <#8>"
    assert command("ask", data=asked).argument == "did @41 or @42 :see: :a: in <#8>"


def test_roles_are_named_by_what_came_with_the_command_and_channels_where_its_person_alone_reads_the_answer() -> None:
    _, data = payload("ask")
    resolved = {"channels": {"8": {"name": "billing"}}, "roles": {"9": {"name": "Support"}, "7": {"name": "@everyone"}}}
    said = {"options": [{"name": "text", "type": 3, "value": "<#8>, <@&9>, <@&7>"}], "resolved": resolved}

    assert command("ask", data=data["data"] | said).argument == "<#8>, @Support, @everyone"
    alone = {"authorizing_integration_owners": {"1": data["member"]["user"]["id"]}}
    assert command("ask", data=data["data"] | said, **alone).argument == "#billing, @Support, @everyone"
    persona = data["data"] | said | {"name": "persona"}
    assert command("ask", data=persona, **alone).argument == "<#8>, @Support, @everyone"


def test_a_poll_can_be_asked_about() -> None:
    _, data = payload("about_message")
    [target] = data["data"]["resolved"]["messages"].values()
    poll = {"question": {"text": "Where do we eat?"}, "answers": [{"answer_id": 1, "poll_media": {"text": "Thai"}}]}
    chosen = data["data"] | {"resolved": {"messages": {target["id"]: target | {"content": "", "poll": poll}}}}

    assert command("about_message", data=chosen).argument.endswith("\n\n> [poll: Where do we eat?]\n> - Thai")


def test_a_command_in_a_thread_belongs_to_the_thread() -> None:
    _, data = payload("model_in_thread")

    assert command("model_in_thread").place == Place("discord", GUILD, GENERAL, data["channel"]["id"])


def test_a_command_in_direct_messages_is_private() -> None:
    _, data = payload("ask_directly")

    assert command("ask_directly").place == Place("discord", "dm", data["channel"]["id"], private=True)
    assert command("ask_directly").author.trusted


@pytest.mark.parametrize(("name", "space"), [("ask_as_guest", GUILD), ("ask_in_group", "dm")])
def test_where_the_bot_is_no_member_the_person_has_a_place_alone(name: str, space: str) -> None:
    _, data = payload(name)
    found = command(name)

    assert not is_member(data)
    assert found.place == Place("discord", space, data["channel"]["id"], ADA, private=True)
    assert found.address["alone"]
    assert not found.author.trusted


def test_an_interaction_may_tell_no_more_of_its_channel_than_the_id() -> None:
    bare = {"channel": None, "channel_id": "8", "context": 0}

    assert command("ask", **bare).place == Place("discord", GUILD, "8")
    assert command("ask", **bare).address["channel"] == "8"
    assert command("ask", parent=GENERAL, **bare).place == Place("discord", GUILD, GENERAL, "8")


def test_a_direct_message_that_tells_neither_where_it_is_nor_who_brought_the_bot_is_one_to_the_bot() -> None:
    kind, data = payload("ask_directly")
    bare = {key: value for key, value in data.items() if key not in {"context", "authorizing_integration_owners"}}
    found = to_event(kind, bare, BOT)

    assert found is not None
    assert found.place == command("ask_directly").place == Place("discord", "dm", data["channel"]["id"], private=True)
    assert not found.address["alone"]


def test_the_tokens_of_an_answer_that_one_person_sees_lie_beside_each_other_and_are_bounded() -> None:
    _, data = payload("ask_as_guest")
    began, address = seconds(data["id"]), dict(command("ask_as_guest").address)
    for number in range(1, 200):
        pressed = event(
            "ask_as_guest",
            id=str(snowflake(began + 10 * number)),
            token=f"t{number}",
            type=3,
            message={"id": "1"},
            data={"custom_id": "regenerate:1"},
        )
        assert isinstance(pressed, Press)
        address |= pressed.address

    assert len([key for key in address if key.startswith(OWN_TOKEN)]) == 1 + OWN_TOKENS
    assert [token for _, token in tokens(address, now=began + 1990)] == [f"t{number}" for number in range(199, 112, -1)]
    assert [token for _, token in tokens(address, now=began + 60)][-1] == data["token"]
    assert tokens(command("ask").address, now=0) == []


@pytest.mark.parametrize(
    ("name", "permissions", "is_bound"),
    [
        ("ask", Can.VIEW_CHANNEL | Can.SEND_MESSAGES, False),
        ("ask", Can.VIEW_CHANNEL, True),
        ("ask", Can.SEND_MESSAGES, True),
        ("ask", 1 << 3, False),
        ("model_in_thread", Can.VIEW_CHANNEL | Can.SEND_MESSAGES, True),
        ("model_in_thread", Can.VIEW_CHANNEL | Can.SEND_MESSAGES_IN_THREADS, False),
        ("ask_directly", 0, False),
        ("ask_as_guest", Can.VIEW_CHANNEL | Can.SEND_MESSAGES, True),
    ],
)
def test_where_only_its_tokens_can_write_an_answer_keeps_all_of_them(
    name: str, permissions: int, is_bound: bool
) -> None:
    address = command(name, app_permissions=str(int(permissions))).address

    assert bool(address["bound"]) == is_bound
    assert len(tokens(address, now=0)) == is_bound


@pytest.mark.parametrize(
    ("more", "parent", "is_bound"), [(0, "", True), (Can.MANAGE_THREADS, "", False), (0, GENERAL, False)]
)
def test_in_a_private_thread_the_bot_writes_where_it_manages_threads_or_the_gateway_tells_it_of_this_one(
    more: int, parent: str, is_bound: bool
) -> None:
    _, data = payload("model_in_thread")
    may = int(Can.VIEW_CHANNEL | Can.SEND_MESSAGES_IN_THREADS | more)
    found = event("model_in_thread", parent, app_permissions=str(may), channel=data["channel"] | {"type": 12})

    assert found is not None
    assert bool(found.address["bound"]) == is_bound


def test_asking_about_a_message_quotes_it_whole_with_its_files() -> None:
    found = command("about_message")

    assert found.name == "ask"
    assert found.argument == "Tell me about this message of Grace:\n\n> the **build** is red"
    assert [file.name for file in found.files] == ["log.txt"]


def test_asking_about_a_message_tells_whose_words_are_quoted_also_of_what_it_replies_to() -> None:
    _, data = payload("about_message")
    [(id, target)] = data["data"]["resolved"]["messages"].items()
    reply = target | {"type": 19, "referenced_message": {"id": "1", "author": {"id": "77"}, "content": "is it red?"}}
    asked = data["data"] | {"resolved": {"messages": {id: reply}}}

    assert command("about_message").quoted == (GRACE,)
    assert command("about_message", data=asked).quoted == (GRACE, "77")
    assert command("ask").quoted == ()


def test_a_button_is_a_press_and_says_which_message_it_is_on() -> None:
    _, data = payload("press")
    found = event("press")

    assert isinstance(found, Press)
    assert found.action is Action.REGENERATE
    assert found.turn == data["data"]["custom_id"].partition(":")[2]
    assert found.address["original"] == data["message"]["id"]
    assert found.place == HERE


def test_a_button_of_another_kind_is_nothing() -> None:
    assert event("press_of_another_kind") is None


@pytest.mark.parametrize("changed", [{"token": "../x"}, {"type": 4}, {"type": 1}, {"channel": {"id": ""}}, {"id": ""}])
def test_an_interaction_that_we_cannot_answer_is_nothing(changed: dict[str, Any]) -> None:
    assert event("ask", **changed) is None
