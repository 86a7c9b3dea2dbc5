"""What people in a thread of the bot's say to each other."""

import pytest

from bots.slack.parse import people_in, to_event
from bots.slack.parts import Profile
from core.contract import Message
from tests.bots.slack.desk import BOT, payload


@pytest.mark.parametrize(
    ("text", "is_for_us"),
    [
        ("<@U0BEN12345> can you restart it?", False),
        (" <@U0BEN12345|ben>: on it", False),
        ("<!subteam^S0OPS> please look", False),
        ("<!here> who can restart it?", False),
        ("<!channel|@channel> lunch?", False),
        ("<@U0BEN12345> and <@U0BOT12345>, why?", True),
        ("what would <@U0BEN12345> say?", True),
        ("<https://status.example> says it is down. Why?", True),
    ],
)
def test_a_reply_that_begins_with_somebody_elses_name_is_for_them(text: str, *, is_for_us: bool) -> None:
    said = payload("thread_reply")
    said["event"]["text"] = text

    assert isinstance(to_event(said, BOT), Message) is is_for_us


def test_what_is_said_to_the_bot_alone_may_begin_with_any_name() -> None:
    said = payload("direct")
    said["event"]["text"] = "<@U0BEN12345> is who?"

    assert isinstance(to_event(said, BOT), Message)


def test_a_picture_of_another_app_among_people_is_no_question() -> None:
    said = payload("thread_reply")
    cat = {"type": "image", "image_url": "https://media.example/cat.gif", "alt_text": "party cat"}
    said["event"] |= {"text": "", "blocks": [cat]}
    named = payload("thread_reply")
    named["event"] |= {"text": f"<@{BOT.user}>", "blocks": [cat]}

    assert to_event(said, BOT) is None
    assert isinstance(to_event(named, BOT), Message)


def test_a_file_that_another_app_shares_is_no_question_though_its_event_names_no_app() -> None:
    shared = payload("file_share")
    robot = {shared["event"]["user"]: Profile("Charts", trusted=True, is_bot=True)}

    assert isinstance(to_event(shared, BOT), Message)
    assert to_event(shared, BOT, robot) is None


def test_whom_the_cells_of_a_table_name_is_found_wherever_it_stands() -> None:
    pasted, forwarded = payload("pasted_table"), payload("forwarded")
    [attached] = pasted["event"]["attachments"]
    forwarded["event"]["attachments"][0]["message_blocks"] = [{"message": {"blocks": attached["blocks"]}}]
    own = {"event": {"user": "U0CLEO1234", **attached}}

    assert people_in(pasted, BOT) == ("U0ADA12345", "U0BEN12345")
    assert people_in(forwarded, BOT) == ("U0ADA12345", "U0BEN12345")
    assert people_in(own, BOT) == ("U0CLEO1234", "U0BEN12345")
