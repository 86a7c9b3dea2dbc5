"""Discord's gateway: one client after the other listens to it, as long as the bot runs."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.ears import SENSELESS, Ears, Heard, NewSession, listener
from bots.discord.portal import NO_CONTENT, REFUSED, is_refused
from bots.discord.rest import Rest, note
from bots.discord.shards import Shards
from core.errands import cancelled
from core.errors import Closed, SettingsError
from core.network import proxy_for

LISTEN_PAUSE, LONGEST_LISTEN_PAUSE = 0.5, 30.0
"""Before a connection is made anew from the beginning: doubled each time, up to a longest one.

A bot that identifies more than 1,000 times a day loses its token: `Ears.apart` is the longest where it did so.
"""
CLOSE_SECONDS = 2.0

UNAUTHENTICATED, OUTGROWN = 4004, 4011  # codes with which it closes

_OUTGROWN = (
    "Discord wants the bot's servers divided among several connections, as it is in too many for one: set "
    "DISCORD_SHARDS=auto."
)


class Gateway:
    """Where a bot listens. `ears`: the client that does, or did last; None before the first one."""

    def __init__(
        self, token: str, api_url: str, url: str, shards: Shards, *, wants_content: bool, pause_seconds: float
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._url = url
        self._shards = shards
        self._wants_content = wants_content
        self._pause_seconds = pause_seconds
        self.ears: Ears | None = None

    @property
    def is_connected(self) -> bool:
        """Whether all its shards are."""
        return bool(self.ears and self.ears.is_connected)

    @property
    def last_frame_at(self) -> float:
        """When it last said anything, its answers to our heartbeats too (s since 1970); 0: never."""
        return self.ears.frame_at if self.ears else 0.0

    async def listen(self, heard: Heard, new_session: NewSession, rest: Rest) -> None:
        """One client after the other: discord.py mends a connection, but not the first one, nor a refusal.

        Raises SettingsError when the gateway refuses what the settings say.
        """
        Route.BASE = self._api_url.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._url)
        discord.http.json_or_text = _read
        pause = self._pause_seconds
        while True:
            began = time.monotonic()
            longest = await self._connect(heard, new_session, rest)
            pause = self._pause_seconds if time.monotonic() - began > longest else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _connect(self, heard: Heard, new_session: NewSession, rest: Rest) -> float:
        """Until the connection is beyond mending; the longest pause before another one.

        Raises SettingsError when that would be refused as well.
        """
        lost, proxy = self.ears.lost if self.ears else {}, proxy_for(self._api_url)
        self.ears = ears = listener(
            heard, new_session, self._shards, lost, wants_content=self._wants_content, proxy=proxy
        )
        listening = asyncio.create_task(ears.start(self._token))
        try:
            await asyncio.wait([listening])  # discord.py passes over a cancel while it mends a shard's connection
            await listening
        except asyncio.CancelledError:
            ears.hangs_up = True
            raise
        except discord.PrivilegedIntentsRequired:
            raise SettingsError([NO_CONTENT]) from None
        except discord.LoginFailure as error:
            if await is_refused(rest):
                raise SettingsError([REFUSED]) from None
            note(error, "gateway")
        except discord.ConnectionClosed as error:
            if error.code in (UNAUTHENTICATED, OUTGROWN):
                raise SettingsError([REFUSED if error.code == UNAUTHENTICATED else _OUTGROWN]) from None
            note(Closed(f"closed_{error.code}"), "gateway")
            return ears.apart
        except (discord.DiscordException, aiohttp.ClientError, OSError, *SENSELESS) as error:
            note(error, "gateway")
        finally:
            await _closed(ears, listening)
            ears.went()
        return ears.apart if ears.has_identified else LONGEST_LISTEN_PAUSE


async def _read(response: aiohttp.ClientResponse) -> Any:  # noqa: ANN401  # JSON
    """An answer to discord.py, which itself reads no JSON where a charset stands behind its type."""
    text = await response.text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _closed(ears: Ears, listening: "asyncio.Task[None]") -> None:
    """A gateway that is gone does not answer a close; discord.py would wait 30 s for it."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await ears.close()
    except TimeoutError:
        await ears.http.close()
    await cancelled(listening)
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await ears.hang_up()
