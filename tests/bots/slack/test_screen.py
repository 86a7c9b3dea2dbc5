"""Painting into a real Slack of our own: thin calls, one trouble one name, budgets that are kept."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bots.slack.screen import NO_FILE, SIZE, SlackScreen
from core.contract import Action, Bucket, Page
from core.errors import Closed, ScreenError, Throttled, TooBig, Unasked, Uncertain, Vanished
from playground.limits import Limits
from playground.slack.rates import POST
from tests.bots.slack.desk import Office, turn

pytestmark = pytest.mark.anyio


def versions(here: Office, ts: str) -> list[dict[str, Any]]:
    return [version for version in here.records("versions") if version["message"] == ts]


def last_call(here: Office, method: str) -> dict[str, Any]:
    arguments: dict[str, Any] = here.calls(method)[-1]["arguments"]
    return arguments


# Messages


async def test_an_answer_stands_in_the_thread_of_its_question_and_grows_there(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    ts = await screen.post(Page("Because"), "n1")
    await screen.edit(ts, Page("Because **it** is."))

    shown = versions(here, ts)
    assert [version["shown"] for version in shown] == ["Because", "Because **it** is."]
    assert {version["thread"] for version in shown} == {asked}
    assert shown[-1]["text"] == "Because it is."


async def test_a_message_asks_for_no_preview_and_lets_slack_add_no_mentions(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("see https://a.example"), "n1")
    await screen.edit(ts, Page("see @channel"))

    for method in ("chat.postMessage", "chat.update"):
        sent = last_call(here, method)
        assert (sent["unfurl_links"], sent["unfurl_media"], sent["link_names"], sent["parse"]) == (
            False,
            False,
            False,
            "none",
        )


async def test_no_version_of_an_answer_pings_anybody_but_its_asker(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("<!chan"), "n1")
    await screen.edit(ts, Page("<!channel> <@U0BEN> `<!here>` <@U0ADA>"))

    assert [version["pings"] for version in versions(here, ts)] == [[], ["<@U0ADA>"]]


async def test_buttons_carry_their_action_and_turn(here: Office, screen: SlackScreen, asked: str) -> None:
    ts = await screen.post(Page("Because", buttons=(Action.STOP,)), "n1")
    await screen.edit(ts, Page("Because.", buttons=(Action.REGENERATE, Action.CONTINUE, Action.RETRY), final=True))

    elements = versions(here, ts)[-1]["blocks"][1]["elements"]
    assert [button["text"]["text"] for button in elements] == ["Regenerate", "Continue", "Try again"]
    assert elements[0]["action_id"] == f"regenerate:C0GENERAL:{asked}"
    assert [block["type"] for block in versions(here, ts)[0]["blocks"]] == ["markdown", "actions"]


async def test_an_edit_without_buttons_takes_them_away(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("Because", buttons=(Action.STOP,)), "n1")
    await screen.edit(ts, Page("Because."))

    assert [block["type"] for block in versions(here, ts)[-1]["blocks"]] == ["markdown"]


async def test_a_page_of_the_full_size_is_taken(here: Office, screen: SlackScreen) -> None:
    page = Page("x" * SIZE, buttons=tuple(Action))

    ts = await screen.post(page, "n1")
    await screen.edit(ts, page)

    assert versions(here, ts)[-1]["shown"] == "x" * SIZE


async def test_a_removed_message_is_gone_and_may_be_removed_again(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("Because"), "n1")

    await screen.remove(ts)
    await screen.remove(ts)

    assert here.shown("C0GENERAL") == ["<@U0PARLEY> why?"]


async def test_a_post_is_found_by_its_nonce_also_after_edits(here: Office, screen: SlackScreen, asked: str) -> None:
    here.say("an answer of mine", thread_ts=asked, user="U0BEN")
    first = await screen.post(Page("one"), "n1")
    second = await screen.post(Page("two"), "n2")
    await screen.edit(second, Page("two and a half"))

    assert [await screen.find(nonce) for nonce in ("n1", "n2", "n3")] == [first, second, None]


async def test_a_post_whose_answer_was_lost_is_found(here: Office, screen: SlackScreen) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "lost"}])

    with pytest.raises(Uncertain):
        await screen.post(Page("one"), "n1")

    assert await screen.find("n1") is not None
    assert len(here.calls("chat.postMessage")) == 1


async def test_a_post_is_found_in_a_long_thread(here: Office, screen: SlackScreen, asked: str) -> None:
    for number in range(250):
        here.say(f"remark {number}", thread_ts=asked)
    ts = await screen.post(Page("late"), "n1")

    assert await screen.find("n1") == ts


async def test_no_answer_lands_in_the_channel_when_its_question_was_deleted(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    here.workspace.hands.delete({"channel": "C0GENERAL", "ts": asked})

    with pytest.raises(Closed):
        await screen.post(Page("Because"), "n1")

    assert here.shown("C0GENERAL") == []


async def test_a_thread_that_went_with_its_question_is_waited_for_by_nobody(here: Office, screen: SlackScreen) -> None:
    (asked,) = here.workspace.world.messages["C0GENERAL"]
    here.workspace.hands.delete({"channel": "C0GENERAL", "ts": asked})

    with pytest.raises(Unasked):
        await screen.find("n1")


# What Slack cannot draw


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_attachments", "a_word_of_next_year"])
async def test_markdown_that_slack_does_not_draw_is_shown_as_it_is_written(
    here: Office, screen: SlackScreen, error: str
) -> None:
    here.workspace.plan.add([{"method": "chat.*", "do": {"error": error}, "about": "| a |", "times": 1}])
    here.workspace.plan.add([{"method": "chat.update", "do": {"error": error}, "about": "| b |", "times": 1}])

    ts = await screen.post(Page("| a |\n|---|", buttons=(Action.STOP,)), "n1")
    await screen.edit(ts, Page("| b |\n|---|", buttons=(Action.REGENERATE,), final=True))

    first, last = versions(here, ts)
    assert [first["shown"], last["shown"]] == ["| a |\n|---|", "| b |\n|---|"]
    assert [block["type"] for block in last["blocks"]] == ["section", "actions"]
    assert await screen.find("n1") == ts


async def test_what_was_turned_down_once_is_only_in_the_end_drawn_again(here: Office, screen: SlackScreen) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": {"error": "invalid_blocks"}}])

    ts = await screen.post(Page("| a |"), "n1")
    await screen.edit(ts, Page("| a | b |"))
    await screen.edit(ts, Page("| a | b |\n|---|---|", final=True))

    assert [version["blocks"][0]["type"] for version in versions(here, ts)] == ["section", "section", "markdown"]
    assert len(here.calls("chat.update")) == 2


async def test_a_long_page_that_is_not_drawn_is_whole_and_pings_nobody(here: Office, screen: SlackScreen) -> None:
    text = "".join(f"| {number} | <!channel> 😀 |\n" for number in range(450))
    here.workspace.plan.add([{"method": "chat.postMessage", "do": {"error": "invalid_blocks"}}])

    ts = await screen.post(Page(text), "n1")

    (shown,) = versions(here, ts)
    pieces = [block["text"]["text"] for block in shown["blocks"]]
    assert "".join(pieces).replace("&lt;", "<") == text
    assert all(len(piece.encode("utf-16-le")) // 2 <= 3_000 for piece in pieces)
    assert shown["pings"] == []


async def test_a_message_with_many_tables_is_taken_and_draws_the_first(here: Office, screen: SlackScreen) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"

    ts = await screen.post(Page(f"{table}\n{table}"), "n1")

    assert [version["shown"] for version in versions(here, ts)] == [f"{table}\n```\n{table}```"]


# A rest that is too long


async def test_the_rest_of_a_long_text_comes_as_a_file_once(here: Office, screen: SlackScreen, asked: str) -> None:
    ts = await screen.post(Page("the beginning", file=b"the rest"), "n1")
    await screen.edit(ts, Page("the beginning.", file=b"the rest", final=True))
    await here.platform.screen(turn(asked)).edit(ts, Page("the beginning.", file=b"the rest", final=True))

    shared = [version for version in here.records("versions") if version["files"]]
    (file,) = here.workspace.world.files.values()
    assert [(version["thread"], version["files"]) for version in shared] == [(asked, [file.name])]
    assert file.content == b"the rest"


def files(here: Office) -> list[bytes | None]:
    """What is shared now."""
    world = here.workspace.world
    shared = (file for messages in world.messages.values() for one in messages.values() for file in one.files)
    return [world.files[file].content for file in shared]


async def test_an_answer_made_anew_takes_the_file_of_the_one_before_away_when_it_ends(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    ts = await screen.post(Page("the beginning", file=b"the rest", final=True), "n1")
    again, once_more = (replace(turn(asked, id=f"press {n}"), of=turn(asked).id, shown=(ts,)) for n in (1, 2))

    second = here.platform.screen(again)
    await second.edit(ts, Page("another"))
    assert files(here) == [b"the rest"]
    await second.edit(ts, Page("another beginning", file=b"another rest", final=True))
    await here.platform.screen(again).edit(ts, Page("another beginning", file=b"another rest", final=True))
    assert files(here) == [b"another rest"]
    await here.platform.screen(once_more).edit(ts, Page("short", final=True))

    assert files(here) == []


async def test_where_an_old_file_may_not_be_deleted_the_new_answer_stands_all_the_same(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    ts = await screen.post(Page("the beginning", file=b"the rest", final=True), "n1")
    here.workspace.plan.add([{"method": "chat.delete", "do": {"error": "cant_delete_message"}}])

    await here.platform.screen(replace(turn(asked, id="press"), of=turn(asked).id)).edit(ts, Page("short", final=True))

    assert versions(here, ts)[-1]["shown"] == "short"


async def test_a_file_goes_to_no_host_but_slacks_and_its_reader_is_told(here: Office, screen: SlackScreen) -> None:
    here.workspace.world.origin = "http://127.0.0.2:1"

    await screen.post(Page("the beginning", file=b"the rest"), "n1")

    assert here.records("versions")[-1]["shown"] == NO_FILE
    assert here.calls("upload") == []


async def test_where_slack_takes_no_upload_the_reader_is_told_and_not_kept_waiting(
    here: Office, screen: SlackScreen
) -> None:
    here.workspace.plan.add([{"method": "upload", "do": "403", "times": None}])

    await screen.post(Page("the beginning", file=b"the rest"), "n1")

    assert here.records("versions")[-1]["shown"] == NO_FILE


async def test_an_upload_that_may_go_better_is_tried_again(here: Office, screen: SlackScreen) -> None:
    here.workspace.plan.add([{"method": "upload", "do": "503"}])

    with pytest.raises(Uncertain):
        await screen.post(Page("the beginning", file=b"the rest"), "n1")


async def test_a_throttled_file_does_not_make_its_message_be_posted_again(here: Office, screen: SlackScreen) -> None:
    here.workspace.plan.add([{"method": "files.getUploadURLExternal", "do": "429"}])

    with pytest.raises(Uncertain):
        await screen.post(Page("the beginning", file=b"the rest"), "n1")
    ts = await screen.find("n1")
    assert ts is not None
    await screen.edit(ts, Page("the beginning", file=b"the rest", final=True))

    assert len(here.calls("chat.postMessage")) == 1
    assert [file.content for file in here.workspace.world.files.values()] == [b"the rest"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "conversations.replies"])
async def test_a_throttled_file_does_not_stop_everybodys_edits(here: Office, screen: SlackScreen, method: str) -> None:
    ts = await screen.post(Page("the beginning"), "n1")
    here.workspace.plan.add([{"method": method, "do": "429", "retry_after": 30}])

    with pytest.raises(Uncertain):
        await screen.edit(ts, Page("the beginning", file=b"the rest", final=True))


# Budgets


async def test_the_budgets_are_what_slack_publishes(screen: SlackScreen) -> None:
    assert screen.buckets("edit") == (Bucket("slack.chat.update", "T0PLAY", 50, 60),)
    assert screen.buckets("post") == (Bucket("slack.chat.postMessage", "C0GENERAL", 3, 3),)
    assert screen.buckets("anything else") == ()


async def test_who_keeps_to_the_posts_budget_is_never_refused(screen: SlackScreen) -> None:
    """Never more than its calls in any stretch of its seconds: then a burst of three at one a second is enough."""
    (bucket,) = screen.buckets("post")
    refused = []
    for gaps in product((0.0, 0.5, 1.1, 2.9), repeat=7):
        limits, made = Limits(), [0.0]
        for gap in gaps:
            earliest = made[-bucket.calls] + bucket.seconds if len(made) >= bucket.calls else 0.0
            made.append(max(made[-1] + gap, earliest))
        refused += [time for time in made if not limits.take("C1", POST, time).passed]

    assert refused == []


# Trouble


@pytest.mark.parametrize(
    ("do", "error"),
    [
        ("429", Throttled),
        ("500", Uncertain),
        ("503", Uncertain),
        ("lost", Uncertain),
        ("reset", Uncertain),
        ({"error": "internal_error"}, Uncertain),
        ({"error": "update_failed"}, Uncertain),
        ({"error": "external_channel_migrating"}, Uncertain),
        ({"error": "team_added_to_org"}, Uncertain),
        ({"error": "message_not_found"}, Vanished),
        ({"error": "msg_too_long"}, TooBig),
        ({"error": "msg_blocks_too_long"}, TooBig),
        ({"error": "channel_not_found"}, Closed),
        ({"error": "not_in_channel"}, Closed),
        ({"error": "is_archived"}, Closed),
        ({"error": "invalid_auth"}, Uncertain),
        ({"error": "token_revoked"}, Uncertain),
        ({"error": "edit_window_closed"}, Vanished),
        ({"error": "cant_update_message"}, Vanished),
        ({"error": "restricted_action_of_tomorrow"}, Closed),
        ("403", Closed),
        ("413", TooBig),
    ],
)
async def test_each_trouble_has_its_name_and_no_call_is_tried_twice(
    here: Office, screen: SlackScreen, do: object, error: type[ScreenError]
) -> None:
    ts = await screen.post(Page("Because"), "n1")
    here.workspace.plan.add([{"method": "chat.update", "do": do, "retry_after": 3}])

    with pytest.raises(error) as caught:
        await screen.edit(ts, Page("a secret text"))

    assert len(here.calls("chat.update")) == 1
    assert caught.value.retry_after == (3 if error is Throttled else 0)
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_a_block_that_slack_finds_too_long_is_too_big(screen: SlackScreen) -> None:
    with pytest.raises(TooBig):
        await screen.post(Page("x" * 12_001), "n1")


async def test_a_message_of_which_slack_makes_too_many_blocks_is_too_big(screen: SlackScreen) -> None:
    with pytest.raises(TooBig):
        await screen.post(Page("# One\n\nand this\n\n" * 26), "n1")


async def test_a_message_deleted_by_somebody_has_vanished(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("Because"), "n1")
    here.workspace.hands.delete({"channel": "C0GENERAL", "ts": ts})

    with pytest.raises(Vanished):
        await screen.edit(ts, Page("Because of this"))


async def test_an_archived_channel_is_closed(here: Office, screen: SlackScreen) -> None:
    ts = await screen.post(Page("Because"), "n1")
    here.workspace.hands.archive({"channel": "general"})

    with pytest.raises(Closed):
        await screen.edit(ts, Page("Because of this"))
    with pytest.raises(Closed):
        await screen.post(Page("Because"), "n2")
