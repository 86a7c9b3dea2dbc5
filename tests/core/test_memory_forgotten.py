"""What a place was made to forget is in no memory of it any more."""

from pathlib import Path
from typing import Any

import pytest

from core.contract import Change
from tests.core.office import CHANNEL, office, thread
from tests.core.test_memory import SMALL, fill, known, summed

pytestmark = pytest.mark.anyio


async def test_a_reset_forgets_the_memory_too(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 6)
        await summed(here)
        await here.tell(here.command("reset"))
        await here.ask("And now?")

        assert "memory" not in known(here)
        assert "fact" not in known(here)


async def test_a_deleted_question_is_in_no_memory_any_more(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        first = await here.answered("fact 0 " + "x" * 450)
        await fill(here, 5, first=1)
        await summed(here)
        await here.tell(Change(id=first.id, place=CHANNEL, author=first.author, at=first.at, text=None))
        await here.ask("And now?")

        assert "memory" not in known(here)
        assert "fact 5" in known(here)


async def test_a_thread_remembers_what_stood_at_its_root_until_that_is_deleted(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        root = await here.answered("fact root " + "x" * 450)
        below: dict[str, Any] = {"place": thread(root)}
        for number in range(5):
            await here.ask(f"fact {number} " + "x" * 450, **below)
        await summed(here)
        assert "fact root" in str(here.speaker.summed[0].messages)
        await here.ask("And now?", **below)
        assert "<memory>" in known(here)
        assert "fact root" not in known(here)

        await here.tell(Change(id=root.id, place=CHANNEL, author=root.author, at=root.at, text=None))
        await here.ask("And then?", **below)

        assert "<memory>" not in known(here)
