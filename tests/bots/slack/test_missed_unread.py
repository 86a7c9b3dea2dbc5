"""A gap that was not read to its end, as its reader died, is read by whoever looks next; so is what grows meanwhile."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bots.slack import missed
from core.contract import Message, Person, Place
from core.errands import cancelled
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work
from tests.waits import until

pytestmark = pytest.mark.anyio
CHANNEL = Place("slack", "T0PLAY", "C0GENERAL")


async def test_a_gap_that_was_not_read_to_its_end_is_read_anew_by_whoever_looks_next(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "UNHEARD_SECONDS", 0.0)
    here.workspace.configure({"retries": []})
    old = here.say("old", mention=True)
    thread = here.say("a thread", channel="random", mention=True)
    here.say("missed", mention=True)
    here.say("a follow-up", channel="random", thread_ts=thread)
    here.say("never asked here before", channel="im")
    here.workspace.sockets.forget()
    newest = here.say("heard", mention=True)
    last = here.say("heard, too", channel="random", thread_ts=thread)
    below = Place("slack", "T0PLAY", "C0RANDOM", f"C0RANDOM:{thread}")
    inbox = Notebook(
        seen={CHANNEL: f"C0GENERAL:{newest}", below: f"C0RANDOM:{last}"},
        read_to={CHANNEL: float(old), below: float(thread)},
    )

    async with at_work(here, inbox):
        await until(lambda: {"missed", "a follow-up", "never asked here before"} <= set(inbox.texts))
        await until(lambda: inbox.caught)

    assert inbox.caught == 1


@pytest.mark.parametrize("how", ["gap", "fell"])
async def test_what_comes_while_it_is_asked_what_is_known_is_looked_up_next(here: Office, how: str) -> None:
    other, said = replace(CHANNEL, channel="C0RANDOM"), list[str]()
    old, before = here.say("old"), here.say("before", channel="random")
    here.say("missed", channel="random", mention=True)

    def fell(place: Place, ts: str) -> None:
        looking.fell(Message(id=f"{place.channel}:{ts}", place=place, author=Person(""), at=float(ts), text=""))

    class Slow(Notebook):
        async def last_seen(self, platform: str) -> Mapping[Place, str]:
            if self.asked == 0 and how == "gap":
                looking.gap()
            elif self.asked == 0:
                fell(other, before)
            return await super().last_seen(platform)

    async def take(payload: Mapping[str, object]) -> None:
        said.append(str(payload))

    looking = missed.Missed(here.platform.web, Slow(seen={other: f"C0RANDOM:{before}"}))
    fell(CHANNEL, old)
    running = asyncio.create_task(looking.run(take))
    await until(lambda: any("missed" in one for one in said))
    await cancelled(running)
