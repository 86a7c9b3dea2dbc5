"""A gap that was not read to its end, as its reader died, is read by whoever looks next."""

import pytest

from bots.slack import missed
from core.contract import Place
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
