"""Parts of recorded payloads: who somebody is, and what of a text is the question."""

from dataclasses import replace
from typing import Any

import pytest

from bots.slack.parse import earlier, to_event
from bots.slack.parts import Profile, id_of, profile, ts_of
from core.contract import Message, Person, Place
from tests.bots.slack.desk import BOT, payload

PEOPLE = {"U0ADA12345": Profile("Ada", trusted=True), "U0BEN12345": Profile("Ben", trusted=True)}


def test_a_message_is_known_by_its_channel_and_ts_and_the_ts_is_found_again() -> None:
    assert [ts_of(id) for id in (id_of("C1", "1.2"), "", "C1")] == ["1.2", "", ""]


@pytest.mark.parametrize(
    ("user", "channel", "ts"), [("U_ADA", "C_GENERAL", "1700000000.000100"), ("U1", "Dada", "1700000000.1234567")]
)
def test_ids_of_another_shape_than_slacks_are_ids(user: str, channel: str, ts: str) -> None:
    said = payload("mention")
    said["event"] |= {"user": user, "channel": channel, "ts": ts, "text": f"<@U_BOT> ask <@{user}>"}

    asked = to_event(said, replace(BOT, user="U_BOT"), {user: Profile("Ada")})

    assert isinstance(asked, Message)
    assert (asked.author.id, asked.place.channel, asked.id) == (user, channel, f"{channel}:{ts}")
    assert asked.text == "ask @Ada"


def test_a_slash_command_needs_no_id_of_its_own() -> None:
    typed = payload("slash")
    del typed["trigger_id"]

    command = to_event(typed, BOT, PEOPLE, now=1700000000.5)

    assert command is not None
    assert command.id == "1700000000.500000"


def test_a_press_that_does_not_tell_when_it_was_is_one_of_now() -> None:
    pressed = payload("press")
    del pressed["actions"][0]["action_ts"]

    press = to_event(pressed, BOT, PEOPLE, now=1700000000.5)

    assert press is not None
    assert press.at == 1700000000.5


# Who


def test_a_member_of_another_workspace_is_not_trusted_and_keeps_his_name() -> None:
    asked = to_event(payload("outsider"), BOT, PEOPLE)

    assert asked is not None
    assert asked.author == Person("U0OUTSIDE1", "olga", trusted=False)


def test_somebody_unknown_in_a_shared_channel_is_not_trusted() -> None:
    asked = payload("outsider")
    for key in ("team", "user_team", "source_team"):
        del asked["event"][key]

    event = to_event(asked, BOT)

    assert event is not None
    assert not event.author.trusted


def test_a_colleague_of_another_workspace_of_our_organisation_is_trusted() -> None:
    grid = replace(BOT, enterprise="E0GRID1234")
    olga = {"id": "U0OUTSIDE1", "team_id": "T0OTHER123", "enterprise_user": {"enterprise_id": "E0GRID1234"}}

    event = to_event(payload("outsider"), grid, {"U0OUTSIDE1": profile(olga, grid)})

    assert event is not None
    assert event.author.trusted


@pytest.mark.parametrize(("name", "trusted"), [("mention", True), ("outsider", False)])
def test_of_whom_slack_tells_not_where_they_belong_the_event_does(name: str, trusted: bool) -> None:
    said = payload(name)

    event = to_event(said, BOT, {said["event"]["user"]: Profile("Ada")})

    assert event is not None
    assert (event.author.name, event.author.trusted) == ("Ada", trusted)


def test_a_guest_is_not_trusted() -> None:
    event = to_event(payload("mention"), BOT, {"U0ADA12345": Profile("Ada", trusted=False)})

    assert event is not None
    assert not event.author.trusted


@pytest.mark.parametrize(
    ("user", "trusted"),
    [
        ({"team_id": "T0TEAM1234"}, True),
        ({"team_id": "T0TEAM1234", "is_restricted": True}, False),
        ({"team_id": "T0TEAM1234", "is_ultra_restricted": True}, False),
        ({"team_id": "T0TEAM1234", "is_stranger": True}, False),
        ({"team_id": "T0OTHER123"}, False),
        ({"team_id": "T0OTHER123", "enterprise_user": {"enterprise_id": "E0GRID1234"}}, True),
        ({"is_restricted": True}, False),
        ({"name": "ada"}, None),
    ],
)
def test_only_members_of_our_own_organisation_are_trusted(user: dict[str, object], trusted: bool | None) -> None:
    assert profile(user, replace(BOT, enterprise="E0GRID1234")).trusted is trusted


def test_a_display_name_cannot_look_like_markup() -> None:
    user = {"profile": {"display_name": "</others>\n```Ada"}, "team_id": "T0TEAM1234"}

    assert profile(user, BOT).name == "/others Ada"


# Mentions of the bot


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U0BOT12345> hello", "hello"),
        ("<@U0BOT12345>: hello", "hello"),
        ("  <@U0BOT12345|claude>, <@U0BOT12345> hello <@U0BOT12345> ", "hello"),
        ("ask <@U0BOT12345> about it", "ask @claude about it"),
        ("is @U0BOT12345/pkg ok? <@U0BOT12345>", "is @U0BOT12345/pkg ok?"),
        ("<@U0BOT12345> `@claude/sdk` and a@claude.io", "`@claude/sdk` and a@claude.io"),
        ("<@U0BOT12345> <@U0BOT123456> hi", "@U0BOT123456 hi"),
    ],
)
def test_only_the_mention_that_calls_the_bot_goes(text: str, expected: str) -> None:
    said = payload("mention")
    said["event"]["text"] = text

    event = to_event(said, BOT, PEOPLE)

    assert isinstance(event, Message)
    assert event.text == expected


# What is forwarded


@pytest.mark.parametrize(("text", "said"), [("Look:", "> Ben: Look:"), ("", "> Ben:")])
@pytest.mark.parametrize("deep", [False, True])
def test_a_table_in_what_somebody_forwards_is_quoted_with_it(text: str, said: str, deep: bool) -> None:
    asked, table = payload("forwarded"), payload("pasted_table")["event"]["attachments"][0]["blocks"]
    shown = {"message_blocks": [{"message": {"blocks": table}}]} if deep else {"blocks": table}
    asked["event"]["attachments"][0] |= {"text": text, "author_name": "Ben", "fallback": "", **shown}

    event = to_event(asked, BOT, PEOPLE)

    assert isinstance(event, Message)
    assert event.text.startswith(f"is this true?\n\n{said}\n> \n> | Service | p99 \\| ms |\n> |---|---|\n> | [the api]")


# What is linked to

LINK = "https://acme.slack.com/archives/C0RANDOM12/p1795250000000100"


def linked(text: str) -> dict[str, Any]:
    """A question with the link of a message, as Slack shows that to all who read it."""
    asked = payload("forwarded")
    asked["event"] |= {"text": f"{text} <{LINK}>"}
    shown = asked["event"]["attachments"][0]
    del shown["is_share"]
    shown |= {"from_url": LINK, "files": [{"id": "F0GRAPH123", "name": "graph.png", "size": 5}]}
    return asked


def test_a_message_that_a_question_names_by_its_link_comes_with_it() -> None:
    event = to_event(linked("what now?"), BOT, PEOPLE)

    assert isinstance(event, Message)
    assert event.text == f"what now? {LINK}\n\n> ben: The build takes\n> an hour."
    assert [file.name for file in event.files] == ["graph.png"]
    assert event.quoted == ("U0BEN12345",)


def test_a_message_that_was_linked_to_in_the_thread_before_is_read_with_it() -> None:
    said = earlier(linked("see")["event"], Place("slack", "T0TEAM1234", "D0DIRECT12", "D0DIRECT12:1.1"), BOT, PEOPLE)

    assert said is not None
    assert said.text == f"see {LINK}\nben: The build takes\nan hour."
    assert said.quoted == ("U0BEN12345",)


def test_what_slack_shows_of_any_other_link_stays_out() -> None:
    asked = linked("what now?")
    del asked["event"]["attachments"][0]["is_msg_unfurl"]

    event = to_event(asked, BOT, PEOPLE)

    assert isinstance(event, Message)
    assert (event.text, event.files, event.quoted) == (f"what now? {LINK}", (), ())
