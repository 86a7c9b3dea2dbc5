"""Tools that failed are down for a while, and nothing else is."""

from core.claude.outages import SECONDS, Outages
from core.dialogue import Tool

WIKI, DOCS = (Tool(name, {}, server={"name": name}) for name in ("wiki", "docs"))


async def ours(_: object) -> str:
    return ""


def test_a_server_that_failed_is_down_for_a_minute() -> None:
    now = 0.0
    outages = Outages(lambda: now)
    tools = [Tool("wiki", {}, run=ours), WIKI, DOCS]
    assert outages.among(tools) == []

    outages.note([WIKI])
    assert outages.among(tools) == [WIKI]
    now = SECONDS
    assert outages.among(tools) == []
