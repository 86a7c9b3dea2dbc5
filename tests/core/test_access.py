"""Who may talk to the bot: deny what was not allowed, admins always."""

from dataclasses import replace

from core.access import Access
from core.contract import Message, Person, Place


def ask(user: str = "U1", space: str = "T1", channel: str = "C1", **person: object) -> Message:
    author = Person(user, **person)  # type: ignore[arg-type]  # roles and trusted, by name
    return Message(id="1", place=Place("slack", space, channel), author=author, at=0, text="hi")


def test_everybody_may_ask_where_nothing_is_set() -> None:
    assert Access().refusal(ask()) == ""


def test_a_guest_may_not_unless_named() -> None:
    assert Access().refusal(ask(trusted=False)) != ""
    assert Access(users=frozenset({"U1"})).refusal(ask(trusted=False)) == ""


def test_spaces_channels_users_and_roles_each_close_the_door() -> None:
    assert Access(spaces=frozenset({"T2"})).refusal(ask()) != ""
    assert Access(channels=frozenset({"C2"})).refusal(ask()) != ""
    assert Access(users=frozenset({"U2"})).refusal(ask()) != ""
    assert Access(roles=frozenset({"R1"})).refusal(ask()) != ""
    assert Access(roles=frozenset({"R1"})).refusal(ask(roles=("R1",))) == ""


def test_who_may_not_write_directly_reads_where_to_ask() -> None:
    """Discord's direct messages are in no server. What one person alone sees in a channel is no direct message."""
    access, server = Access(spaces=frozenset({"20"})), Place("discord", "21", "30")
    direct, channel, alone = (
        Place("discord", "dm", "90", private=True),
        server,
        replace(server, thread="U1", private=True),
    )
    refusals = [access.refusal(replace(ask(), place=place)) for place in (direct, channel, alone)]

    assert ["direct messages" in refusal for refusal in refusals] == [True, False, False]
    assert ["this workspace or server" in refusal for refusal in refusals] == [False, True, True]


def test_an_admin_may_everywhere() -> None:
    access = Access(spaces=frozenset({"T2"}), users=frozenset({"U2"}), admins=frozenset({"U1"}))

    assert access.refusal(ask()) == ""
    assert access.is_admin(ask())
    assert not access.is_admin(ask("U3"))


def test_where_no_admin_is_named_everybody_may_choose_but_nobody_touches_others_answers() -> None:
    assert Access().is_admin(ask())
    assert not Access().is_named_admin(ask())
