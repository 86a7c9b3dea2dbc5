"""No page of another site drives a server of the playground through a browser."""

import aiohttp
import pytest

from playground.claude import Claude
from playground.discord import Discord
from playground.slack import Slack

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("made", [Slack, Discord, Claude])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("Origin", "http://{}", 200), ("Origin", "https://example.com", 403), ("Host", "example.com", 403)],
)
async def test_who_is_of_this_machine_is_heard_and_nobody_else(
    made: type[Slack | Discord | Claude], header: str, value: str, status: int
) -> None:
    async with made() as server, aiohttp.ClientSession() as http:
        where = server.addresses["control"]
        headers = {header: value.format(where.split("/")[2])}
        async with http.get(f"{where}/state", headers=headers) as answer:
            assert answer.status == status
