"""The platform on a Discord of our own: the commands that it offers, what it is besides."""

import time

import pytest

from bots.discord import app as apps
from bots.discord.app import Discord
from core.contract import Namer
from playground.discord import TOKEN
from tests.bots.discord.desk import GENERAL, House, at_work
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_screens_need_an_open_platform() -> None:
    with pytest.raises(RuntimeError, match="open"):
        _ = Discord(TOKEN, "http://127.0.0.1:9/", "ws://127.0.0.1:9/").rest


async def test_commands_are_offered_once_and_again_when_they_changed(here: House) -> None:
    for _ in range(2):
        async with at_work(here, Notebook()):
            pass
    assert len(here.calls("command.put")) == 1

    here.ground.world.commands[0][0]["description"] = "Something old"
    async with at_work(here, Notebook()):
        pass
    assert len(here.calls("command.put")) == 2


async def test_a_gateway_without_commands_is_still_listened_to(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OFFER_SECONDS", 0.05)
    here.fail("command.list", 500, times=None)
    inbox = Notebook()
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: inbox.events)

    assert not here.calls("command.put")


async def test_commands_are_offered_once_discord_has_come_back(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OFFER_SECONDS", 0.01)
    monkeypatch.setattr(apps, "OFFER_PAUSES", (0.01, 0.02))
    here.fail("command.list", 503, times=4)
    here.fail("command.put", 503)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))

    assert len(here.calls("command.put")) == 2


@pytest.mark.parametrize("status", [404, 405])
async def test_commands_are_offered_where_nobody_tells_which_there_are(here: House, status: int) -> None:
    here.fail("command.list", status, times=None)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))

    assert len(here.calls("command.put")) == 1


async def test_screens_work_on_after_the_listening_has_ended(here: House) -> None:
    async with at_work(here, Notebook()):
        pass

    await here.platform.rest.typing(GENERAL)
    assert here.records("typing")


async def test_it_has_no_other_names_for_files(here: House) -> None:
    assert not isinstance(here.platform, Namer)


async def test_the_last_frame_is_dated(here: House) -> None:
    assert here.platform.last_frame_at == 0
    async with at_work(here, Notebook()):
        here.say("why?", mention=True)
        await until(lambda: here.platform.last_frame_at)

    assert time.time() - here.platform.last_frame_at < 5
