"""What a message says, with what stands beside it."""

from typing import Any

import pytest

from bots.discord.words import ABOUT_THIS, alone, files_of, name_of, question, quotes, words
from core.called import quoted
from tests.bots.discord.desk import BOT, GENERAL, HERE, at_work, house, payload
from tests.bots.inboxes import Notebook
from tests.waits import until

PHOTO = {
    "id": "9",
    "filename": "photo.png",
    "size": 7,
    "url": "https://cdn.discordapp.com/attachments/1/9/photo.png?ex=1",
}
ALERT = {
    "type": "rich",
    "author": {"name": "build-bot"},
    "title": "Build 12 failed",
    "description": "The disk is full.",
    "fields": [{"name": "branch", "value": "main"}],
    "footer": {"text": "runner 3"},
}
READ = "build-bot\nBuild 12 failed\nThe disk is full.\nbranch: main\nrunner 3"
POLL = {
    "question": {"text": "Where do we eat?"},
    "answers": [
        {"answer_id": 1, "poll_media": {"text": "Thai", "emoji": {"name": "🍜"}}},
        {"answer_id": 2, "poll_media": {"text": "Pizza"}},
    ],
    "results": {"is_finalized": False, "answer_counts": [{"id": 1, "count": 3, "me_voted": False}]},
}
VOTED = "[poll: Where do we eat?]\n- Thai (votes: 3)\n- Pizza"
BOX = {"type": 17, "components": [{"type": 9, "components": [{"type": 10, "content": "Build 12 failed"}]}]}


def reply(**answered: Any) -> dict[str, Any]:
    """A question in reply to somebody's message."""
    _, data = payload("reply_to_another")
    return data | {"referenced_message": data["referenced_message"] | answered}


def test_the_files_of_what_a_question_replies_to_belong_to_it() -> None:
    asked = reply(content="", attachments=[PHOTO])

    [file] = files_of(asked, HERE, BOT)
    assert (file.name, file.size) == ("photo.png", 7)
    assert file.ref == f"{GENERAL}:{asked['referenced_message']['id']}:9:/attachments/1/9/photo.png"
    assert question(asked, BOT) == "what does that mean?\n\n> Grace wrote:\n> [file: photo.png]"


def test_whom_the_other_message_mentions_is_named() -> None:
    mentioned = {"content": "ask <@77>", "mentions": [{"id": "77", "global_name": "Alan"}]}
    _, data = payload("forwarded")

    assert question(reply(**mentioned), BOT).endswith("\n> ask @Alan")
    assert question(data | {"message_snapshots": [{"message": mentioned}]}, BOT) == "> ask @Alan"


def test_its_own_files_come_first() -> None:
    asked = reply(attachments=[PHOTO]) | {"attachments": [PHOTO | {"id": "8", "filename": "mine.png"}]}

    assert [file.name for file in files_of(asked, HERE, BOT)] == ["mine.png", "photo.png"]


def test_our_own_answers_and_their_files_are_in_the_history() -> None:
    asked = reply(author={"id": BOT.user, "bot": True}, attachments=[PHOTO])

    assert files_of(asked, HERE, BOT) == ()
    assert question(asked, BOT) == "what does that mean?"


def test_the_alert_that_a_question_replies_to_is_read() -> None:
    asked = reply(author={"id": "5", "username": "CI", "bot": True}, content="", embeds=[ALERT])

    assert question(asked, BOT) == f"what does that mean?\n\n{quoted('CI wrote:' + chr(10) + READ)}"


def test_the_preview_of_a_link_that_a_person_wrote_is_not() -> None:
    asked = reply(content="https://example.org", embeds=[ALERT | {"type": "article"}])

    assert question(asked, BOT) == "what does that mean?\n\n> Grace wrote:\n> https://example.org"


def test_an_alert_that_is_forwarded_is_read_and_the_preview_of_a_link_is_not() -> None:
    _, data = payload("forwarded")
    preview = {"type": "link", "title": "A page"}
    snapshot = {"message": {"content": "", "embeds": [preview, ALERT], "attachments": []}}

    assert question(data | {"message_snapshots": [snapshot]}, BOT) == quoted(READ)


def test_the_forward_that_a_question_replies_to_is_read_with_its_files() -> None:
    alerted = {"content": "ask <@77>", "mentions": [{"id": "77", "global_name": "Alan"}], "embeds": [ALERT]}
    asked = reply(content="", message_snapshots=[{"message": alerted | {"attachments": [PHOTO]}}])

    shown = f"Grace forwarded:\nask @Alan\n{READ}\n[file: photo.png]"
    assert question(asked, BOT) == f"what does that mean?\n\n{quoted(shown)}"
    assert [file.name for file in files_of(asked, HERE, BOT)] == ["photo.png"]


def test_the_sticker_and_the_poll_that_a_question_replies_to_are_read() -> None:
    sticker = {"sticker_items": [{"id": "1", "name": "shipit", "format_type": 1}]}

    assert question(reply(content="", **sticker), BOT).endswith("\n> Grace wrote:\n> [sticker: shipit]")
    assert question(reply(content="", poll=POLL), BOT).endswith(f"\n{quoted('Grace wrote:' + chr(10) + VOTED)}")


def test_a_poll_and_a_sticker_are_read_wherever_they_stand() -> None:
    _, data = payload("chatter")
    _, forwarded = payload("forwarded")
    snapshot = {"message": {"content": "", "sticker_items": [{"name": "shipit"}]}}

    assert list(words(data | {"content": "", "poll": POLL}, BOT)) == [VOTED]
    assert question(forwarded | {"message_snapshots": [snapshot]}, BOT) == "> [sticker: shipit]"


@pytest.mark.parametrize("poll", [{}, {"question": 7, "answers": [{"poll_media": {"text": "Thai"}}]}])
def test_a_poll_without_a_question_says_nothing(poll: dict[str, Any]) -> None:
    assert list(words({"poll": poll}, BOT)) == []


def test_no_poll_is_too_odd_to_be_read() -> None:
    odd = {"question": {"text": "x"}, "answers": [{"answer_id": []}], "results": {"answer_counts": [{"id": {}}]}}

    assert list(words({"poll": odd}, BOT)) == ["[poll: x]\n- "]


@pytest.mark.parametrize("blank", [{}, {"message_snapshots": [{"message": {"content": ""}}]}])
def test_a_message_that_discord_keeps_from_us_is_told_to_stand_there_with_what_helps(blank: dict[str, Any]) -> None:
    asked = question(reply(content="", **blank), BOT)

    assert asked.startswith("what does that mean?\n\n> [This replies to a message of Grace that you are not shown")
    assert f"“{ABOUT_THIS}”" in asked
    assert quotes(reply(content="", **blank), BOT) == ()


def test_a_notice_without_words_is_not_kept_from_us() -> None:
    joined = reply(content="", type=7)

    assert question(joined, BOT) == "what does that mean?"


def test_what_bots_write_in_boxes_is_read() -> None:
    message = {"type": 0, "author": {"id": "5", "bot": True}, "content": "", "components": [BOX]}

    assert list(words(message, BOT)) == ["Build 12 failed"]
    assert list(words(message | {"author": {"id": "5"}}, BOT)) == []


def test_boxes_within_boxes_come_to_an_end() -> None:
    box: dict[str, Any] = {"type": 17, "components": []}
    box["components"].append(box)

    assert list(words({"author": {"bot": True}, "components": [box]}, BOT)) == []


def test_alone_it_replies_to_nothing() -> None:
    assert question(alone(reply()), BOT) == "what does that mean?"
    assert files_of(alone(reply(attachments=[PHOTO])), HERE, BOT) == ()


def test_a_name_cannot_look_like_a_fence() -> None:
    assert name_of({"username": "<x>\n```"}, {}) == "x"


@pytest.mark.anyio
async def test_a_picture_that_somebody_else_posted_is_asked_about_by_replying_to_it() -> None:
    inbox = Notebook()
    async with house(content=True) as here, at_work(here, inbox):
        picture = here.say("", user="grace", attachments=[{"filename": "photo.txt", "text": "a lighthouse"}])
        here.say("what is this?", mention=True, reply_to=picture)
        await until(lambda: inbox.events)

        [asked] = inbox.events
        [file] = asked.files  # type: ignore[attr-defined]  # a message
        assert await here.platform.read(file, 100) == b"a lighthouse"
