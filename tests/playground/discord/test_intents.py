"""Which events a session gets, and what it may read."""

import pytest

from playground.discord.intents import Intent, forbidden, readable, wanted
from playground.discord.world import BOT

MINIMAL = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DM_MESSAGES


@pytest.mark.parametrize(
    ("event", "guild", "heard"),
    [
        ("MESSAGE_CREATE", 1, True),
        ("MESSAGE_DELETE", 0, True),
        ("THREAD_CREATE", 1, True),
        ("INTERACTION_CREATE", 1, True),
        ("GUILD_MEMBERS_CHUNK", 1, True),
        ("TYPING_START", 1, False),
        ("MESSAGE_REACTION_ADD", 1, False),
        ("GUILD_MEMBER_ADD", 1, False),
    ],
)
def test_the_minimal_intents_hear_of_messages_and_threads_only(event: str, guild: int, heard: bool) -> None:
    assert wanted(event, MINIMAL, guild) is heard


def test_direct_messages_have_an_intent_of_their_own() -> None:
    assert wanted("MESSAGE_CREATE", Intent.DM_MESSAGES, 0)
    assert not wanted("MESSAGE_CREATE", Intent.DM_MESSAGES, 1)
    assert not wanted("MESSAGE_CREATE", Intent.GUILD_MESSAGES, 0)


def test_without_any_intent_interactions_still_come() -> None:
    assert wanted("INTERACTION_CREATE", 0, 1)


def test_a_privileged_intent_must_be_granted() -> None:
    asked = int(MINIMAL | Intent.MESSAGE_CONTENT)

    assert forbidden(asked, frozenset())
    assert not forbidden(asked, frozenset({"message_content"}))


def message(author: int = 1, mentions: tuple[int, ...] = (), **more: object) -> dict[str, object]:
    about = {"author": {"id": str(author)}, "mentions": [{"id": str(one)} for one in mentions]}
    return about | {"content": "secret", "attachments": [1], "embeds": [1], "components": [1]} | more


def test_what_people_say_to_each_other_is_blank() -> None:
    shown = readable(message(), in_guild=True)

    assert (shown["content"], shown["attachments"], shown["embeds"], shown["components"]) == ("", [], [], [])


def test_direct_messages_own_ones_and_mentions_are_whole() -> None:
    assert readable(message(), in_guild=False)["content"] == "secret"
    assert readable(message(author=BOT), in_guild=True)["content"] == "secret"
    assert readable(message(mentions=(BOT,)), in_guild=True)["content"] == "secret"


def test_a_quoted_message_is_judged_for_itself() -> None:
    quoting = message(mentions=(BOT,), referenced_message=message())

    shown = readable(quoting, in_guild=True)

    assert shown["content"] == "secret"
    assert shown["referenced_message"]["content"] == ""
    assert quoting["referenced_message"]["content"] == "secret"  # type: ignore[index]  # it is an object


def test_a_forwarded_text_is_blank_too() -> None:
    shown = readable(message(message_snapshots=[{"message": {"content": "secret"}}]), in_guild=True)

    assert shown["message_snapshots"][0]["message"]["content"] == ""
