"""Recorded payloads as events: what is ours, whose it is, and where it belongs."""

import json
import re
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack.parse import earlier, message_id, people_in, to_event
from bots.slack.parts import Bot, Profile
from core.contract import Action, Change, Command, Event, File, Message, Person, Place, Press
from tests.bots.slack.desk import BOT, PAYLOADS, payload

CHANNEL = Place("slack", "T0TEAM1234", "C0GENERAL1")
THREAD = replace(CHANNEL, thread="C0GENERAL1:1795259310.123456")
DIRECT = Place("slack", "T0TEAM1234", "D0DIRECT12", private=True)
PEOPLE = {"U0ADA12345": Profile("Ada", trusted=True), "U0BEN12345": Profile("Ben", trusted=True)}
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith("said_"))
SAID = sorted(path.stem for path in PAYLOADS.glob("said_*.json"))


def message(name: str, bot: Bot = BOT) -> Message:
    event = to_event(payload(name), bot, PEOPLE)
    assert isinstance(event, Message)
    return event


def command(name: str, now: float = 0) -> Command:
    event = to_event(payload(name), BOT, PEOPLE, now=now)
    assert isinstance(event, Command)
    return event


def change(name: str) -> Change:
    event = to_event(payload(name), BOT, PEOPLE)
    assert isinstance(event, Change)
    return event


# What is for us


def test_a_mention_is_a_question_of_its_channel_answered_in_the_thread_under_it() -> None:
    asked = message("mention")

    assert asked == Message(
        id="C0GENERAL1:1795259310.123456",
        place=CHANNEL,
        author=Person("U0ADA12345", "Ada"),
        at=1795259310.123456,
        address={"channel": "C0GENERAL1", "thread_ts": "1795259310.123456", "ts": "1795259310.123456"},
        text="what does @Ben mean by a <T> here?",
    )


def test_both_events_of_one_mention_are_one_event() -> None:
    assert to_event(payload("mention"), BOT, PEOPLE) == to_event(payload("mention_twin"), BOT, PEOPLE)


def test_a_reply_in_a_thread_is_only_for_us_where_we_take_part() -> None:
    reply = message("thread_reply")

    assert (reply.direct, reply.place, reply.text) == (False, THREAD, "and in Rust?")
    assert reply.address["thread_ts"] == "1795259310.123456"


def test_a_mention_in_a_thread_is_direct() -> None:
    asked = message("thread_mention")

    assert (asked.direct, asked.place, asked.text) == (True, THREAD, "and in Rust, @claude?")


def test_a_direct_message_needs_no_mention() -> None:
    asked = message("direct")

    assert (asked.direct, asked.place) == (True, DIRECT)
    assert asked.text == "summarize [this page](https://example.com/a?b=1&c=2) please"


def test_a_group_of_people_is_no_private_place() -> None:
    asked = message("group_direct")

    assert (asked.direct, asked.place.private, asked.text) == (True, False, "who is right?")


def test_files_come_by_their_ids_and_gone_ones_not_at_all() -> None:
    asked = message("file_share")

    assert asked.files == (File("F0FILE1234", "plan.pdf", 48213), File("F0VEILED12", "file", 0))
    assert asked.text == "what is in it?"


@pytest.mark.parametrize(("name", "place"), [("broadcast", THREAD), ("me_message", DIRECT)])
def test_replies_sent_to_the_channel_and_me_messages_count(name: str, place: Place) -> None:
    assert message(name).place == place


def test_what_somebody_forwards_is_quoted_below_the_question() -> None:
    assert message("forwarded").text == "is this true?\n\n> ben: The build takes\n> an hour."


def test_a_forwarded_message_of_blocks_alone_is_read() -> None:
    forwarded = payload("forwarded")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*p99* is above 2 s"}}
    said = {"ts": "1795250000.000100", "message": {"blocks": [section]}}
    forwarded["event"] |= {"subtype": "message_share", "text": ""}
    forwarded["event"]["attachments"][0] |= {"text": "", "message_blocks": [said], "author_name": "<b>`Bot`"}

    asked = to_event(forwarded, BOT, PEOPLE)

    assert isinstance(asked, Message)
    assert asked.text == "> b Bot: *p99* is above 2 s"


def test_the_files_of_what_somebody_forwards_are_read_too() -> None:
    forwarded = payload("forwarded")
    image = {"id": "F0IMAGE123", "name": "screen.png", "size": 2_000, "mode": "hosted"}
    forwarded["event"]["attachments"][0]["files"] = [image]
    forwarded["event"]["attachments"][1]["files"] = [{**image, "id": "F0PREVIEW1"}]

    asked = to_event(forwarded, BOT, PEOPLE)

    assert isinstance(asked, Message)
    assert asked.files == (File("F0IMAGE123", "screen.png", 2_000),)


TABLE = "| Service | p99 \\| ms |\n|---|---|\n| [the api](https://a.example/api) of @Ben | 2100 |\n| web front |  |"


def test_a_pasted_table_belongs_to_the_question() -> None:
    pasted = payload("pasted_table")
    assert message("pasted_table").text == f"which of these is slow?\n\n{TABLE}"

    event = pasted["event"]
    event["blocks"] += event.pop("attachments")[0]["blocks"]

    asked = to_event(pasted, BOT, PEOPLE)
    assert isinstance(asked, Message)
    assert asked.text == f"which of these is slow?\n\n{TABLE}"


def test_a_table_that_slack_shows_of_a_link_is_not_the_askers() -> None:
    unfurled = payload("pasted_table")
    unfurled["event"]["attachments"][0]["from_url"] = "https://a.example/"

    asked = to_event(unfurled, BOT, PEOPLE)

    assert isinstance(asked, Message)
    assert asked.text == "which of these is slow?"


NOT_FOR_US = "chatter own_message own_edit other_bot joined notice unfurled home_opened"


@pytest.mark.parametrize("name", NOT_FOR_US.split())
def test_what_is_not_for_us_is_no_event(name: str) -> None:
    assert to_event(payload(name), BOT, PEOPLE) is None


def test_without_our_own_id_no_mention_is_ours() -> None:
    assert to_event(payload("mention_twin"), replace(BOT, user="U0SOMEBODY"), PEOPLE) is None


def test_an_event_that_another_workspaces_installation_gets_is_not_ours() -> None:
    assert to_event(payload("mention"), replace(BOT, team="T0ELSEWHERE"), PEOPLE) is None


# Mentions that are edited: Slack tells them anew


def edited(text: str, seconds: float) -> Event | None:
    """What is made of a mention that got this text so many seconds after it was written."""
    again = payload("mention")
    ts = float(again["event"]["ts"])
    again["event"] |= {"text": text, "edited": {"user": "U0ADA12345", "ts": f"{ts + seconds:.6f}"}}
    return to_event(again, BOT, PEOPLE)


def test_whoever_adds_the_mention_that_he_forgot_asks() -> None:
    assert edited("<@U0BOT12345> what is a monad?", 3600) == replace(message("mention"), text="what is a monad?")


def test_whoever_mends_a_word_days_later_asks_nothing() -> None:
    """By then nothing may be known of the question any more, and it would be answered a second time."""
    assert edited("<@U0BOT12345> what is a monad?", 2 * 24 * 3600) is None


@pytest.mark.parametrize(("seconds", "kind"), [(60, Command), (600, type(None))])
def test_a_command_is_given_once_however_often_it_is_edited(seconds: float, kind: type) -> None:
    """Of commands less is kept than of questions."""
    assert isinstance(edited("<@U0BOT12345> reset", seconds), kind)


# Commands


def test_a_command_can_be_typed_after_a_mention_in_a_thread() -> None:
    typed = command("reset")

    assert (typed.name, typed.argument, typed.place, typed.id) == ("reset", "", THREAD, "C0GENERAL1:1795259840.001100")


def test_a_command_word_in_somebody_elses_talk_is_no_command() -> None:
    said = payload("thread_reply")
    said["event"]["text"] = "stop"

    assert isinstance(to_event(said, BOT, PEOPLE), Message)


def test_the_bots_name_alone_asks_for_help_and_in_a_thread_for_an_answer_to_it() -> None:
    alone = payload("bare_mention")
    assert command("bare_mention").name == "help"

    alone["event"]["thread_ts"] = "1795259310.123456"

    asked = to_event(alone, BOT, PEOPLE)
    assert isinstance(asked, Message)
    assert (asked.text, asked.direct) == ("", True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("slash", ("ask", "what would @Ben say?")),
        ("slash_model", ("model", "claude-haiku-4-5")),
        ("slash_alone", ("help", "")),
    ],
)
def test_a_slash_command_is_a_row_of_the_table_or_a_question(name: str, expected: tuple[str, str]) -> None:
    typed = command(name, now=1795259312.5)

    assert (typed.name, typed.argument) == expected
    assert (typed.place, typed.at) == (CHANNEL, 1795259312.5)
    assert typed.id == "9912345678.99887766.0123456789abcdef0123456789abcdef"


def test_what_is_needed_to_answer_holds_no_response_url() -> None:
    assert "hooks" not in json.dumps(dict(command("slash").address))


# Buttons


def test_a_button_names_its_action_and_its_turn() -> None:
    press = to_event(payload("press"), BOT, PEOPLE)

    assert isinstance(press, Press)
    assert (press.action, press.turn) == (Action.REGENERATE, "C0GENERAL1:1795259310.123456")
    assert (press.place, press.author.id) == (THREAD, "U0ADA12345")
    assert press.address["ts"] == "1795259315.000100"


@pytest.mark.parametrize("action_id", ["", "stop", "stop:", "explode:C1:1.1", f"stop:{'x' * 65}", "stop:a b"])
def test_a_button_that_is_none_of_ours_is_no_event(action_id: str) -> None:
    pressed = payload("press")
    pressed["actions"][0]["action_id"] = action_id

    assert to_event(pressed, BOT, PEOPLE) is None


def test_slacks_own_stop_button_stops_what_runs_in_its_thread() -> None:
    press = to_event(payload("session_stopped"), BOT, PEOPLE)

    assert isinstance(press, Press)
    assert (press.action, press.turn, press.id) == (Action.STOP, "", "Ev0AAAAAAAAO")
    assert press.place == replace(DIRECT, thread="D0DIRECT12:1795259500.000300")


# Edits and deletions


def test_an_edit_changes_the_question_and_keeps_its_time() -> None:
    edit = change("edited")

    assert (edit.id, edit.place, edit.text) == ("C0GENERAL1:1795259310.123456", CHANNEL, "what is a functor?")
    assert edit.at == 1795259310.123456


def test_a_deleted_message_has_no_text_any_more() -> None:
    gone = change("deleted")

    assert (gone.id, gone.place, gone.text) == ("C0GENERAL1:1795259400.000200", THREAD, None)
    assert gone.author.id == "U0ADA12345"


def test_a_deleted_root_that_leaves_its_thread_is_deleted_too() -> None:
    gone = change("root_deleted")

    assert (gone.id, gone.place, gone.text) == ("C0GENERAL1:1795259310.123456", CHANNEL, None)
    assert gone.author.id == "U0ADA12345"


@pytest.mark.parametrize("name", ["deleted", "root_deleted"])
def test_a_deleted_message_of_ours_is_gone_too(name: str) -> None:
    ours = payload(name)
    ours["event"]["previous_message"] |= {"user": BOT.user, "bot_id": BOT.id}

    gone, theirs = to_event(ours, BOT, PEOPLE), change(name)
    assert isinstance(gone, Change)
    assert (gone.id, gone.place, gone.text) == (theirs.id, theirs.place, None)
    assert gone.id.endswith(gone.shown)


def test_an_edit_that_changes_no_word_is_none() -> None:
    same = payload("edited")
    same["event"]["previous_message"]["text"] = same["event"]["message"]["text"]

    assert to_event(same, BOT, PEOPLE) is None


def test_an_edit_of_a_table_changes_the_question() -> None:
    edit, pasted = payload("edited"), payload("pasted_table")["event"]["attachments"]
    edit["event"]["message"] |= {"text": "<@U0BOT12345> why?", "attachments": pasted}
    edit["event"]["previous_message"]["text"] = "<@U0BOT12345> why?"

    change = to_event(edit, BOT, PEOPLE)

    assert isinstance(change, Change)
    assert change.text == f"why?\n\n{TABLE}"


def test_an_edit_of_other_peoples_chatter_is_not_for_us() -> None:
    edited = payload("edited")
    for version in ("message", "previous_message"):
        edited["event"][version]["text"] = edited["event"][version]["text"].replace("<@U0BOT12345>", "")

    assert to_event(edited, BOT, PEOPLE) is None


# Who


def test_whom_a_payload_names_is_its_author_and_those_in_its_text() -> None:
    assert people_in(payload("mention"), BOT) == ("U0ADA12345", "U0BEN12345")
    assert people_in(payload("slash"), BOT) == ("U0ADA12345", "U0BEN12345")
    assert people_in(payload("press"), BOT) == ("U0ADA12345",)
    assert people_in(payload("edited"), BOT) == ("U0ADA12345",)


def test_channels_of_which_a_payload_has_no_name_are_looked_up_after_the_people() -> None:
    said = {"user": "U0ADA12345", "text": "<#C0A> <#C0B|> <#C0C|named> <#G0D> <@U0BEN12345>"}

    assert people_in({"event": said}, BOT) == ("U0ADA12345", "U0BEN12345", "C0A", "C0B")


def test_whom_an_alert_or_a_forwarded_message_names_is_found_too() -> None:
    forwarded, alert = payload("forwarded"), payload("said_alert_titled")
    forwarded["event"]["attachments"][0]["text"] = "ask <@U0BEN12345>"
    alert["blocks"][0]["text"]["text"] = "on call: <@U0BEN12345>"

    assert people_in(forwarded, BOT) == ("U0ADA12345", "U0BEN12345")
    assert people_in({"event": alert}, BOT) == ("U0HONEY123", "U0BEN12345")


def test_whom_rich_text_names_is_found_too() -> None:
    alert, ben = payload("said_alert_blocks"), {"type": "user", "user_id": "U0BEN12345"}
    alert["blocks"][2]["elements"][0]["elements"].append(ben)

    assert people_in({"event": alert}, BOT) == ("U0SENTRY12", "U0BEN12345")


# Whatever comes

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["C0OTHER", "1795259310.123456", "<@U0BOT12345>", "message", "message_changed", "```", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A recorded payload with one to three of its values replaced or gone; and as it was."""
    whole = payload(draw(st.sampled_from(NAMES)))
    hurt = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = hurt
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.booleans()):
                node = node[key]
                continue
            if isinstance(node, dict) and draw(st.booleans()):
                del node[key]
            else:
                node[key] = draw(JSON)
            break
    return hurt, whole


def sound(event: Event, raw: str) -> bool:
    """Its ids are slugs, its place is one that the payload names, and it can travel as JSON."""
    json.dumps(asdict(event)).encode()
    json.dumps(asdict(event), ensure_ascii=False).encode()
    is_slug = re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", event.id) is not None
    return is_slug and event.place.space == BOT.team and json.dumps(event.place.channel) in raw and event.at >= 0


@settings(max_examples=400, deadline=None)
@given(broken())
def test_no_payload_breaks_us_or_leads_to_a_place_that_it_does_not_name(pair: tuple[dict[str, Any], Any]) -> None:
    hurt, _ = pair
    event = to_event(hurt, BOT, PEOPLE, now=1.0)

    people_in(hurt, BOT)
    assert event is None or sound(event, json.dumps(hurt))


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from(["", "event", "user", "container", "actions"]))
def test_no_json_at_all_breaks_us(value: Any, key: str) -> None:
    raw = value if isinstance(value, dict) else {"type": "event_callback", "event": value, key: value, "command": value}

    event = to_event(raw, BOT, now=1.0)

    assert event is None or sound(event, json.dumps(raw))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SAID), st.sampled_from(["text", "ts", "user", "attachments", "blocks", "subtype"]), JSON)
def test_no_message_of_a_thread_breaks_us(name: str, key: str, value: Any) -> None:
    said = earlier({**payload(name), key: value}, THREAD, BOT)

    assert said is None or said.place == THREAD


def test_the_two_events_of_a_mention_have_one_id_and_what_is_no_new_message_has_none() -> None:
    ids = [message_id(payload(name)) for name in ("mention", "mention_twin", "direct")]
    assert ids[0] == ids[1] == message("mention").id
    assert ids[2] == message("direct").id
    assert [message_id(payload(name)) for name in ("edited", "deleted", "press")] == ["", "", ""]
    again = payload("mention")
    again["event"]["edited"] = {"user": "U0ADA12345", "ts": "1795259399.000000"}
    assert message_id(again) == ""
