"""The verbs of the control: what a person does, and what a person cannot do."""

from typing import Any

import pytest

from playground.discord import Platform, control
from playground.discord.errors import Refused
from playground.discord.world import BOT, GENERAL, GUILD


@pytest.fixture
def here() -> Platform:
    return Platform()


def do(here: Platform, verb: str, **body: Any) -> Any:
    return control.VERBS[verb](here, body)


def shown(here: Platform) -> list[tuple[str, str]]:
    names = {str(user.id): user.name for user in here.world.users.values()}
    return [(names[one["author"]], one["text"]) for one in here.record.state()["versions"]]


def test_whoever_says_nothing_more_is_ada_in_general(here: Platform) -> None:
    said = do(here, "say", text="hi", mention=True)

    assert said["channel"] == str(GENERAL)
    assert shown(here) == [("ada", f"<@{BOT}> hi")]


def told(here: Platform) -> list[tuple[str, dict[str, Any]]]:
    return [(one.name, one.data) for one in here.gateway.past if one.name.endswith("_DELETE")]


def test_a_channel_and_a_thread_are_deleted(here: Platform) -> None:
    made = do(here, "add_channel", name="new")["id"]
    thread = do(here, "thread", channel=made)["id"]

    do(here, "remove_channel", channel=thread)
    do(here, "remove_channel", channel=made)

    (first, one), (second, two) = told(here)
    assert (first, second) == ("THREAD_DELETE", "CHANNEL_DELETE")
    assert one == {"id": thread, "guild_id": str(GUILD), "parent_id": made, "type": 11}
    assert (two["id"], two["name"]) == (made, "new")
    with pytest.raises(Refused):
        here.world.channel(made)


def test_people_post_in_a_forum_by_title_and_text(here: Platform) -> None:
    forum = do(here, "add_channel", name="help", forum=True)["id"]
    post = do(here, "thread", channel=forum, name="How do I?", text="it fails", mention=True)["id"]

    assert shown(here) == [("ada", f"<@{BOT}> it fails")]
    assert (here.world.channel(post).name, here.world.channel(post).parent) == ("How do I?", int(forum))
    with pytest.raises(ValueError, match="post"):
        do(here, "say", channel=forum, text="hello")


def test_the_bot_is_removed_from_a_server_or_only_away(here: Platform) -> None:
    do(here, "kick", unavailable=True)
    assert here.world.guilds[GUILD].has_bot

    do(here, "kick")

    assert not here.world.guilds[GUILD].has_bot
    assert told(here) == [
        ("GUILD_DELETE", {"id": str(GUILD), "unavailable": True}),
        ("GUILD_DELETE", {"id": str(GUILD)}),
    ]
    do(here, "welcome")
    assert here.world.guilds[GUILD].has_bot


def test_a_reply_pings_the_bot_only_if_the_person_lets_it(here: Platform) -> None:
    here.world.channel(GENERAL)
    first = do(here, "say", text="a", user="grace")
    do(here, "say", text="b", reply_to=first["id"])
    do(here, "say", text="c", reply_to=first["id"], ping=False)

    pinged = [bool(one["pings"]["users"]) for one in here.record.state()["versions"]]
    assert pinged == [False, True, False]


def test_the_words_to_a_forward_are_a_message_of_their_own(here: Platform) -> None:
    said = do(here, "say", text="look", forward=do(here, "say", text="hi")["id"])

    _, forward, words = here.world.channel(GENERAL).messages.values()
    assert (forward.content, forward.snapshot is None) == ("", False)
    assert (str(words.id), words.content, words.reference) == (said["id"], "look", None)


def test_people_edit_and_delete_what_they_wrote(here: Platform) -> None:
    said = do(here, "say", text="a")
    do(here, "edit", message=said["id"], text="b")
    do(here, "delete", message=said["id"])

    assert shown(here) == [("ada", "a"), ("ada", "b"), ("ada", "")]
    with pytest.raises(Refused):
        do(here, "delete", message=said["id"])


def test_nobody_speaks_where_he_is_not(here: Platform) -> None:
    made = do(here, "add_guild", name="Other", user="grace")

    do(here, "say", text="mine", user="grace", channel=made["channel"])
    with pytest.raises(ValueError, match="not in this place"):
        do(here, "say", text="not mine", user="alan", channel=made["channel"])


def test_another_bot_and_system_messages_can_be_had(here: Platform) -> None:
    do(here, "add_user", name="other", bot=True, roles=["Moderators"])
    said = do(here, "say", text="beep", user="other")
    joined = do(here, "say", text="joined", type=7)

    assert here.writer.message(here.world.anywhere(said["id"]))["author"]["bot"] is True
    assert here.world.anywhere(joined["id"]).type == 7


def test_a_thread_is_opened_archived_and_locked(here: Platform) -> None:
    made = do(here, "thread", name="A talk", user="grace")
    do(here, "say", text="in it", thread=made["id"], user="grace")
    do(here, "archive", thread=made["id"], locked=True)

    thread = here.world.channel(made["id"])
    assert (thread.archived, thread.locked, len(thread.messages)) == (True, True, 1)


def test_a_private_thread_hears_of_the_bot_when_it_is_mentioned(here: Platform) -> None:
    made = do(here, "thread", name="Between us", private=True)
    thread = here.world.channel(made["id"])
    assert not here.world.sees(thread)

    do(here, "say", text="join us", thread=made["id"], mention=True)

    assert here.world.sees(thread)


def test_only_who_sees_a_message_presses_its_buttons(here: Platform) -> None:
    row = {"type": 1, "components": [{"type": 2, "custom_id": "go", "label": "Go"}]}
    said = do(here, "say", text="a")
    message = here.world.anywhere(said["id"])
    message.components, message.shown_to = (row,), here.world.user("grace").id

    with pytest.raises(ValueError, match="does not see"):
        do(here, "press", message=said["id"], custom_id="go", user="alan")
    assert do(here, "press", message=said["id"], custom_id="go", user="grace")["token"]


def test_a_file_can_be_an_option(here: Platform) -> None:
    here.world.commands[0] = [{"id": "1", "name": "ask", "type": 1, "options": [{"name": "file", "type": 11}]}]
    do(here, "interact", command="ask", options={"file": {"filename": "a.txt", "text": "hi"}})

    data = here.gateway.past[-1].data["data"]
    file = data["resolved"]["attachments"][data["options"][0]["value"]]
    assert (file["filename"], file["size"], file["ephemeral"]) == ("a.txt", 2, True)


def test_nobody_can_edit_what_the_bot_wrote(here: Platform) -> None:
    said = do(here, "say", text="a")
    here.world.anywhere(said["id"]).author = BOT

    with pytest.raises(ValueError, match="Nobody"):
        do(here, "edit", message=said["id"], text="b")


def test_a_new_channel_and_typing_are_told(here: Platform) -> None:
    do(here, "add_channel", name="new")
    do(here, "type", channel="new")

    assert [one.name for one in here.gateway.past] == ["CHANNEL_CREATE", "TYPING_START"]


def test_without_connections_nothing_is_cut(here: Platform) -> None:
    for verb in ("op7", "op9", "drop", "close", "frame"):
        assert do(here, verb) == {"connections": 0}
    assert do(here, "redeliver", id="last") == {"sessions": 0}


def test_the_overview_names_everybody_and_everything(here: Platform) -> None:
    do(here, "say", text="hi", dm=True)
    found = control.overview(here)

    assert [one["name"] for one in found["guilds"]] == ["Playground"]
    assert {one["kind"] for one in found["channels"]} == {"text", "dm"}
    assert found["online"] is False
