"""One Slack for a test, an inbox that hears it, a question in it, and the screen of its answer."""

from collections.abc import AsyncIterator

import pytest

from bots.slack.screen import SlackScreen
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work, office, turn


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    async with office(retries=[0], scale=0.1) as opened:
        yield opened


@pytest.fixture
async def inbox(here: Office) -> AsyncIterator[Notebook]:
    notebook = Notebook()
    async with at_work(here, notebook):
        yield notebook


@pytest.fixture
async def asked(here: Office) -> str:
    return here.say("why?", mention=True)


@pytest.fixture
async def screen(here: Office, asked: str) -> SlackScreen:
    return here.platform.screen(turn(asked))
