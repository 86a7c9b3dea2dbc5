"""What Discord does not take at once is told it again when it asks for that."""

import pytest

from tests.bots.discord.desk import House, Notebook, at_work, until

pytestmark = pytest.mark.anyio


async def test_a_first_answer_that_discord_has_too_many_of_waits_as_long_as_it_says(here: House) -> None:
    here.fail("interaction.callback", 429, retry_after=0.2)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="ask", options={"question": "why?"})
        await until(lambda: here.acks)

    refused, taken = [call["monotonic"] for call in here.calls("interaction.callback")]
    assert taken - refused >= 0.2
