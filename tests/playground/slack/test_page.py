"""The page: one file, which loads nothing from elsewhere and runs its own script only."""

import re

import aiohttp
import pytest

from playground.slack import Slack

pytestmark = pytest.mark.anyio


async def test_only_the_pages_own_script_may_run(slack: Slack, http: aiohttp.ClientSession) -> None:
    async with http.get(slack.addresses["page"]) as answer:
        policy, text = answer.headers["Content-Security-Policy"], await answer.text()
    nonces = re.findall(r'<script nonce="([^"]+)">', text)

    assert answer.content_type == "text/html"
    assert len(nonces) == 1
    assert f"script-src 'nonce-{nonces[0]}'" in policy
    assert "default-src 'none'" in policy


async def test_it_loads_nothing_and_makes_no_markup_of_what_was_written(
    slack: Slack, http: aiohttp.ClientSession
) -> None:
    async with http.get(slack.addresses["page"]) as answer:
        text = await answer.text()

    assert not re.search(r'(?:src|href)="|@import|url\(', text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


async def test_every_verb_that_it_uses_exists(slack: Slack, http: aiohttp.ClientSession) -> None:
    async with http.get(slack.addresses["page"]) as answer:
        verbs = set(re.findall(r'attempt\("(\w+)"', await answer.text()))

    assert verbs == {"press", "delete", "edit", "slash", "say"}
    for verb in verbs:
        async with http.post(f"{slack.addresses['control']}/{verb}", json={"channel": "nowhere"}) as answer:
            assert (await answer.json())["error"] == "there is no such channel"
