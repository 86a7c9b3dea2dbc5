"""Calls to a Discord of our own: what each kind of trouble is called, and files."""

import time
from typing import Any

import aiohttp
import pytest
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer

from bots.discord.parse import to_event
from bots.discord.rest import GLOBAL, HOSTS, TIMEOUT, TOKEN, Rest
from core import reading
from core.canvas import CALL_SECONDS
from core.contract import File, Message
from core.downloads import is_kept
from core.errors import Closed, FileError, ScreenError, Shut, Throttled, TooBig, Uncertain, Unfit, Vanished
from core.store import LEASE_SECONDS
from tests.bots.discord.desk import BOT, GENERAL, House

pytestmark = pytest.mark.anyio
CHANNEL = f"/channels/{GENERAL}"


@pytest.fixture
def rest(here: House) -> Rest:
    return here.platform.rest


async def test_it_learns_who_we_are(rest: Rest) -> None:
    assert (rest.bot.user, rest.bot.application, rest.bot.name) == (BOT.user, BOT.application, BOT.name)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (500, Uncertain, "http_500"),
        (503, Uncertain, "http_503"),
        ("lost", Uncertain, "ServerDisconnectedError"),
        ("reset", Uncertain, "ServerDisconnectedError"),
        ({"error": "10003"}, Closed, "10003"),
        ({"error": "10008"}, Vanished, "10008"),
        ({"error": "50001"}, Closed, "50001"),
        ({"error": "50083"}, Shut, "50083"),
        ({"error": "200000"}, Unfit, "200000"),
        ({"error": "50035"}, Unfit, "50035"),
        ({"error": "40005"}, TooBig, "40005"),
        ({"error": "30046"}, Throttled, "discord.typing"),
        ({"error": "0"}, Closed, "http_401"),
    ],
)
async def test_trouble_has_a_name(here: House, rest: Rest, fault: object, kind: type[ScreenError], code: str) -> None:
    here.fail("typing", fault)

    with pytest.raises(ScreenError) as failure:
        await rest.typing(GENERAL)

    assert type(failure.value) is kind
    assert failure.value.code in (code, "ClientOSError")
    assert len(here.calls("typing")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 451])
async def test_what_stands_before_discord_has_no_word_on_what_the_bot_may(here: House, rest: Rest, status: int) -> None:
    here.fail("typing", status, via=False)

    with pytest.raises(Uncertain):
        await rest.typing(GENERAL)


@pytest.mark.parametrize("code", ["40004", "40006", "40333", "130000"])
async def test_a_fault_within_discord_is_no_word_on_what_the_bot_may(here: House, rest: Rest, code: str) -> None:
    here.fail("typing", {"error": code})

    with pytest.raises(Uncertain):
        await rest.typing(GENERAL)


async def test_a_page_in_the_place_of_an_answer_is_no_answer() -> None:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(text="<html>Log in to this network</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        with pytest.raises(Uncertain):
            await Rest("token", str(server.make_url("")), session).identity()


async def test_a_429_of_what_stands_before_discord_stops_all_calls(here: House, rest: Rest) -> None:
    here.fail("typing", 429, via=False, retry_after=7)

    with pytest.raises(Throttled) as failure:
        await rest.typing(GENERAL)

    assert (failure.value.code, failure.value.retry_after) == (GLOBAL, 7)


async def test_a_429_says_how_long(here: House, rest: Rest) -> None:
    here.fail("typing", 429, retry_after=7)

    with pytest.raises(Throttled) as failure:
        await rest.typing(GENERAL)

    assert failure.value.retry_after == 7


@pytest.mark.parametrize(("seconds", "name"), [(1.5, "discord.token"), (45, "discord.token.minute")])
async def test_a_429_says_which_budget_of_a_token_is_spent(here: House, rest: Rest, seconds: float, name: str) -> None:
    here.fail("original.get", 429, retry_after=seconds)

    with pytest.raises(Throttled) as failure:
        await rest.call("GET", "/webhooks/1/t/messages/@original", bucket=TOKEN, signed=False)

    assert failure.value.code == name


async def test_a_call_that_is_not_answered_ends_by_itself(here: House) -> None:
    here.fail("typing", "hang")

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as patient:
        with pytest.raises(Uncertain):
            await Rest("x", here.api, patient).call("POST", f"/channels/{GENERAL}/typing", seconds=0.05)


async def test_no_trouble_tells_what_was_written(rest: Rest) -> None:
    with pytest.raises(ScreenError) as failure:
        await rest.call("POST", f"{CHANNEL}/messages", {"content": "secret" * 500})

    assert "secret" not in f"{failure.value!r}{failure.value}"


@pytest.mark.parametrize(("name", "kind"), [("answer.md", "text/markdown"), ("parley.json", "application/json")])
async def test_a_file_goes_along_as_what_it_is(name: str, kind: str) -> None:
    got: list[tuple[str | None, str | None, bytes]] = []

    async def serve(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            got.append((part.filename, part.headers.get("Content-Type"), bytes(await part.read())))
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        await Rest("token", str(server.make_url("")), session).call("POST", "/", {"content": "x"}, file=(name, b"{}"))

    assert got == [(None, "application/json", b'{"content": "x"}'), (name, kind, b"{}")]


async def test_an_interactions_call_carries_no_token_of_ours(rest: Rest) -> None:
    with pytest.raises(Closed):
        await rest.call("POST", f"{CHANNEL}/typing", signed=False)


# Files


def ref(here: House) -> str:
    """A file that somebody sent, as we refer to it."""
    here.say("read this", mention=True, attachments=[{"filename": "notes.txt", "text": "hello"}])
    found = to_event("MESSAGE_CREATE", here.ground.gateway.past[-1].data, BOT)
    assert isinstance(found, Message)
    return found.files[0].ref


async def test_a_file_is_read_also_when_its_address_is_over(here: House, rest: Rest) -> None:
    found = ref(here)
    here.ground.clock = here.ground.world.clock = lambda: time.time() + 2 * here.ground.links.life

    assert await rest.download(found, 100) == b"hello"


async def test_a_file_that_we_may_not_read_again_is_signed_anew(here: House, rest: Rest) -> None:
    found = ref(here)
    here.do("deny", channel=GENERAL, permissions=["READ_MESSAGE_HISTORY"])

    assert await rest.download(found, 100) == b"hello"


@pytest.mark.parametrize("text", ['{"message": "404: Not Found", "code": 0}', "404: Not Found"])
async def test_where_there_are_no_such_calls_a_file_is_read_by_the_address_it_came_with(text: str) -> None:
    async def serve(request: web.Request) -> web.Response:
        is_file = request.path == "/attachments/1/3/a.txt"
        return web.Response(body=b"hello") if is_file else web.Response(status=404, text=text)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        rest = Rest("token", str(server.make_url("/api/v10")), session)
        assert await rest.download("1:2:3:/attachments/1/3/a.txt", 100) == b"hello"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_discord_itself_has_all_calls_whatever_somebody_before_it_says_for_a_moment(status: int) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>There is nothing here.</html>")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession(proxy=server.make_url("/")) as session:
        rest = Rest("token", "http://discord.com/api/v10", session)
        with pytest.raises(Uncertain):
            await rest.messages(GENERAL)
        with pytest.raises(Uncertain):
            await rest.download("1:2:3:/attachments/1/3/a.txt", 100)


async def test_a_file_that_is_too_large_is_not_read(here: House, rest: Rest) -> None:
    with pytest.raises(FileError, match="too large"):
        await rest.download(ref(here), 4)


@pytest.mark.parametrize("do", ["503", "reset"])
async def test_a_hiccup_does_not_cost_the_question_its_file(
    here: House, monkeypatch: pytest.MonkeyPatch, do: str
) -> None:
    monkeypatch.setattr(reading, "READ_PAUSES", (0.0, 0.0))
    file = File(ref(here), "notes.txt", 5)
    here.ground.plan.add([{"method": "message.get", "do": do}])

    (found,) = await reading.Reading(reading.Reader(), here.platform).read([file])

    assert "hello" in str(found.block)
    assert len(here.ground.plan) == 0


async def test_a_file_that_is_gone_is_told_in_words(rest: Rest) -> None:
    with pytest.raises(FileError, match="gone"):
        await rest.download(f"{GENERAL}:1:2:", 100)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"body": b"\x1f\x8b", "headers": {"Content-Encoding": "gzip"}},  # may unfold to anything
        {"body": b"x" * 101},
    ],
)
async def test_no_redirect_is_followed_nothing_is_unpacked_and_what_was_announced_is_not_believed(
    answer: dict[str, Any],
) -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path.startswith("/api"):
            file = {"id": "3", "size": 1, "url": f"http://{request.host}/attachments/1/3/a.txt"}
            return web.json_response({"attachments": [file]})
        assert "Authorization" not in request.headers
        return web.Response(**answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        with pytest.raises(FileError):
            await Rest("token", str(server.make_url("/api/v10")), session).download("1:2:3:", 100)

    assert asked == ["/api/v10/channels/1/messages/2", "/attachments/1/3/a.txt"]


async def test_the_token_follows_no_redirect() -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        with pytest.raises(ScreenError):
            await Rest("token", str(server.make_url("/api/v10")), session).identity()

    assert asked == ["/api/v10/users/@me"]


def test_a_call_that_hangs_ends_before_somebody_else_may_have_the_turn() -> None:
    assert TIMEOUT <= CALL_SECONDS < LEASE_SECONDS


async def test_no_other_host_is_asked(here: House, rest: Rest) -> None:
    found = ref(here)
    here.ground.links.origin = "http://127.0.0.1:1"

    with pytest.raises(FileError, match="not kept by Discord"):
        await rest.download(found, 100)


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.txt?ex=1", True),
        ("https://media.discordapp.net/attachments/1/2/a.png", True),
        ("http://cdn.discordapp.com/a", False),
        ("https://cdn.discordapp.com:8443/a", False),
        ("https://cdn.discordapp.com.evil.example/a", False),
        ("https://user@evil.example/cdn.discordapp.com", False),
        ("http://127.0.0.1:1/attachments/1/2/a", False),
        ("https://[half", False),
        ("", False),
    ],
)
async def test_only_discords_hosts_keep_files(url: str, is_ours: bool) -> None:
    assert is_kept(url, HOSTS, "https://discord.com/api/v10") is is_ours


async def test_where_the_api_was_set_to_files_are_kept_too() -> None:
    assert is_kept("http://127.0.0.1:80/attachments/1", HOSTS, "http://127.0.0.1:80/api/v10")
    assert not is_kept("http://127.0.0.1:81/attachments/1", HOSTS, "http://127.0.0.1:80/api/v10")
