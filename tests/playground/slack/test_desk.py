"""What every method of the playground's Slack checks first: may the app know it, is it in there, may it write."""

import pytest

from playground.slack import Slack
from playground.slack.desk import Desk
from playground.slack.errors import Refused


@pytest.fixture
def desk() -> Desk:
    return Slack().desk


def refused(look: object, *arguments: object) -> str:
    assert callable(look)
    with pytest.raises(Refused) as caught:
        look(*arguments)
    return caught.value.code


def test_a_channel_is_found_by_id_and_by_name(desk: Desk) -> None:
    assert desk.channel("C0GENERAL") is desk.channel("general")


def test_what_is_not_there_or_hidden_is_not_found(desk: Desk) -> None:
    assert refused(desk.channel, "C0NOWHERE") == "channel_not_found"
    assert refused(desk.joined, "outside") == "not_in_channel"


def test_a_message_that_is_not_there_is_not_found(desk: Desk) -> None:
    assert refused(desk.message, desk.channel("general"), "1.0") == "message_not_found"
