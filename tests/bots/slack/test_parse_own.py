"""What Slack tells of the bot's own messages."""

from bots.slack.parse import is_own
from tests.bots.slack.desk import BOT


def test_what_becomes_of_our_own_messages_is_known_at_once_and_what_people_do_to_them_is_heard() -> None:
    ours, theirs = {"bot_id": BOT.id, "ts": "1.0", "text": "an answer"}, {"user": "U0ADA", "ts": "2.0", "text": "hm"}
    change = {"type": "message", "subtype": "message_changed", "message": ours, "previous_message": ours}
    deletion = {"type": "message", "subtype": "message_deleted", "previous_message": ours}

    told = [{"type": "message", **ours}, change, {"type": "message", **theirs}, deletion, {"type": "app_mention"}]

    assert [is_own({"event": event}, BOT) for event in told] == [True, True, False, False, False]
