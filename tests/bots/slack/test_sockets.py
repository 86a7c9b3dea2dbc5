"""Connections that drop, hang and are sent away, and come back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.slack import sockets
from bots.slack.bolt import bolt
from bots.slack.door import Door
from bots.slack.missed import Missed
from bots.slack.sockets import Socket
from core.errands import Errands, cancelled
from core.telling import LOGGER
from core.trouble import noting
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, acknowledged
from tests.launcher import PATIENCE
from tests.waits import until

pytestmark = pytest.mark.anyio


class Hellos:
    """Remembers who was greeted, and with how many connections."""

    def __init__(self) -> None:
        self.connections: list[int] = []

    def __call__(self, socket: Socket, connections: int) -> None:
        self.connections.append(connections)


def socket(
    here: Office, inbox: Notebook, hellos: Hellos, ping_seconds: float = 0.1, *, is_spare: bool = True
) -> Socket:
    door = Door(here.platform.web, inbox, Errands(), Missed(here.platform.web, inbox))
    return Socket(
        bolt(here.platform.web, door.hear),
        "xapp-playground",
        ping_seconds=ping_seconds,
        greeted=hellos,
        failed=noting("slack", "socket"),
        is_done=door.is_done,
        is_spare=lambda _: is_spare,
    )


@asynccontextmanager
async def live(one: Socket, patience: float = 1) -> AsyncIterator[asyncio.Task[None]]:
    """Until its end, for which it has `patience`."""
    living = asyncio.create_task(one.live())
    try:
        await until(lambda: one.is_live)
        yield living
    finally:
        await cancelled(living)
        await one.end(patience)


async def test_a_socket_is_live_from_its_hello_to_its_end(here: Office) -> None:
    hellos = Hellos()
    one = socket(here, Notebook(), hellos)
    before = one.is_live

    async with live(one):
        assert one.is_live

    assert (before, one.is_live, hellos.connections) == (False, False, [1])
    await until(lambda: here.workspace.sockets.open == 0)


async def test_pongs_keep_a_silent_socket_alive(here: Office) -> None:
    one = socket(here, Notebook(), Hellos())
    async with live(one) as living:
        greeted = one.last_frame_at

        await until(lambda: one.last_frame_at > greeted + 0.3)

        assert one.is_live
        assert not living.done()


async def test_a_socket_that_slack_tells_to_leave_comes_back(here: Office) -> None:
    hellos = Hellos()
    async with live(socket(here, Notebook(), hellos)) as living:
        here.workspace.hands.disconnect({})
        await until(lambda: len(hellos.connections) == 2)

        assert not living.done()


async def test_a_socket_that_was_cut_comes_back_at_once_and_not_at_the_next_ping(here: Office) -> None:
    hellos = Hellos()
    async with live(socket(here, Notebook(), hellos, ping_seconds=10)):
        here.workspace.plan.add([{"method": "apps.connections.open", "do": "503"}])
        here.workspace.hands.drop({})
        await until(lambda: len(hellos.connections) == 2, seconds=2)


async def test_sockets_that_end_each_other_take_their_time(here: Office) -> None:
    def alone(*_: object) -> None:
        here.workspace.hands.drop({})

    one = socket(here, Notebook(), Hellos())
    one._greeted = alone
    opening = asyncio.create_task(one.live())
    await until(lambda: len(here.calls("apps.connections.open")) > sockets.OPENINGS)
    await asyncio.sleep(0.5)

    assert len(here.calls("apps.connections.open")) == sockets.OPENINGS + 1  # that of `open`, too
    await cancelled(opening)
    await one.end(0)


async def test_a_socket_that_hears_alone_is_not_deaf_for_long(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        here.workspace.hands.drop({})

    monkeypatch.setattr(sockets, "DEAF_SECONDS", 0.2)
    one = socket(here, Notebook(), Hellos(), is_spare=False)
    one._greeted = cut
    opening = asyncio.create_task(one.live())

    await until(lambda: len(here.calls("apps.connections.open")) > sockets.OPENINGS + 2, seconds=5)

    await cancelled(opening)
    await one.end(0)


async def test_a_socket_that_can_no_longer_connect_is_given_up(here: Office) -> None:
    one = socket(here, Notebook(), Hellos())
    async with live(one) as living:
        here.workspace.plan.add([{"method": "apps.connections.open", "do": "503", "times": None}])
        here.workspace.hands.drop({})

        await asyncio.wait_for(living, PATIENCE)

        assert not one.is_live


async def test_why_slack_gives_no_address_is_told_once_a_minute(here: Office, caplog: pytest.LogCaptureFixture) -> None:
    one = socket(here, Notebook(), Hellos())
    async with live(one) as living:
        here.workspace.plan.add([{"method": "apps.connections.open", "do": {"error": "token_revoked"}, "times": None}])
        here.workspace.hands.drop({})

        await asyncio.wait_for(living, PATIENCE)

    told = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert told == ["platform trouble platform=slack call=socket code=token_revoked retry_after=0"]


async def test_a_socket_without_slack_is_given_up_too(here: Office) -> None:
    here.workspace.plan.add([{"method": "apps.connections.open", "do": "reset", "times": None}])
    one = socket(here, Notebook(), Hellos())

    await asyncio.wait_for(one.live(), PATIENCE)
    await one.end(1)


async def test_what_was_heard_is_finished_and_acknowledged_before_the_end(here: Office) -> None:
    inbox = Notebook(delay=0.2)
    async with live(socket(here, inbox, Hellos()), patience=2):
        here.say("hello", channel="im")
        await until(lambda: here.calls("users.info"))

    assert len(inbox.events) == 1
    assert acknowledged(here) == [True]


async def test_what_is_not_finished_in_time_is_left_unacknowledged(here: Office) -> None:
    inbox = Notebook(delay=9)
    async with live(socket(here, inbox, Hellos()), patience=0.05):
        here.say("hello", channel="im")
        await until(lambda: here.calls("users.info"))

    assert inbox.events == []
    assert here.unacknowledged == 1


async def test_an_end_does_not_wait_for_a_peer_that_says_no_goodbye(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sockets.CLOSE_SECONDS
    monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.1)
    async with live(socket(here, Notebook(), Hellos())):
        here.workspace.hands.freeze({})
        started = time.monotonic()

    assert time.monotonic() - started < whole
