"""Bolt reads nothing by itself."""

import os

import pytest

from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_names_that_bolt_would_read_from_the_environment_change_nothing(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, "xoxb-of-somebody-else")
    inbox = Notebook()

    async with at_work(here, inbox):
        here.say("hello", channel="im")
        await until(lambda: inbox.events)

    assert inbox.texts == ["hello"]
    assert os.environ["SLACK_CLIENT_ID"] == "xoxb-of-somebody-else"
