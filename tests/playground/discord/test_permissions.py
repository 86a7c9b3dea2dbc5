"""Discord's bits."""

import pytest

from playground.discord.permissions import EVERYONE, Can, named


def test_the_bits_are_discords() -> None:
    import discord

    for name in ("VIEW_CHANNEL", "SEND_MESSAGES", "READ_MESSAGE_HISTORY", "SEND_MESSAGES_IN_THREADS", "MANAGE_THREADS"):
        assert getattr(discord.Permissions, name.lower()).flag == Can[name]


def test_a_permission_that_is_none_is_named_with_those_there_are() -> None:
    assert named(["SEND_MESSAGES"]) == Can.SEND_MESSAGES
    with pytest.raises(ValueError, match="VIEW_CHANNEL"):
        named(["FLY"])


def test_everyone_may_ping_everyone_until_somebody_forbids_it() -> None:
    assert Can.MENTION_EVERYONE in EVERYONE
