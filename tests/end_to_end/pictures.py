"""Takes the README's pictures: `make pictures`. The real bot in the playground, seen by a real browser.

Needs Debian's chromium and fonts-noto-color-emoji, which `make pictures` installs.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.end_to_end.driver import ROOT, Playground, playground, running

PICTURES = ROOT / "docs" / "pictures"
QUESTION = "Compare Slack and Discord in a table, please."
CODE = "Write a Python function for primes"


async def photograph(url: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        process = await asyncio.create_subprocess_exec(
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1100,760",
            "--virtual-time-budget=4000",
            f"--user-data-dir={profile}",
            f"--screenshot={file}",
            url,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0


async def talk(place: Playground) -> None:
    await place.slack.do("say", user="ada", text=QUESTION, mention=True)
    await place.discord.do("say", channel="general", user="ada", text=CODE, mention=True)
    await asyncio.sleep(8)


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with playground() as place, running("run", place, Path(data), platforms=2):
            await talk(place)
            for name, server in (("slack", place.slack), ("discord", place.discord)):
                page = server.addresses.get("page") or server.addresses["control"].removesuffix("/_control") + "/"
                await photograph(page, PICTURES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
