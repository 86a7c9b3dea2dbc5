"""Who and what there is, and what the bot may do where."""

import pytest

from playground.discord.errors import Refused
from playground.discord.permissions import Can
from playground.discord.world import (
    ADA,
    ALAN,
    BOT,
    DM,
    GENERAL,
    GUILD,
    PRIVATE_THREAD,
    Channel,
    Message,
    World,
    founded,
    new_guild,
)


def world() -> World:
    return founded(lambda: 1_800_000_000.0)


def test_a_newcomer_finds_a_server_with_channels_and_people() -> None:
    here = world()

    assert here.channel("general").id == GENERAL
    assert here.user("ada") is here.user(ADA) is here.user(str(ADA))
    assert BOT in here.guild("Playground").members


@pytest.mark.parametrize(("table", "code"), [("user", 10013), ("channel", 10003), ("guild", 10004)])
def test_whoever_is_unknown_is_refused_by_discords_code(table: str, code: int) -> None:
    with pytest.raises(Refused, match=str(code)):
        getattr(world(), table)("nobody")


def test_direct_messages_are_opened_once() -> None:
    here = world()
    opened = here.direct(here.user("grace"))

    assert opened.type == DM
    assert here.direct(here.user("grace")) is opened
    assert here.direct(here.user("alan")) is not opened


def test_what_is_denied_in_a_channel_is_denied_in_its_threads() -> None:
    here = world()
    thread = here.add_channel(Channel(1, 11, "t", GUILD, parent=GENERAL))
    here.channel(GENERAL).denied = Can.SEND_MESSAGES_IN_THREADS

    assert Can.SEND_MESSAGES_IN_THREADS not in here.may(thread)
    assert Can.SEND_MESSAGES_IN_THREADS in here.may(thread, ADA)
    with pytest.raises(Refused):
        here.need(thread, Can.SEND_MESSAGES_IN_THREADS)


def test_moderators_may_more_than_others() -> None:
    here = world()
    general = here.channel(GENERAL)

    assert Can.MANAGE_MESSAGES in here.may(general, ADA)
    assert Can.MANAGE_MESSAGES not in here.may(general, ALAN)


def test_a_private_thread_is_for_its_members() -> None:
    here = world()
    thread = here.add_channel(Channel(1, PRIVATE_THREAD, "t", GUILD, parent=GENERAL))

    assert not here.sees(thread)
    thread.members.add(BOT)
    assert here.sees(thread)


def test_in_a_server_without_the_bot_it_sees_nothing() -> None:
    here = world()
    elsewhere = new_guild(here, 5, "Elsewhere", ADA, bot=False)

    assert not elsewhere.has_bot
    assert not here.sees(here.add_channel(Channel(6, 0, "general", elsewhere.id)))


def test_a_message_is_found_in_its_channel_or_by_its_id_alone() -> None:
    here = world()
    general = here.channel(GENERAL)
    general.messages[7] = Message(7, GENERAL, ADA, 0.0, "hi")

    assert here.message(general, "7") is here.anywhere("7")
    for missing in ("8", "@original"):
        with pytest.raises(Refused):
            here.message(general, missing)
        with pytest.raises(Refused):
            here.anywhere(missing)
