"""Messages come to be, change and go, and the record tells whom they pinged."""

import pytest

from playground.discord import Config, Platform, posts
from playground.discord.errors import Refused
from playground.discord.posts import Upload
from playground.discord.world import ADA, BOT, GENERAL, GRACE, MODERATORS, Channel, Message, Reference

PINGING = f"<@{ADA}> <@&{MODERATORS}> @everyone"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(clock: Clock) -> Platform:
    return Platform(monotonic=clock)


@pytest.fixture
def general(here: Platform) -> Channel:
    return here.world.channel(GENERAL)


def said(here: Platform, general: Channel, text: str = "hi", author: int = ADA) -> Message:
    return posts.publish(here, posts.draft(here, general, {"content": text}, author=author))


def test_the_record_proves_that_nobody_was_pinged(here: Platform, general: Channel) -> None:
    question = said(here, general)
    body = {"content": PINGING, "message_reference": {"message_id": question.id}, "allowed_mentions": {"parse": []}}
    message = posts.create(here, general, body)
    posts.edit_own(here, message, {"content": PINGING + "!", "allowed_mentions": {"parse": []}})

    nobody = {"everyone": False, "users": [], "roles": []}
    shown = here.record.state()["versions"][1:]
    assert [(one["pings"], one["notified"]) for one in shown] == [(nobody, [])] * 2


def test_without_allowed_mentions_the_record_shows_who_was(here: Platform, general: Channel) -> None:
    message = posts.create(here, general, {"content": PINGING, "allowed_mentions": None})
    posts.edit_own(here, message, {"content": f"<@{GRACE}>"})

    first, second = here.record.state()["versions"]
    assert first["pings"] == {"everyone": True, "users": [str(ADA)], "roles": [str(MODERATORS)]}
    assert set(first["notified"]) == {str(one) for one in here.world.guild("Playground").members if one != BOT}
    assert second["pings"]["users"] == [str(GRACE)]
    assert second["notified"] == []


def test_a_reply_pings_whom_it_answers_unless_told_not_to(here: Platform, general: Channel) -> None:
    question = said(here, general)
    reference = {"message_reference": {"message_id": str(question.id)}}
    loud = posts.create(here, general, {"content": "a"} | reference)
    quiet = posts.create(here, general, {"content": "b", "allowed_mentions": {"replied_user": False}} | reference)

    assert loud.pings.users == (ADA,)
    assert quiet.pings.users == ()


def test_a_reply_to_the_answer_of_a_command_does_not_ping_the_bot(here: Platform, general: Channel) -> None:
    answer = posts.publish(here, Message(here.world.new_id(), GENERAL, BOT, 0.0, "a", interaction={"id": "1"}))
    plain = posts.create(here, general, {"content": "b"})

    def reply(to: Message) -> Message:
        return posts.draft(here, general, {"content": "c"}, author=ADA, reference=Reference(to.id, GENERAL))

    assert reply(plain).pings.users == (BOT,)
    assert reply(answer).pings.users == ()


def test_an_enforced_nonce_gives_the_first_message_again(here: Platform, general: Channel, clock: Clock) -> None:
    body = {"content": "once", "nonce": "run-1", "enforce_nonce": True}
    first = posts.create(here, general, body)

    assert posts.create(here, general, body | {"content": "twice"}) is first
    assert posts.create(here, general, body | {"enforce_nonce": False}) is not first
    clock.now = Config().nonce_seconds
    assert posts.create(here, general, body | {"nonce": "run-1"}) is not first


def test_a_prompt_that_is_gone_refuses_the_reply_unless_it_need_not_exist(here: Platform, general: Channel) -> None:
    gone = {"content": "a", "message_reference": {"message_id": "5"}}

    with pytest.raises(Refused):
        posts.create(here, general, gone)
    gone["message_reference"] = {"message_id": "5", "fail_if_not_exists": False}
    assert posts.create(here, general, gone).reference is None


def test_text_is_trimmed_at_its_ends(here: Platform, general: Channel) -> None:
    assert posts.create(here, general, {"content": " \n a b \n"}).content == "a b"


def test_an_edit_changes_only_what_it_names(here: Platform, general: Channel) -> None:
    row = {"type": 1, "components": [{"type": 2, "custom_id": "stop", "label": "Stop"}]}
    message = posts.create(here, general, {"content": "a", "components": [row], "flags": 4})

    edited = posts.edit_own(here, message, {"content": "b"})
    unsuppressed = posts.edit_own(here, edited, {"flags": 0, "components": []})

    assert (edited.content, edited.components, edited.flags) == ("b", (row,), 4)
    assert (unsuppressed.content, unsuppressed.components, unsuppressed.flags) == ("b", (), 0)


def test_a_refused_edit_changes_nothing(here: Platform, general: Channel) -> None:
    message = posts.create(here, general, {"content": "a"})

    with pytest.raises(Refused):
        posts.edit_own(here, message, {"content": " "})

    assert general.messages[message.id].content == "a"
    assert len(here.record.state()["versions"]) == 1


def test_nobody_edits_the_words_of_others(here: Platform, general: Channel) -> None:
    with pytest.raises(Refused, match="50005"):
        posts.edit_own(here, said(here, general), {"content": "b"})


def test_an_edit_keeps_the_files_that_it_names(here: Platform, general: Channel) -> None:
    files = (Upload("0", "a.txt", b"a"), Upload("1", "b.txt", b"b"))
    message = posts.create(here, general, {}, files)
    kept = {"attachments": [{"id": str(message.attachments[1].id)}]}

    assert [file.filename for file in posts.edit_own(here, message, kept).attachments] == ["b.txt"]


def test_a_file_is_at_most_ten_mebibytes(here: Platform, general: Channel) -> None:
    posts.create(here, general, {}, (Upload("0", "a", bytes(10 * 2**20)),))

    with pytest.raises(Refused) as refused:
        posts.create(here, general, {}, (Upload("0", "a", bytes(10 * 2**20 + 1)),))
    assert (refused.value.status, refused.value.code) == (413, 40005)


def test_a_person_who_takes_no_direct_messages_gets_none(here: Platform) -> None:
    here.world.user("ada").closed = True

    with pytest.raises(Refused, match="50007"):
        posts.create(here, here.world.direct(here.world.user("ada")), {"content": "hi"})


def test_a_deletion_is_a_version_without_text(here: Platform, general: Channel) -> None:
    message = said(here, general, "secret")
    posts.delete(here, message)

    last = here.record.state()["versions"][-1]
    assert (last["deleted"], last["text"]) == (True, "")
    assert message.id not in general.messages


def test_reactions_come_and_go(here: Platform, general: Channel) -> None:
    message = said(here, general)
    posts.react(here, message, "👍", GRACE)
    assert here.writer.message(message)["reactions"][0]["count"] == 1

    posts.react(here, message, "👍", GRACE, add=False)
    assert "reactions" not in here.writer.message(message)
