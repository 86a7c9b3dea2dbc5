"""Calls to a real Slack of our own: people, files that are nobody else's, what was said meanwhile, and no answer."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.slack import web as slack_web
from bots.slack.screen import SlackScreen
from bots.slack.web import HOSTS, TIMEOUT, Web, straight
from core.canvas import CALL_SECONDS
from core.contract import Page
from core.downloads import is_kept
from core.errands import Errands
from core.errors import Closed, FileError, Uncertain
from core.store import LEASE_SECONDS
from playground.slack.world import Message as Said
from tests.bots.slack.desk import Office, turn

pytestmark = pytest.mark.anyio
HTML = "<!DOCTYPE html><html><body>mine</body></html>"


# People


async def test_who_somebody_is_is_asked_once(here: Office) -> None:
    people = await here.platform.web.people(["U0ADA", "U0GUEST", "U0OTHER", "U0NOBODY"])
    await here.platform.web.people(["U0ADA", "U0NOBODY"])

    assert {id: who.trusted for id, who in people.items()} == {
        "U0ADA": True,
        "U0GUEST": False,
        "U0OTHER": False,
        "U0NOBODY": False,
    }
    assert people["U0ADA"].name == "ada"
    assert len(here.calls("users.info")) == 4


async def test_who_was_met_at_the_start_need_not_be_asked_for(here: Office) -> None:
    await here.platform.web.meet()

    people = await here.platform.web.people(["U0ADA", "U0GUEST"])

    assert [people["U0ADA"].trusted, people["U0GUEST"].trusted] == [True, False]
    assert here.calls("users.info") == []


async def test_all_members_are_met_not_only_those_of_the_first_answer(here: Office) -> None:
    world = here.workspace.world
    world.people |= {
        f"U0N{n}": replace(world.people["U0BEN"], id=f"U0N{n}", name=f"m{n}") for n in range(slack_web.MET)
    }
    await here.platform.web.meet()

    people = await here.platform.web.people(["U0ADA", f"U0N{slack_web.MET - 1}"])

    assert [who.name for who in people.values()] == ["ada", f"m{slack_web.MET - 1}"]
    assert here.calls("users.info") == []


async def test_people_among_themselves_leave_calls_for_who_asks(here: Office) -> None:
    strangers = [f"U0S{number}" for number in range(100)]

    for start in range(0, 80, 10):
        await here.platform.web.people(strangers[start : start + 10], idly=True)
    left_alone = await here.platform.web.people(strangers[80:], idly=True)
    asks = await here.platform.web.people(["U0ADA"])

    assert (left_alone, asks["U0ADA"].name) == ({}, "ada")
    assert len(here.calls("users.info")) == slack_web.MOST_IDLY + 1


async def test_a_minute_later_there_are_calls_again_for_people_among_themselves(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_web, "MOST_IDLY", 1)
    assert await here.platform.web.people(["U0NOBODY"], idly=True)
    assert await here.platform.web.people(["U0ADA"], idly=True) == {}

    monkeypatch.setattr(slack_web, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 61))

    assert (await here.platform.web.people(["U0ADA"], idly=True))["U0ADA"].name == "ada"


async def test_people_are_asked_for_before_the_channels_that_they_name(here: Office) -> None:
    rooms = [f"C0ROOM{number}" for number in range(slack_web.MOST_ASKED)]

    found = await here.platform.web.people([*rooms, "U0ADA"], "C0GENERAL")

    assert found["U0ADA"].name == "ada"


async def test_who_cannot_be_asked_about_is_not_guessed(here: Office) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": "503"}])

    assert await here.platform.web.people(["U0ADA"]) == {}
    assert (await here.platform.web.people(["U0ADA"]))["U0ADA"].trusted


@pytest.mark.parametrize(
    "do",
    [
        "403",
        *({"error": code} for code in ("invalid_auth", "token_revoked", "org_login_required", "ekm_access_denied")),
        *({"error": code} for code in ("accesslimited", "access_denied", "a_word_of_tomorrow")),
    ],
)
async def test_what_says_nothing_of_a_person_makes_nobody_a_stranger(here: Office, do: object) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": do}])

    assert await here.platform.web.people(["U0ADA"]) == {}
    assert (await here.platform.web.people(["U0ADA"]))["U0ADA"].trusted


@pytest.mark.parametrize("do", ["404", {"error": "unknown_method"}])
async def test_a_guest_is_one_while_a_proxy_finds_no_slack(
    here: Office, monkeypatch: pytest.MonkeyPatch, do: object
) -> None:
    web = here.platform.web
    monkeypatch.setattr(slack_web, "KNOWN_SECONDS", 0)
    await web.people(["U0GUEST"])
    here.workspace.plan.add([{"method": "users.info", "do": do, "times": 2}])

    assert not (await web.people(["U0GUEST"]))["U0GUEST"].trusted
    assert await web.people(["U0OTHER"]) == {}


async def test_what_told_nothing_of_a_person_is_not_believed_for_long(here: Office) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": "404"}])

    found = [(await here.platform.web.people(["U0GUEST"]))["U0GUEST"].trusted for _ in range(2)]

    assert found == [None, False]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_slack_itself_has_all_calls_whatever_a_proxy_says_for_a_moment(status: int) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>There is nothing here.</html>")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as proxy, aiohttp.ClientSession() as session:
        slack = Web("xoxb-1", "http://slack.com/api/", session)
        slack.client.proxy = str(proxy.make_url("/"))
        with pytest.raises(Uncertain):
            await slack.tell("chat.postEphemeral", text="Yours alone.")
        with pytest.raises(Uncertain):
            await slack.query("conversations.replies")


# Answering where a command was typed


async def test_an_answer_goes_to_no_address_but_slacks(here: Office) -> None:
    with pytest.raises(Closed, match="respond_host"):
        await here.platform.web.respond("https://slack.com.example/commands/1", {"text": "a secret"})


@pytest.mark.parametrize(("do", "error"), [("503", Uncertain), ("404", Closed)])
async def test_an_answer_that_could_not_be_given_says_whether_it_may_be_tried_again(
    here: Office, do: str, error: type[Exception]
) -> None:
    here.workspace.plan.add([{"method": "response_url", "do": do}])
    url = here.workspace.hands.hooks.open("commands", "C0GENERAL", "U0ADA")

    with pytest.raises(error):
        await here.platform.web.respond(url, {"text": "done"})

    await here.platform.web.respond(url, {"text": "done"})
    assert here.whispers == ["done"]


# Files


def shared(here: Office, **file: object) -> str:
    """Somebody shares a file; its id."""
    here.say("look", files=[file])
    return next(reversed(here.workspace.world.files))


async def test_a_file_is_read_with_our_token(here: Office) -> None:
    id = shared(here, name="a.txt", text="what it says")

    assert await here.platform.web.download(id, 100) == b"what it says"


async def test_a_file_of_another_company_is_looked_up_first(here: Office) -> None:
    id = shared(here, name="a.txt", text="what it says", veiled=True)

    assert await here.platform.web.download(id, 100) == b"what it says"


async def test_a_file_that_is_announced_as_too_large_is_not_fetched(here: Office) -> None:
    id = shared(here, name="a.txt", text="x" * 101)

    with pytest.raises(FileError, match="too large"):
        await here.platform.web.download(id, 100)

    assert here.calls("download") == []


async def test_a_page_that_somebody_shares_is_his_file(here: Office) -> None:
    id = shared(here, name="a.html", text=HTML, mimetype="text/html")

    assert await here.platform.web.download(id, 10_000) == HTML.encode()


async def test_a_text_that_begins_like_a_page_is_a_file_like_any_other(here: Office) -> None:
    id = shared(here, name="index.php", text=HTML, mimetype="text/plain")

    assert await here.platform.web.download(id, 10_000) == HTML.encode()


async def test_a_canvas_is_said_to_be_one() -> None:
    canvas: dict[str, Any] = {"size": 10, "mode": "quip", "mimetype": "application/vnd.slack-docs"}
    async with a_file_of_slack(lambda request: web.Response(body=HTML.encode()), **canvas) as (opened, _):
        with pytest.raises(FileError, match="canvas"):
            await opened.download("F1", 10_000)


@pytest.mark.parametrize("serve", [HTML, ""])
async def test_a_list_is_said_to_be_one_and_called_as_people_call_it(serve: str) -> None:
    found: dict[str, Any] = {
        "size": 0,
        "mode": "list",
        "mimetype": "application/vnd.slack-list",
        "name": "list",
        "title": "Sprint Board",
    }
    async with a_file_of_slack(lambda request: web.Response(body=serve.encode()), **found) as (opened, _):
        with pytest.raises(FileError, match="cannot read a Slack list"):
            await opened.download("F1", 10_000)

    assert opened.titles["F1"] == "Sprint Board"


async def test_a_file_that_slack_does_not_show_us_may_stand_where_we_are_not(here: Office) -> None:
    with pytest.raises(FileError, match="deleted, or shared where I am not"):
        await here.platform.web.download("F0ELSEWHERE", 100)


async def test_a_missing_scope_is_named(here: Office) -> None:
    id = shared(here, name="a.txt", text="what it says")
    here.workspace.configure({"scopes": ["chat:write"]})

    with pytest.raises(FileError, match="files:read"):
        await here.platform.web.download(id, 100)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ({"body": HTML.encode(), "content_type": "text/html"}, "files:read"),
        ({"body": b"\n" + HTML.encode(), "content_type": "image/png"}, "files:read"),
        ({"body": b"x" * 101}, "too large"),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, "did not give"),
        ({"status": 404}, "did not give"),
        ({"body": b"\x1f\x8b", "headers": {"Content-Encoding": "gzip"}}, "could not fetch|did not give"),
    ],
)
async def test_what_is_no_file_or_more_than_announced_is_not_read(answer: dict[str, Any], advice: str) -> None:
    async with a_file_of_slack(lambda request: web.Response(**answer)) as (opened, asked):
        with pytest.raises(FileError, match=advice):
            await opened.download("F1", 100)

    assert "/elsewhere" not in asked


async def test_a_file_that_is_not_kept_in_slack_is_not_fetched() -> None:
    async with a_file_of_slack(lambda request: web.Response(body=b"mine"), "https://drive.example/f") as (
        opened,
        asked,
    ):
        with pytest.raises(FileError, match="not kept in Slack"):
            await opened.download("F1", 100)

    assert asked == ["/api/files.info"]


@asynccontextmanager
async def a_file_of_slack(
    serve: Callable[[web.Request], web.Response], url: str = "", **more: object
) -> AsyncIterator[tuple[Web, list[str]]]:
    """A Slack that knows one image of ten bytes and serves it as told; and the paths it is asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path != "/api/files.info":
            return serve(request)
        file = {"id": "F1", "size": 10, "mimetype": "image/png", "url_private": url or f"{origin}/file", **more}
        return web.json_response({"ok": True, "file": file})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as session:
            yield Web("xoxb-1", f"{origin}/api/", session), asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://files.slack-edge.slack.com/a", True),
        ("https://files.slack-gov.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://user@evil.example/files.slack.com", False),
        ("https://127.0.0.1/a", False),
        ("file:///etc/passwd", False),
        ("http://[::1", False),
        ("http://127.0.0.1:3000/files-pri/a", True),
        ("http://127.0.0.1:3001/files-pri/a", False),
        ("", False),
    ],
)
async def test_our_token_goes_to_no_host_but_slacks(url: str, ours: bool) -> None:
    assert is_kept(url, HOSTS, "http://127.0.0.1:3000/api/") is ours


# Threads


async def test_of_a_channel_more_than_one_page_is_read(here: Office) -> None:
    since = here.say("the last that we saw")
    for number in range(201):
        here.say(str(number))

    found = await here.platform.web.history("C0GENERAL", since, straight)

    assert [said["text"] for said in found if said["ts"] > since] == [str(number) for number in range(201)]
    assert len(here.calls("conversations.history")) == 2


async def test_of_a_long_thread_the_root_and_the_newest_are_told(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.slack.web.QUOTED_LIMIT", 3)
    monkeypatch.setattr("bots.slack.web.NEWEST", 4)
    root = here.say("root")
    for number in range(11):
        here.say(str(number), thread_ts=root)
    asked = here.say("why?", thread_ts=root, mention=True)
    here.say("later", thread_ts=root)

    said = await here.platform.web.thread("C0GENERAL", root, latest=asked)

    assert [one["text"] for one in said] == ["root", "7", "8", "9", "10"]


async def test_of_a_thread_of_long_messages_only_so_many_are_kept(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.slack.web.MOST_SAID", 40_000)
    root = here.say("root")
    for number in range(9):
        here.say(f"{number} " + "x" * 11_000, thread_ts=root)
    here.say("10", thread_ts=root)

    said = await here.platform.web.thread("C0GENERAL", root, latest=here.workspace.world.stamp())

    assert [one["text"].partition(" ")[0] for one in said] == ["root", "6", "7", "8", "10"]


async def test_ten_thousand_messages_are_read_twice_within_what_slack_allows_in_a_minute(here: Office) -> None:
    root = here.say("root")
    world = here.workspace.world
    for number in range(9_999):
        world.put(Said("C0GENERAL", world.stamp(), "U0BEN", str(number), thread=root))

    said = await here.platform.web.thread("C0GENERAL", root, latest=world.stamp())

    assert [one["text"] for one in said] == ["root", *map(str, range(7_999, 9_999))]
    assert 2 * len(here.calls("conversations.replies")) <= 50


# No answer


async def test_a_call_that_hangs_ends_in_time(here: Office, asked: str) -> None:
    assert TIMEOUT <= CALL_SECONDS < LEASE_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
        opened = Web("xoxb-playground", here.workspace.addresses["api"], session)
        here.workspace.plan.add([{"method": "chat.postMessage", "do": "hang"}])

        with pytest.raises(Uncertain):
            await SlackScreen(opened, turn(asked), Errands()).post(Page("Because"), "n1")


async def test_nobody_listening_is_uncertain() -> None:
    async with aiohttp.ClientSession() as session:
        opened = Web("xoxb-playground", "http://127.0.0.1:9/api/", session)

        with pytest.raises(Uncertain):
            await opened.tell("chat.update")


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with aiohttp.ClientSession() as session:
        opened = Web("xoxb-playground", here.workspace.addresses["api"], session)

        assert await opened.identity()
