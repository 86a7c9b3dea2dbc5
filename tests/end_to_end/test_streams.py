"""How an answer comes, by the setting and by what a place chose: counted in posts, edits and statuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.driver import Playground
from tests.end_to_end.inside import Team, team
from tests.end_to_end.rooms import Discord, Room, Slack, whispered

pytestmark = pytest.mark.anyio

STORY = " ".join(f"Word {n} of a story that goes on." for n in range(1, 16))
METHODS = {
    "slack": ("chat.postMessage", "chat.update", "assistant.threads.setStatus"),
    "discord": ("message.create", "message.edit", "typing"),
}


@pytest.fixture(scope="module")
async def bots(grounds: Playground, valkey: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    """Those who say nothing else get their answers in one piece."""
    async with team(grounds, valkey, tmp_path_factory.mktemp("streams"), STREAM="final") as found:
        found.streams = {"discord": "off"}
        await found.start()
        yield found


async def counts(room: Room, place: Playground) -> tuple[int, int, int]:
    """Posts, edits and statuses of the answer to a question here."""
    name, server = ("slack", place.slack) if isinstance(room, Slack) else ("discord", place.discord)
    made = [
        [call for call in await server.calls(method) if room.channel in json.dumps(call)] for method in METHODS[name]
    ]
    posts, edits, statuses = map(len, made)
    return posts, edits, statuses


async def choose(room: Room, place: Playground, way: str) -> None:
    if isinstance(room, Slack):
        await room.ask(f"stream {way}")
    else:
        where = {"user": "ada", "channel": room.channel}
        await place.discord.do("interact", command="stream", options={"way": way}, **where)
    await whispered(room, f"`{way}`")


@pytest.mark.parametrize(("kind", "default"), [(Slack, "final"), (Discord, "off")])
async def test_an_answer_comes_as_its_place_or_else_its_platform_or_else_the_setting_says(
    bots: Team, place: Playground, kind: type[Slack] | type[Discord], default: str
) -> None:
    await place.claude.do("script", [{"match": "story", "text": STORY, "tokens_per_second": 80, "times": None}])
    server = place.slack if kind is Slack else place.discord
    edit, final, off, as_usual = rooms = [await kind.opened(server) for _ in range(4)]
    for room, way in ((edit, "edit"), (final, "final"), (off, "off")):
        await choose(room, place, way)

    await asyncio.gather(*(room.ask("a story") for room in rooms))
    answers = await asyncio.gather(*(bots.answered(room) for room in rooms))

    assert [answer.text for answer in answers] == [STORY] * 4
    posts, edits, _ = await counts(edit, place)
    assert (posts, edits >= 2) == (1, True)
    assert await counts(final, place) == (1, 0, 2 if kind is Slack else 1)  # thinking, then writing; or just typing
    assert await counts(off, place) == (1, 0, 1)
    assert await counts(as_usual, place) == await counts(final if default == "final" else off, place)
