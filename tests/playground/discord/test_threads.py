"""Threads, from a message or on their own."""

import pytest

from playground.discord import Platform, channels, posts, threads
from playground.discord.endpoint import Ask
from playground.discord.errors import Refused
from playground.discord.permissions import Can
from playground.discord.world import ADA, BOT, FORUM, GENERAL, GUILD, HAS_THREAD, STARTER, Channel, Message


@pytest.fixture
def here() -> Platform:
    return Platform()


@pytest.fixture
def message(here: Platform) -> Message:
    general = here.world.channel(GENERAL)
    return posts.publish(here, posts.draft(here, general, {"content": "a question"}, author=ADA))


def started(here: Platform, message: Message) -> Channel:
    return threads.start_from(here, message, {"name": "A question"})


def test_a_thread_has_the_id_of_its_message_and_begins_with_a_system_message(here: Platform, message: Message) -> None:
    thread = started(here, message)

    assert thread.id == message.id
    assert message.flags & HAS_THREAD
    assert [(one.id, one.type) for one in thread.messages.values()] == [(thread.id, STARTER)]


def test_a_message_has_one_thread(here: Platform, message: Message) -> None:
    started(here, message)

    with pytest.raises(Refused, match="160004"):
        started(here, message)


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 101}, {"name": "x", "auto_archive_duration": 61}])
def test_a_wrong_name_or_duration_is_refused(here: Platform, message: Message, body: dict[str, object]) -> None:
    with pytest.raises(Refused):
        threads.start_from(here, message, body)


def test_there_are_threads_neither_in_threads_nor_in_direct_messages(here: Platform, message: Message) -> None:
    for parent in (started(here, message), here.world.direct(here.world.user("ada"))):
        with pytest.raises(Refused, match="50024"):
            threads.start(here, parent, {"name": "Deeper"})


def test_a_thread_without_a_message_is_announced(here: Platform) -> None:
    general = here.world.channel(GENERAL)
    threads.start(here, general, {"name": "Alone"})

    assert [one.type for one in general.messages.values()] == [threads.THREAD_CREATED]


def test_in_an_archived_thread_nothing_is_edited_and_a_new_message_opens_it(here: Platform, message: Message) -> None:
    thread = started(here, message)
    answer = posts.create(here, thread, {"content": "a"})
    posts.set_archived(here, thread, archived=True)

    with pytest.raises(Refused, match="50083"):
        posts.edit_own(here, answer, {"content": "b"})
    posts.create(here, thread, {"content": "c"})
    assert not thread.archived
    assert BOT in thread.members


def test_a_forums_post_is_a_thread_with_the_id_of_its_first_message_and_nothing_else_stands_in_a_forum(
    here: Platform,
) -> None:
    forum = here.world.add_channel(Channel(here.world.new_id(), FORUM, "help", guild=GUILD))
    thread = threads.post(here, forum, {"name": "How do I?"}, {"content": "it fails"}, owner=ADA)

    assert [(one.id, one.content, one.author) for one in thread.messages.values()] == [(thread.id, "it fails", ADA)]
    assert (thread.name, thread.parent, forum.messages) == ("How do I?", forum.id, {})
    with pytest.raises(Refused, match="50008"):
        posts.create(here, forum, {"content": "hello"})


def test_in_a_locked_thread_only_moderators_write_and_edit(here: Platform, message: Message) -> None:
    thread = started(here, message)
    answer = posts.create(here, thread, {"content": "a"})
    posts.set_archived(here, thread, archived=False, locked=True)

    with pytest.raises(Refused, match="160005"):
        posts.create(here, thread, {"content": "b"})
    with pytest.raises(Refused, match="160005"):
        posts.edit_own(here, answer, {"content": "b"})
    here.world.guild(GUILD).roles[GUILD].permissions |= Can.MANAGE_THREADS
    assert posts.edit_own(here, answer, {"content": "b"}).content == "b"
    assert posts.create(here, thread, {"content": "c"}).content == "c"


def test_a_locked_thread_stays_closed(here: Platform, message: Message) -> None:
    thread = started(here, message)
    answer = posts.create(here, thread, {"content": "a"})
    posts.set_archived(here, thread, archived=True, locked=True)

    with pytest.raises(Refused, match="160005"):
        posts.create(here, thread, {"content": "c"})
    with pytest.raises(Refused, match="50083"):
        channels.delete(here, Ask({"channel": str(thread.id), "message": str(answer.id)}, {}, {}))
