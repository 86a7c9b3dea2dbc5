"""What a call of the REST API is."""

import pytest

from playground.discord import Platform
from playground.discord.endpoint import Ask, Endpoint
from playground.discord.errors import Refused
from playground.discord.permissions import Can
from playground.discord.world import ADA, GENERAL, Message


def ask(**path: str) -> Ask:
    return Ask(path, {"limit": "5", "after": "x"}, {})


def test_a_limit_counts_for_a_channel_a_token_or_a_server() -> None:
    endpoint = Endpoint("PATCH", "/x", "message.edit", lambda _, __: None, "message.edit")

    assert endpoint.key({"channel": "1", "message": "2"}) == ("message.edit", "1")
    assert endpoint.key({"app": "1", "token": "t", "message": "2"}) == ("message.edit", "t")
    assert endpoint.key({"app": "1", "guild": "3"}) == ("message.edit", "3")
    assert endpoint.key({"app": "1"}) == ("message.edit", "")


def test_a_number_of_the_query_has_a_default() -> None:
    assert (ask().number("limit"), ask().number("after"), ask().number("before", 9)) == (5, 0, 9)


def test_a_message_is_found_only_where_the_bot_sees_something() -> None:
    here = Platform()
    general = here.world.channel(GENERAL)
    general.messages[7] = Message(7, GENERAL, ADA, 0.0)

    assert ask(channel=str(GENERAL), message="7").message(here).id == 7
    general.denied = Can.VIEW_CHANNEL
    with pytest.raises(Refused):
        ask(channel=str(GENERAL), message="7").message(here)
