"""Who replies to an older answer of ours means that one, and Claude is told which."""

from dataclasses import replace
from typing import Any

import pytest

from bots.discord.parse import to_event
from bots.discord.parts import seconds
from core.called import moment
from core.contract import Change, Command, Message
from tests.bots.discord.desk import ADA, BOT, GENERAL, event, payload

ASKED = "1551597400227840000"  # the question whose answer is replied to
WHEN = moment(seconds(ASKED))


def reply(**answered: Any) -> dict[str, Any]:
    """The fields of a reply to an answer of ours."""
    _, data = payload("reply")
    return {"referenced_message": data["referenced_message"] | answered}


def text(**changed: Any) -> str:
    found = event("reply", **changed)
    assert isinstance(found, Message)
    return found.text


def test_a_reply_tells_which_question_that_answered_as_the_history_dates_it() -> None:
    assert text() == f"why though?\n\n[This replies to your answer to Ada's question of {WHEN}.]"
    assert f"to the question of {WHEN}" in text(**reply(mentions=[]))


def test_another_who_asked_it_is_not_named_so_that_whoever_has_all_deleted_stays_in_nobodys_question() -> None:
    grace = {"id": "41", "username": "grace", "global_name": "Grace"}

    assert f"to the question of {WHEN}" in text(**reply(mentions=[grace]))


def test_whoever_asked_it_has_the_name_that_they_have_now() -> None:
    _, data = payload("reply")

    assert "Ada L.'s question" in text(member=data["member"] | {"nick": "Ada L."})


def test_an_answer_to_a_command_is_dated_by_the_command() -> None:
    by_command = {"id": ASKED, "type": 2, "user": {"id": "41", "username": "grace"}}

    assert f"to the question of {WHEN}" in text(**reply(message_reference={}, interaction_metadata=by_command))


def test_of_what_answers_a_button_and_of_a_later_page_its_own_time_is_told() -> None:
    _, data = payload("reply")
    wrote = f"[This replies to what you wrote on {moment(seconds(data['referenced_message']['id']))}.]"

    by_button = {"id": ASKED, "type": 3, "user": {"id": ADA, "username": "ada"}}
    assert text(**reply(interaction_metadata=by_button)).endswith(wrote)
    assert text(**reply(message_reference=None)).endswith(wrote)


def test_nothing_of_the_answer_is_copied_so_that_whoever_deletes_it_takes_all_of_it() -> None:
    assert "dark" not in text(**reply(content="It is dark."))


def test_a_command_in_reply_to_an_answer_is_that_command() -> None:
    mention = f"<@{BOT.user}>"
    stop, asked, bare = (event("reply", content=said) for said in ("stop", "ask: why?", mention))

    assert isinstance(stop, Command)
    assert isinstance(asked, Command)
    assert isinstance(bare, Command)
    assert (stop.name, stop.argument) == ("stop", "")
    assert asked.argument.startswith("why?\n\n[This replies to ")
    assert bare.name == "help"


def test_an_edit_replies_to_the_same() -> None:
    _, data = payload("edited")
    edit = event("edited", type=19, **reply())

    assert isinstance(edit, Change)
    assert edit.text is not None
    assert edit.text.startswith("why is the sea blue?\n\n[This replies to ")
    assert data["type"] == 0


@pytest.mark.parametrize(
    ("content", "is_for_us"),
    [
        ("<@42> can you restart it?", False),
        (" <@!42> on it", False),
        ("<@&77> please look", False),
        ("**<@42>** on it", False),
        ("@here who can restart it?", False),
        ("**@everyone** it is down", False),
        ("@hereford is a town?", True),
        ("what would <@42> say?", True),
    ],
)
def test_a_follow_up_that_begins_with_somebody_elses_name_is_for_them(content: str, *, is_for_us: bool) -> None:
    assert isinstance(event("thread_follow_up", GENERAL, content=content), Message) is is_for_us
    assert isinstance(event("thread_mention", GENERAL, content=content), Message)


@pytest.mark.parametrize(
    ("author", "is_for_us"),
    [
        ({"id": "42", "username": "ben"}, False),
        ({"id": ADA, "username": "ada"}, True),
        ({"id": "42", "username": "alerts", "bot": True}, True),
        ({"id": BOT.user, "username": "parley", "bot": True}, True),
        ({}, True),
    ],
)
def test_a_reply_to_what_somebody_else_said_is_for_them(author: dict[str, Any], *, is_for_us: bool) -> None:
    """Not to an alert's, who does not read it."""
    answered = {"id": "99", "type": 0, "author": author, "content": "can you restart it?"}
    fields = {"type": 19, "referenced_message": answered}

    assert isinstance(event("thread_follow_up", GENERAL, content="on it", **fields), Message) is is_for_us
    assert isinstance(event("thread_mention", GENERAL, **fields), Message)


@pytest.mark.parametrize("place", ["", GENERAL])
@pytest.mark.parametrize(
    ("content", "is_for_us"),
    [
        ("<@42> look what Claude says, do you agree?", False),
        ("<@&77> please read this", False),
        ("@here please read this", False),
        (f"<@42> look, <@{BOT.user}> says why", True),
        ("what would <@42> say?", True),
    ],
)
def test_an_answer_that_is_passed_on_to_somebody_else_is_for_them(place: str, content: str, *, is_for_us: bool) -> None:
    """Whose ping the Reply to it is."""
    us, ben = ({"id": id, "username": name} for id, name in ((BOT.user, "parley"), ("42", "ben")))
    fields = {"content": content, "mentions": [ben, us]}

    assert isinstance(event("reply", place, **fields), Message) is is_for_us


def test_a_reply_to_somebody_that_calls_our_role_is_for_us_also_where_its_text_is_kept_back() -> None:
    kind, data = payload("reply_to_another")
    told = data | {"content": "", "mentions": [], "mention_roles": ["77"]}

    assert to_event(kind, told, replace(BOT, role="77")) is not None
