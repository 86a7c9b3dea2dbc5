"""Connections that drop, hang and are sent away, and come back."""

import asyncio
import time

import pytest

from bots.slack import sockets
from bots.slack.bolt import bolt
from bots.slack.door import Door
from bots.slack.missed import Missed
from bots.slack.sockets import Socket
from core.errands import Errands
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office
from tests.launcher import PATIENCE
from tests.waits import until

pytestmark = pytest.mark.anyio


class Hellos:
    """Remembers who was greeted, and with how many connections."""

    def __init__(self) -> None:
        self.connections: list[int] = []

    def __call__(self, socket: Socket, connections: int) -> None:
        self.connections.append(connections)


def socket(here: Office, inbox: Notebook, hellos: Hellos, ping_seconds: float = 0.1) -> Socket:
    door = Door(here.platform.web, inbox, Errands(), Missed(here.platform.web, inbox))
    return Socket(
        bolt(here.platform.web, door.hear),
        "xapp-playground",
        ping_seconds=ping_seconds,
        greeted=hellos,
        is_done=door.is_done,
    )


async def test_a_socket_is_live_from_its_hello_to_its_end(here: Office) -> None:
    hellos = Hellos()
    one = socket(here, Notebook(), hellos)
    before = one.is_live
    living = asyncio.create_task(one.live())

    await until(lambda: one.is_live)
    await one.end(1)
    living.cancel()

    assert (before, one.is_live, hellos.connections) == (False, False, [1])
    await until(lambda: here.workspace.sockets.open == 0)


async def test_pongs_keep_a_silent_socket_alive(here: Office) -> None:
    one = socket(here, Notebook(), Hellos())
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)
    greeted = one.last_frame_at

    await until(lambda: one.last_frame_at > greeted + 0.3)

    assert one.is_live
    assert not living.done()
    living.cancel()
    await one.end(1)


async def test_a_socket_that_slack_tells_to_leave_comes_back(here: Office) -> None:
    hellos = Hellos()
    one = socket(here, Notebook(), hellos)
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)

    here.workspace.hands.disconnect({})
    await until(lambda: len(hellos.connections) == 2)

    assert not living.done()
    living.cancel()
    await one.end(1)


async def test_a_socket_that_was_cut_comes_back_at_once_and_not_at_the_next_ping(here: Office) -> None:
    hellos = Hellos()
    one = socket(here, Notebook(), hellos, ping_seconds=10)
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)

    here.workspace.plan.add([{"method": "apps.connections.open", "do": "503"}])
    here.workspace.hands.drop({})
    await until(lambda: len(hellos.connections) == 2, seconds=2)

    living.cancel()
    await one.end(1)


async def test_a_socket_that_can_no_longer_connect_is_given_up(here: Office) -> None:
    one = socket(here, Notebook(), Hellos())
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)
    here.workspace.plan.add([{"method": "apps.connections.open", "do": "503", "times": None}])
    here.workspace.hands.drop({})

    await asyncio.wait_for(living, PATIENCE)

    assert not one.is_live
    await one.end(1)


async def test_a_socket_without_slack_is_given_up_too(here: Office) -> None:
    here.workspace.plan.add([{"method": "apps.connections.open", "do": "reset", "times": None}])
    one = socket(here, Notebook(), Hellos())

    await asyncio.wait_for(one.live(), PATIENCE)
    await one.end(1)


async def test_what_was_heard_is_finished_and_acknowledged_before_the_end(here: Office) -> None:
    inbox = Notebook(delay=0.2)
    one = socket(here, inbox, Hellos())
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)
    here.say("hello", channel="im")
    await until(lambda: here.calls("users.info"))

    await one.end(2)
    living.cancel()

    assert len(inbox.events) == 1
    assert [delivery["acked"] is not None for delivery in here.records("deliveries")] == [True]


async def test_what_is_not_finished_in_time_is_left_unacknowledged(here: Office) -> None:
    inbox = Notebook(delay=9)
    one = socket(here, inbox, Hellos())
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)
    here.say("hello", channel="im")
    await until(lambda: here.calls("users.info"))

    await one.end(0.05)
    living.cancel()

    assert inbox.events == []
    assert here.unacknowledged == 1


async def test_an_end_does_not_wait_for_a_peer_that_says_no_goodbye(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sockets.CLOSE_SECONDS
    monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.1)
    one = socket(here, Notebook(), Hellos())
    living = asyncio.create_task(one.live())
    await until(lambda: one.is_live)
    here.workspace.hands.freeze({})
    started = time.monotonic()

    await one.end(1)
    living.cancel()

    assert time.monotonic() - started < whole
