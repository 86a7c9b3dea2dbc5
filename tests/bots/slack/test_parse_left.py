"""Slack tells that the app is no more somewhere."""

import pytest

from bots.slack.parse import to_event
from core.contract import Left, Person, Place
from tests.bots.slack.desk import BOT

CHANNEL = Place("slack", BOT.team, "C0GENERAL1")


@pytest.mark.parametrize("kind", ["channel_left", "group_left", "channel_deleted", "group_deleted"])
def test_a_channel_without_us_is_left(kind: str) -> None:
    event = {"type": kind, "channel": "C0GENERAL1", "actor_id": "U0ADA12345", "event_ts": "1795259310.000100"}
    left = to_event({"type": "event_callback", "event_id": "Ev1", "event": event}, BOT)

    assert left == Left(id="Ev1", place=CHANNEL, author=Person(""), at=1795259310.0001)
    assert to_event({"type": "event_callback", "event_id": "Ev1", "event": {**event, "channel": "?"}}, BOT) is None


@pytest.mark.parametrize("kind", ["channel_deleted", "group_deleted"])
def test_a_channel_is_left_also_where_only_the_second_is_told(kind: str) -> None:
    told = {"type": "event_callback", "event_id": "Ev1", "event_time": 1795259310}
    left = to_event({**told, "event": {"type": kind, "channel": "C0GENERAL1"}}, BOT)

    assert left == Left(id="Ev1", place=CHANNEL, author=Person(""), at=1795259310.0)


def test_a_channel_of_another_id_is_left_for_the_new_one() -> None:
    event = {"type": "channel_id_changed", "old_channel_id": "G0SECRET12", "new_channel_id": "C0SECRET34"}
    timed = {**event, "event_ts": "1795259310.000100"}
    told = {"type": "event_callback", "event_id": "Ev1", "event": timed}
    old, new = (Place("slack", BOT.team, channel) for channel in ("G0SECRET12", "C0SECRET34"))

    assert to_event(told, BOT) == Left(id="Ev1", place=old, author=Person(""), at=1795259310.0001, to=new)
    assert to_event({**told, "event": event}, BOT) is None  # without any time
    for nonsense in ("?", "G0SECRET12"):
        assert to_event({**told, "event": {**timed, "new_channel_id": nonsense}}, BOT) is None


def test_a_workspace_without_us_is_left_and_not_for_a_token_that_may_be_replaced() -> None:
    told = {"type": "event_callback", "event_id": "Ev1", "team_id": BOT.team, "event_time": 1795259310}
    gone, revoked = {"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [BOT.user]}}

    left = to_event({**told, "event": gone}, BOT)

    assert left == Left(id="Ev1", place=Place("slack", BOT.team, ""), author=Person(""), at=1795259310.0)
    assert to_event({**told, "event": gone, "team_id": "T0ANOTHER1"}, BOT) is None
    assert to_event({**told, "event": gone, "event_time": "?"}, BOT) is None
    assert to_event({**told, "event": revoked}, BOT) is None
