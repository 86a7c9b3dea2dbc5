"""Recorded gateway events, and events that nobody would send."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.parse import THREAD_STARTER, UNREAD, as_heard, each, earlier, to_event
from bots.discord.parts import seconds
from bots.discord.words import LOADING, Bot
from core.contract import Change, Command, Message, Person, Place
from tests.bots.discord.desk import ADA, BOT, GENERAL, GUILD, HERE, event, payload

RELAXED = settings(deadline=None)  # others use this machine too
TEAM, GRACE = "1400000000000000050", "1400000000000000041"


def message(name: str, parent: str = "", **changed: Any) -> Message:
    found = event(name, parent, **changed)
    assert isinstance(found, Message)
    return found


def command(name: str, parent: str = "", **changed: Any) -> Command:
    found = event(name, parent, **changed)
    assert isinstance(found, Command)
    return found


# What people say


def test_a_mention_is_a_question_without_the_mention() -> None:
    found = message("mention")

    assert found.text == "why is the sky blue?"
    assert found.direct
    assert found.place == HERE
    assert found.author == Person(ADA, "Ada", (TEAM,))


def test_its_id_tells_its_time_and_its_address_where_to_answer() -> None:
    _, data = payload("mention")
    found = message("mention")

    assert found.id == data["id"]
    assert found.at == pytest.approx(seconds(found.id))
    assert found.at == pytest.approx(1790000033.75)
    assert found.address == {"channel": GENERAL, "message": found.id}


def test_a_mention_within_a_sentence_stays_and_marks_read_as_what_they_show() -> None:
    assert message("named").text == "ask @Parley or @Grace about <#1400000000000000020>"


def test_emoji_commands_and_roles_read_as_what_they_show() -> None:
    text = f"<@{BOT.user}> <:wave:12> <a:party:13> </ask:14> <@&15> <t:1600000000:R>"

    assert message("mention", content=text).text == ":wave: :party: /ask @role <t:1600000000:R>"


def test_what_people_say_to_each_other_is_nothing() -> None:
    assert event("chatter") is None


def test_the_bots_name_alone_asks_for_help() -> None:
    assert (command("bare_mention").name, command("bare_mention").argument) == ("help", "")


def test_in_a_thread_the_bots_name_alone_means_what_stands_above() -> None:
    assert message("bare_mention", "7").text == ""


def test_a_direct_message_needs_no_mention() -> None:
    found = message("direct")

    assert found.text == "good morning"
    assert found.direct
    assert (found.place.space, found.place.private, found.place.thread) == ("dm", True, "")


def test_a_reply_to_the_bot_is_for_it_with_and_without_its_ping() -> None:
    assert message("reply").text.startswith("why though?")
    assert message("reply_without_ping").direct


def test_a_reply_that_we_may_not_read_is_answered_with_help_if_it_rings_us_else_not_at_all() -> None:
    assert command("reply", content="").name == "help"
    assert UNREAD in command("reply", content="").address
    assert UNREAD not in command("bare_mention").address
    assert event("reply_without_ping", content="") is None


def test_what_a_question_replies_to_stands_below_it() -> None:
    assert message("reply_to_another").text == "what does that mean?\n\n> Grace wrote:\n> the build is red"


def test_whose_words_a_question_quotes_is_known_and_of_what_it_forwards_nobody_tells() -> None:
    assert message("reply_to_another").quoted == (GRACE,)
    assert command("reply_to_another", content=f"<@{BOT.user}> ask: why?").quoted == (GRACE,)
    assert message("reply").quoted == message("forwarded").quoted == message("mention").quoted == ()


def test_what_a_message_forwards_is_quoted() -> None:
    assert message("forwarded").text == "> the build is red"


def test_who_mentions_the_bots_role_means_the_bot() -> None:
    kind, data = payload("mention")
    bot = Bot(BOT.user, BOT.application, BOT.name, role="77")
    told = data | {"content": "<@&77> why?", "mentions": [], "mention_roles": ["77"]}

    found = to_event(kind, told, bot)

    assert isinstance(found, Message)
    assert (found.text, found.direct) == ("why?", True)
    assert to_event(kind, told, BOT) is None


def test_a_sticker_is_named() -> None:
    assert message("direct", content="", sticker_items=[{"id": "1", "name": "wave"}]).text == "[sticker: wave]"


def test_a_file_is_referred_to_without_its_signature() -> None:
    _, data = payload("attachment")
    [file] = message("attachment").files
    [sent] = data["attachments"]

    assert (file.name, file.size) == ("notes.txt", 5)
    assert file.ref == f"{GENERAL}:{data['id']}:{sent['id']}:/attachments/{GENERAL}/{sent['id']}/notes.txt"
    assert "?" not in file.ref


def test_a_follow_up_in_a_thread_is_for_the_bot_only_where_it_takes_part() -> None:
    _, data = payload("thread_follow_up")
    found = message("thread_follow_up", GENERAL)

    assert not found.direct
    assert found.place == Place("discord", GUILD, GENERAL, data["channel_id"])


@pytest.mark.parametrize("parent", ["", "7"])
def test_what_a_call_by_the_role_replies_to_is_not_taken_for_its_question(parent: str) -> None:
    """Without the intent for contents the call comes empty, and what it replies to whole, if that mentions us."""
    kind, data = payload("reply_to_another")
    bot = Bot(BOT.user, BOT.application, BOT.name, role="77")
    answered = data["referenced_message"] | {"content": f"<@{BOT.user}> explain X"}
    told = data | {"content": "", "mentions": [], "mention_roles": ["77"], "referenced_message": answered}

    found = to_event(kind, told, bot, parent)
    with_file = to_event(kind, told | {"attachments": payload("attachment")[1]["attachments"]}, bot, parent)

    assert isinstance(found, Command)
    assert (found.name, UNREAD in found.address) == ("help", True)
    assert isinstance(with_file, Message)
    assert with_file.text.endswith("explain X")


@pytest.mark.parametrize("parent", ["", "7"])
def test_the_bots_name_alone_asks_about_what_it_replies_to(parent: str) -> None:
    assert message("reply_to_another", parent, content=f"<@{BOT.user}>").text == "> Grace wrote:\n> the build is red"


def test_a_command_among_people_in_a_thread_is_what_they_say_to_each_other() -> None:
    assert message("thread_follow_up", GENERAL, content="stop").text == "stop"


def test_a_follow_up_that_we_may_not_read_is_nothing() -> None:
    assert event("thread_follow_up", GENERAL, content="") is None


def test_a_follow_up_that_we_may_not_read_is_nothing_either_when_we_may_read_what_it_replies_to() -> None:
    _, data = payload("reply_to_another")
    alert = data["referenced_message"]["author"] | {"bot": True}
    answered = data["referenced_message"] | {"author": alert, "content": f"<@{BOT.user}> why is the build red?"}

    assert event("reply_to_another", "7", content="", mentions=[], referenced_message=answered) is None
    assert message("reply_to_another", "7", mentions=[], referenced_message=answered).direct is False


def test_a_mention_in_a_thread_is_direct() -> None:
    found = message("thread_mention", GENERAL)

    assert found.direct
    assert found.author.name == "Grace"
    assert found.address["channel"] == found.place.thread


def test_a_typed_command_is_the_command() -> None:
    found = command("typed_command")

    assert (found.name, found.argument) == ("model", "claude-opus-4-8")


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": "5"},
        {"type": THREAD_STARTER},
        {"type": 7},
        {"author": {"id": ADA, "username": "x", "system": True}},
        {"author": {"id": BOT.user, "username": "Parley", "bot": True}},
        {"channel_id": "general"},
        {"id": ""},
        {"author": {}},
    ],
)
def test_what_no_person_wrote_is_nothing(changed: dict[str, Any]) -> None:
    assert event("mention", **changed) is None


@pytest.mark.parametrize("name", ["other_bot", "own_message"])
def test_bots_are_not_answered(name: str) -> None:
    assert event(name) is None


# What becomes of it


def test_an_edit_is_a_change_of_its_message() -> None:
    found = event("edited")

    assert isinstance(found, Change)
    assert found.text == "why is the sea blue?"
    assert found.id == message("mention").id


@pytest.mark.parametrize("changed", [{"edited_timestamp": None}, {"content": ""}, {"mentions": [], "content": ""}])
def test_links_that_unfurl_and_edits_that_we_may_not_read_are_none(changed: dict[str, Any]) -> None:
    assert event("edited", **changed) is None


EDITED = {"edited_timestamp": "2026-09-21T14:14:43.750000+00:00"}


def edited(name: str, **changed: Any) -> Change:
    """The message of this name, told to have been edited."""
    _, data = payload(name)
    found = to_event("MESSAGE_UPDATE", {**data, **EDITED, **changed}, BOT)
    assert isinstance(found, Change)
    return found


def test_an_edit_tells_of_the_files_that_are_left() -> None:
    asked = message("attachment")

    assert edited("attachment").files == tuple(file.ref for file in asked.files) != ()
    assert edited("attachment", attachments=[]).files == ()


def test_so_does_that_of_a_message_without_a_word() -> None:
    _, data = payload("attachment")

    assert edited("attachment", content="").files == edited("attachment").files
    assert to_event("MESSAGE_UPDATE", {**data, **EDITED, "content": "", "attachments": []}, BOT) is None


def test_where_files_may_be_missing_an_edit_tells_of_none() -> None:
    assert edited("reply_to_another").files is not None
    assert edited("reply_to_another", referenced_message=None).files is None
    assert edited("attachment", attachments=None).files is None


def test_a_deletion_is_a_change_to_nothing() -> None:
    _, data = payload("deleted")
    found = event("deleted")

    assert isinstance(found, Change)
    assert (found.text, found.id, found.place) == (None, data["id"], HERE)


def test_many_deletions_are_one_each() -> None:
    found = list(each("MESSAGE_DELETE_BULK", {"ids": ["1", "2"], "channel_id": "3", "guild_id": "4"}, 0))

    assert [(kind, one["id"], one["channel_id"]) for kind, one in found] == [
        ("MESSAGE_DELETE", "1", "3"),
        ("MESSAGE_DELETE", "2", "3"),
    ]


# What was said before


def test_what_others_said_before_is_read_and_what_we_said_is_not() -> None:
    _, own = payload("own_message")
    _, said = payload("thread_follow_up")
    _, beep = payload("other_bot")

    assert earlier(own, HERE, BOT) is None
    found = [earlier(one, HERE, BOT) for one in (said, beep)]
    assert [(one.author.name, one.text) for one in found if one] == [("Ada", "go on please"), ("robot", "beep")]


def test_the_answer_from_which_a_thread_was_started_is_read() -> None:
    _, own = payload("own_message")
    found = earlier({"type": THREAD_STARTER, "referenced_message": own}, HERE, BOT)

    assert found is not None
    assert (found.author.name, found.text) == ("Parley", "It is dark.")


def test_an_alert_of_another_bot_is_read_from_its_embeds() -> None:
    _, beep = payload("other_bot")
    embed = {"title": "Down", "description": "db1", "fields": [{"name": "since", "value": "noon"}]}
    found = earlier(beep | {"content": "", "embeds": [embed]}, HERE, BOT)

    assert found is not None
    assert found.text == "Down\ndb1\nsince: noon"


@pytest.mark.parametrize("kind", [20, 23])
def test_what_another_bot_answered_to_a_command_is_read_and_our_own_answer_is_not(kind: int) -> None:
    (_, beep), (_, own) = payload("other_bot"), payload("own_message")
    found = earlier(beep | {"type": kind, "content": "deployed"}, HERE, BOT)

    assert found is not None
    assert (found.author.name, found.text) == ("robot", "deployed")
    assert earlier(own | {"type": kind}, HERE, BOT) is None


def test_notices_were_not_said() -> None:
    _, said = payload("chatter")

    assert earlier(said | {"type": 18}, HERE, BOT) is None
    assert earlier(said | {"type": 7, "content": ""}, HERE, BOT) is None
    assert earlier(said | {"author": {"id": "5", "bot": True}, "content": "", "flags": LOADING}, HERE, BOT) is None


def test_what_was_looked_up_reads_as_if_it_had_been_heard() -> None:
    kind, data = payload("mention")
    told = {key: value for key, value in data.items() if key not in ("guild_id", "member", "channel_type")}

    assert to_event(kind, as_heard(told, HERE, data["member"]), BOT) == event("mention")


# Whatever comes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("mention", "reply_to_another", "forwarded", "attachment", "edited", "deleted", "ask", "about_message", "press")


def _paths(node: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    return [here, *(path for key, value in inner for path in _paths(value, (*here, key)))][here == () :]


def _with(node: Any, path: tuple[str | int, ...], value: object) -> Any:
    if not path:
        return value
    if isinstance(node, dict):
        return node | {path[0]: _with(node[path[0]], path[1:], value)}
    return [_with(one, path[1:], value) if place == path[0] else one for place, one in enumerate(node)]


@RELAXED
@given(st.data())
def test_no_payload_is_too_odd_to_be_read(data: st.DataObject) -> None:
    kind, told = payload(data.draw(st.sampled_from(NAMES)))
    for _ in range(data.draw(st.integers(1, 3))):
        told = _with(told, data.draw(st.sampled_from(_paths(told))), data.draw(JSON))

    found = to_event(kind, told, BOT, data.draw(st.sampled_from(["", GENERAL])))
    earlier(told, HERE, BOT)

    if found is not None:
        assert found.id.isdecimal()
        assert found.place.platform == "discord"
        assert found.address["channel"]
        "".join([found.author.name, getattr(found, "text", None) or "", getattr(found, "argument", "")]).encode()


@RELAXED
@given(st.text(max_size=60))
def test_a_question_keeps_all_its_words(words: str) -> None:
    kind, data = payload("direct")
    found = to_event(kind, data | {"content": f"tell me: {words}"}, BOT)

    assert isinstance(found, Message)
    if "<" not in words:
        assert found.text == f"tell me: {words}".rstrip()


def test_nothing_of_a_payload_shows() -> None:
    kind, data = payload("mention")

    assert repr(to_event(kind, data, BOT)) == "<Message>"
    assert "1400" not in repr(Bot("1400", "1400"))
