"""A Discord with our bot in it, an inbox that hears it, and a question to it."""

from collections.abc import AsyncIterator

import pytest

from bots.discord import door as doors
from bots.discord import interaction
from tests.bots.discord.desk import House, at_work, house
from tests.bots.inboxes import Notebook


@pytest.fixture
async def here() -> AsyncIterator[House]:
    async with house() as opened:
        yield opened


@pytest.fixture
async def inbox(here: House) -> AsyncIterator[Notebook]:
    notebook = Notebook()
    async with at_work(here, notebook):
        yield notebook


@pytest.fixture
def asked(here: House) -> str:
    return here.say("why?", mention=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DOOR_PAUSES", (0.01,))
    monkeypatch.setattr(interaction, "LATER_PAUSES", (0.01,))
    monkeypatch.setattr(doors, "LONGEST_DOOR_PAUSE", 0.02)
    monkeypatch.setattr(doors, "ACCEPT_SECONDS", 0.1)
    monkeypatch.setattr(interaction, "ANSWER_SECONDS", 0.5)
