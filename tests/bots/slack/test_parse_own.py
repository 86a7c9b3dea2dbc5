"""What Slack tells of the bot's own messages, and of what others take back."""

import pytest

from bots.slack.parse import is_own, to_event
from core.contract import Change
from tests.bots.slack.desk import BOT, payload
from tests.bots.slack.test_parse import PEOPLE


def test_what_becomes_of_our_own_messages_is_known_at_once_and_what_people_do_to_them_is_heard() -> None:
    ours, theirs = {"bot_id": BOT.id, "ts": "1.0", "text": "an answer"}, {"user": "U0ADA", "ts": "2.0", "text": "hm"}
    change = {"type": "message", "subtype": "message_changed", "message": ours, "previous_message": ours}
    deletion = {"type": "message", "subtype": "message_deleted", "previous_message": ours}

    told = [{"type": "message", **ours}, change, {"type": "message", **theirs}, deletion, {"type": "app_mention"}]

    assert [is_own({"event": event}, BOT) for event in told] == [True, True, False, False, False]


@pytest.mark.parametrize("name", ["deleted", "root_deleted"])
@pytest.mark.parametrize("before", [{"text": "names nobody"}, {"user": "", "bot_id": "B0ALERTS12"}])
def test_what_is_deleted_is_told_whoever_said_it_to_whomever(name: str, before: dict[str, str]) -> None:
    """Claude may have heard it in its thread."""
    said = payload(name)
    said["event"]["previous_message"] |= before

    gone, known = to_event(said, BOT, PEOPLE), to_event(payload(name), BOT, PEOPLE)

    assert isinstance(gone, Change)
    assert isinstance(known, Change)
    assert (gone.id, gone.place, gone.text) == (known.id, known.place, None)
