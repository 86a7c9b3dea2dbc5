"""Of two sessions that hear of the same command one does it, and the other may have answered before."""

from dataclasses import dataclass, field

import pytest

from bots.discord import door as doors
from bots.discord import interaction
from bots.discord.rest import Rest
from bots.discord.words import EPHEMERAL
from core.contract import Event, Json, Outcome, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN
from tests.bots.discord.desk import House, at_work
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio
THINKS: Json = {"type": interaction.THINK, "data": {"flags": EPHEMERAL}}


def says(text: str) -> Json:
    return {"type": interaction.ANSWER, "data": {"content": text, "flags": EPHEMERAL}}


@dataclass
class Overtaken(Notebook):
    """While this session does a command, another one has answered it first."""

    rest: Rest = field(kw_only=True)
    other: Json = field(kw_only=True)

    async def accept(self, event: Event) -> Verdict:
        path = f"/interactions/{event.address['interaction']}/{event.address['token']}/callback"
        await self.rest.call("POST", path, self.other, signed=False)
        return await super().accept(event)


async def reset(here: House, inbox: Notebook) -> None:
    """Somebody types /reset, and reads what comes of it."""
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="reset")
        await until(lambda: len(here.calls("interaction.callback")) > 1 or len(here.whispers) > 1)
    await here.platform.close()


@pytest.mark.parametrize("other", [says(ASK_AGAIN), THINKS])
@pytest.mark.parametrize("size", [2, 2 * doors.BYTES_AT_ONCE])
async def test_the_one_that_did_it_tells_it_in_the_place_of_the_others_words(
    here: House, other: Json, size: int
) -> None:
    inbox = Overtaken(Verdict(Outcome.TOLD, "Done.", file=b" " * size), rest=here.platform.rest, other=other)
    await reset(here, inbox)

    assert here.shown == ["Done."]
    assert len(here.versions()[-1]["attachments"]) == 1
    assert here.versions()[-1]["shown_to"]


async def test_the_one_that_could_not_does_not_write_over_what_the_other_did(here: House) -> None:
    inbox = Overtaken(StoreDown(), rest=here.platform.rest, other=says("Done."))
    await reset(here, inbox)

    assert here.shown == ["Done."]


async def test_the_one_that_could_not_and_is_late_does_not_write_over_it_either(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ACCEPT_SECONDS", 0.05)
    inbox = Overtaken(StoreDown(), delay=0.1, rest=here.platform.rest, other=says("Done."))
    await reset(here, inbox)

    assert here.shown == ["Done."]


async def test_where_nobody_can_tell_what_the_other_said_it_is_written_over(here: House) -> None:
    here.fail("original.get", 500, times=None)
    inbox = Overtaken(StoreDown(), rest=here.platform.rest, other=THINKS)
    await reset(here, inbox)

    assert here.shown == [ASK_AGAIN]


async def test_what_none_could_do_does_not_leave_the_other_thinking(here: House) -> None:
    inbox = Overtaken(StoreDown(), rest=here.platform.rest, other=THINKS)
    await reset(here, inbox)

    assert here.shown == [ASK_AGAIN]
