"""The bot that one writes first: the two libraries as their own pages show them, an edit a second, nothing else.

It keeps no history, counts no limit, seals nothing and forgets all when it dies. What it costs is the measure for ours,
on whatever machine both run.
"""

import asyncio
import os
import sys
import time
from typing import Any

from anthropic import AsyncAnthropic
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.benchmarks.mill import MODEL

PERIOD = 1.0
"""Seconds between two edits."""
READY = "ready"


def _content(text: str) -> dict[str, Any]:
    return {"text": text, "blocks": [{"type": "markdown", "text": text}]}


async def answer(event: dict[str, Any], client: AsyncWebClient, claude: AsyncAnthropic) -> None:
    """Post what there is after a second, edit it every second, and once more at the end."""
    text, shown, ts, at = "", "", "", time.monotonic()

    async def show() -> None:
        nonlocal shown, ts, at
        shown, at = text, time.monotonic()
        if ts:
            await client.chat_update(channel=event["channel"], ts=ts, **_content(text))
        else:
            posted = await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], **_content(text))
            ts = posted["ts"]

    stream = await claude.messages.create(
        model=MODEL, max_tokens=1_000, messages=[{"role": "user", "content": event["text"]}], stream=True
    )
    async for said in stream:
        if said.type == "content_block_delta" and said.delta.type == "text_delta":
            text += said.delta.text
            if time.monotonic() >= at + PERIOD:
                await show()
    if shown != text:
        await show()


async def main() -> None:
    """Serve until somebody ends the process; one line tells that it is connected."""
    claude = AsyncAnthropic()
    app = AsyncApp(client=AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"]))

    @app.event("message")
    async def heard() -> None:
        """Slack tells a mention twice, and each edit: Bolt wants to see that somebody knows."""

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], client: AsyncWebClient) -> None:
        await answer(event, client, claude)

    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).connect_async()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
