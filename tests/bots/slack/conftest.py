"""One Slack for a test, a question in it, and the screen of its answer."""

from collections.abc import AsyncIterator

import pytest

from bots.slack.screen import SlackScreen
from tests.bots.slack.desk import Office, office, turn


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    async with office() as opened:
        yield opened


@pytest.fixture
async def asked(here: Office) -> str:
    return here.say("why?", mention=True)


@pytest.fixture
async def screen(here: Office, asked: str) -> SlackScreen:
    return here.platform.screen(turn(asked))
