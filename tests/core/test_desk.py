"""What commands find in the store, asked for in chat."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.contract import Place
from tests.core.office import CHANNEL, OPTIONS, Office, office, thread

pytestmark = pytest.mark.anyio


async def test_stop_in_the_thread_stops_the_answer_to_its_root(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        message = await here.begin("tell me everything")
        told = await here.tell(here.command("stop", place=thread(message)))

        assert told.text == "Stopping."
        assert "Stopped." in await here.answer(message)


async def test_a_choice_that_is_taken_back_in_a_thread_leaves_its_channels(here: Office) -> None:
    there = replace(CHANNEL, thread="C1:1")

    async def chosen(name: str, argument: str, place: Place) -> str:
        return (await here.tell(here.command(name, argument, place=place))).text

    for name, word in (("model", "claude-haiku-5-5"), ("persona", "a pirate"), ("stream", "off")):
        await chosen(name, word, CHANNEL)
    told = [await chosen(name, "default", there) for name in ("model", "persona", "stream")]
    removed = [await chosen(name, "default", CHANNEL) for name in ("model", "persona")]

    assert told == [
        "From now on this place uses `claude-haiku-5-5`, as in its channel.",
        "From now on this place uses the persona of its channel.",
        "From now on the stream of this place is `off`, as in its channel.",
    ]
    assert removed == ["The model is the default again.", "The persona is removed."]


async def test_where_nobody_chose_the_platforms_own_setting_is_told(valkey: Path) -> None:
    options = replace(OPTIONS, streams={"fake": "off"})
    async with office(valkey, options=options) as here:
        told = await here.tell(here.command("stream"))

    assert told.text.startswith("The stream of this place is `off`")
