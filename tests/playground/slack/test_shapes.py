"""Shapes: what the page of Slack's reference shows, and no more."""

from hypothesis import given
from hypothesis import strategies as st

from playground.slack import shapes
from playground.slack.world import BOT, File, Message, World


def test_rich_text_names_people_channels_links_and_groups() -> None:
    text = "hi <@U0ADA>, see <#C0GENERAL|general> and <https://x.example|this> &lt;3 <!here>"
    (section,) = shapes.rich_text(text)["elements"]

    assert section["elements"] == [
        {"type": "text", "text": "hi "},
        {"type": "user", "user_id": "U0ADA"},
        {"type": "text", "text": ", see "},
        {"type": "channel", "channel_id": "C0GENERAL"},
        {"type": "text", "text": " and "},
        {"type": "link", "url": "https://x.example", "text": "this"},
        {"type": "text", "text": " <3 "},
        {"type": "broadcast", "range": "here"},
    ]


@given(st.text(alphabet=st.characters(exclude_characters="<>&")))
def test_plain_text_stays_whole_in_rich_text(text: str) -> None:
    (section,) = shapes.rich_text(text)["elements"]

    assert "".join(element["text"] for element in section["elements"]) == text


def test_a_root_counts_its_replies_and_who_wrote_them() -> None:
    world = World()
    world.put(Message("C0GENERAL", "1.0", "U0ADA", "root"))
    world.put(Message("C0GENERAL", "2.0", "U0BEN", "a", thread="1.0"))
    world.put(Message("C0GENERAL", "3.0", BOT.id, "b", bot=BOT.bot, thread="1.0"))
    root = shapes.message(world, world.messages["C0GENERAL"]["1.0"])

    assert (root["thread_ts"], root["reply_count"], root["latest_reply"]) == ("1.0", 2, "3.0")
    assert root["reply_users"] == ["U0BEN", BOT.id]


def test_a_message_is_edited_reacted_to_and_carries_files_only_if_it_is_so() -> None:
    world = World(origin="http://here")
    world.files["F1"] = File("F1", "a.txt", "U0ADA", content=b"A")
    world.put(Message("C0GENERAL", "1.0", "U0ADA", "x"))
    world.put(Message("C0GENERAL", "2.0", "U0ADA", "x", files=("F1",), edited="3.0", reactions=(("eyes", "U0BEN"),)))
    plain, full = (shapes.message(world, message) for message in world.messages["C0GENERAL"].values())

    assert not {"edited", "reactions", "files", "subtype", "thread_ts", "metadata"} & plain.keys()
    assert full["edited"]["ts"] == "3.0"
    assert full["reactions"][0]["users"] == ["U0BEN"]
    assert full["files"][0]["url_private"].startswith("http://here/files-pri/")
