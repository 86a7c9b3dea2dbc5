"""A Discord with our bot in it, and a question to it."""

from collections.abc import AsyncIterator

import pytest

from tests.bots.discord.desk import House, house


@pytest.fixture
async def here() -> AsyncIterator[House]:
    async with house() as opened:
        yield opened


@pytest.fixture
def asked(here: House) -> str:
    return here.say("why?", mention=True)
