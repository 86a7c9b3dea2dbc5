"""What stands in a thread: people's remarks, other bots' alerts, and none of our own answers."""

from dataclasses import replace

import pytest

from bots.slack.parse import as_heard, earlier, to_event
from bots.slack.screen import message
from core.contract import Command, Message
from tests.bots.slack.desk import BOT, payload
from tests.bots.slack.test_parse import PEOPLE, TABLE, THREAD


def test_an_alert_that_another_bot_posted_is_read_with_its_attachments() -> None:
    said = earlier(payload("said_alert"), THREAD, BOT)

    assert said is not None
    assert said.text == "CPU is high on <web-1>\ncpu > 95 %\nhost: web-1"
    assert (said.author.name, said.author.id, said.place) == ("Datadog", "B0DATADOG1", THREAD)


def test_whose_words_somebody_forwarded_into_the_thread_is_known() -> None:
    said = earlier(payload("forwarded")["event"], THREAD, BOT)

    assert said is not None
    assert (said.author.id, said.quoted) == ("U0ADA12345", ("U0BEN12345",))


def test_whose_words_a_question_forwards_is_known_where_slack_tells_a_persons_id() -> None:
    forwarded = payload("forwarded")
    other_app = forwarded["event"]["attachments"][0] | {"author_id": "B0APP12345"}
    forwarded["event"]["attachments"] += [other_app, forwarded["event"]["attachments"][0]]
    asked = to_event(forwarded, BOT, PEOPLE)
    forwarded["event"]["text"] = "ask: why?"
    typed = to_event(forwarded, BOT, PEOPLE)
    alone = to_event(payload("file_share"), BOT, PEOPLE)

    assert isinstance(asked, Message)
    assert isinstance(typed, Command)
    assert isinstance(alone, Message)
    assert asked.quoted == typed.quoted == ("U0BEN12345",)
    assert alone.quoted == ()


def test_an_alert_of_blocks_is_read_too() -> None:
    said = earlier(payload("said_alert_blocks"), THREAD, BOT)

    assert said is not None
    assert said.text == "TypeError\n*env*: prod\nin checkout"


def test_an_alert_of_rich_text_keeps_its_lines_its_links_and_whom_it_names() -> None:
    parts = [
        {"type": "text", "text": "Deploy "},
        {"type": "text", "text": "failed", "style": {"bold": True}},
        {"type": "text", "text": " see "},
        {"type": "link", "url": "https://ci.example/1", "text": "the log"},
        {"type": "text", "text": " cc "},
        {"type": "user", "user_id": "U0BEN12345"},
    ]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}
    said = earlier({**payload("said_alert_blocks"), "blocks": [block]}, THREAD, BOT, PEOPLE)

    assert said is not None
    assert said.text == "Deploy failed see [the log](https://ci.example/1) cc @Ben"


def test_an_alert_whose_text_is_only_its_title_is_read_as_it_looks() -> None:
    titled, coloured = (earlier(payload(f"said_alert_{name}"), THREAD, BOT) for name in ("titled", "coloured"))

    assert titled is not None
    assert titled.text == "*p99* is above 2 s\n[View graph](https://a.example/graph)"
    assert coloured is not None
    assert coloured.text == "Incident #12 triggered\n*Disk full* on db-1\n*Urgency*: high"


def test_what_an_alert_says_twice_is_read_once() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Build *failed*"}}
    said = earlier({**payload("said_alert_blocks"), "text": "Build *failed* on main", "blocks": [section]}, THREAD, BOT)

    assert said is not None
    assert said.text == "Build *failed* on main"


def test_a_persons_remark_in_the_thread_comes_with_its_name() -> None:
    said = earlier(payload("said_remark"), THREAD, BOT, PEOPLE)

    assert said is not None
    assert (said.author.name, said.text) == ("Ben", "looks like the & of #random")


def test_an_email_that_was_sent_to_the_channel_is_read_without_a_download() -> None:
    said = earlier(payload("said_email"), THREAD, BOT)

    assert said is not None
    assert said.text == "Meeting tomorrow\n\nHi team,\n\nthe meeting is at 3 pm & in <room 4>."
    assert (said.author.name, said.files) == ("Email", ())


@pytest.mark.parametrize("text", ["", "word " * 10_000])
def test_an_email_whose_text_does_not_come_with_it_is_a_file(text: str) -> None:
    mail = payload("said_email")
    mail["files"][0]["plain_text"] = text
    said = earlier(mail, THREAD, BOT)

    assert said is not None
    assert (said.text, [file.name for file in said.files]) == ("", ["Meeting_tomorrow"])


def test_an_email_that_somebody_asks_about_is_quoted_below_the_question() -> None:
    asked = payload("mention")
    asked["event"]["files"] = payload("said_email")["files"]
    event = to_event(asked, BOT, PEOPLE)

    assert isinstance(event, Message)
    assert event.text.endswith("\n\n> Meeting tomorrow\n> \n> Hi team,\n> \n> the meeting is at 3 pm & in <room 4>.")


def test_a_reminder_is_read_and_a_notice_is_not() -> None:
    reminder = {"user": "USLACKBOT", "ts": "1795259050.000100", "text": "Reminder: rotate the keys."}
    said = earlier(reminder, THREAD, BOT)

    assert said is not None
    assert said.text == "Reminder: rotate the keys."
    assert earlier({**reminder, "subtype": "channel_topic"}, THREAD, BOT) is None


def test_a_table_in_the_thread_is_read() -> None:
    said = earlier(payload("pasted_table")["event"], THREAD, BOT, PEOPLE)

    assert said is not None
    assert said.text == f"@claude which of these is slow?\n{TABLE}"


def test_our_own_answers_are_not_what_others_said() -> None:
    assert earlier(payload("own_message")["event"], THREAD, BOT) is None


def test_a_root_that_shows_what_somebody_asked_with_a_slash_command_is_theirs() -> None:
    asked = message("<@U0ADA12345> asks:\n> why is `__init__` of **kwargs slow?\n> > @ben", "U0ADA12345")
    posted = payload("own_message")["event"] | asked | {"text": "Ada asks:\n&gt; why is init of kwargs slow?"}
    root = posted | {"ts": THREAD.thread.partition(":")[2]}
    said = earlier(root, THREAD, BOT, PEOPLE)

    assert said is not None
    assert (said.author.id, said.author.name) == ("U0ADA12345", "Ada")
    assert said.text == "why is `__init__` of **kwargs slow?\n> @ben"
    assert earlier(posted, THREAD, BOT, PEOPLE) is None
    assert earlier({**root, "blocks": []}, THREAD, BOT, PEOPLE) is None


@pytest.mark.parametrize(
    "text", ["Ask <@U0ADA12345> for it.", "<@U0ADA12345> I am back.", "so <@U0ADA12345> asks:\n> a"]
)
def test_a_root_of_ours_that_only_names_somebody_is_not_theirs(text: str) -> None:
    posted = payload("own_message")["event"] | message(text, "U0ADA12345") | {"text": "Ada"}

    assert earlier(posted | {"ts": THREAD.thread.partition(":")[2]}, THREAD, BOT, PEOPLE) is None


def test_a_slash_commands_question_is_known_as_slack_gives_its_blocks_back() -> None:
    who = [{"type": "user", "user_id": "U0ADA12345"}, {"type": "text", "text": " asks:"}]
    sections = [{"type": "rich_text_section", "elements": who}]
    name = {"type": "text", "text": "__init__", "style": {"code": True}}
    sections += [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "why "}, name]}]
    sections += [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "def __init__():"}]}]
    given = {"blocks": [{"type": "rich_text", "elements": sections}], "text": "Ada asks:\n&gt; why init"}
    said = earlier(
        payload("own_message")["event"] | given | {"ts": THREAD.thread.partition(":")[2]}, THREAD, BOT, PEOPLE
    )

    assert said is not None
    assert (said.author.id, said.text) == ("U0ADA12345", "why `__init__`\n```\ndef __init__():\n```")


def test_a_slash_commands_question_with_many_marks_is_known_to_its_end() -> None:
    who = [{"type": "user", "user_id": "U0ADA12345"}, {"type": "text", "text": " asks:\n"}]
    asked = [{"type": "text", "text": f"{number}", "style": {"code": number % 2 == 0}} for number in range(200)]
    sections = [{"type": "rich_text_section", "elements": [*who, *asked]}]
    given = {"blocks": [{"type": "rich_text", "elements": sections}], "ts": THREAD.thread.partition(":")[2]}

    said = earlier(payload("own_message")["event"] | given, THREAD, BOT, PEOPLE)

    assert said is not None
    assert said.text == "".join(f"`{number}`{number + 1}" for number in range(0, 200, 2))


@pytest.mark.parametrize("name", ["mention_twin", "thread_reply", "direct", "file_share"])
def test_a_message_that_was_looked_up_is_the_event_that_should_have_told_of_it(name: str) -> None:
    heard = payload(name)
    event = to_event(heard, BOT, PEOPLE)
    assert event is not None
    looked_up = {key: value for key, value in heard["event"].items() if key not in {"channel", "channel_type"}}

    assert to_event(as_heard(looked_up, event.place, BOT), BOT, PEOPLE) == event


def test_where_slack_tells_us_no_bot_id_nobody_elses_words_are_taken_for_ours() -> None:
    said = payload("thread_reply")["event"]

    found = earlier(said, THREAD, replace(BOT, id=""))

    assert found is not None
    assert found.text == "and in Rust?"
