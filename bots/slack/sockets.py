"""Socket Mode: one websocket that knows how it is, and that lets what it heard be finished before it ends."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bots.slack.web import LOG, called
from core.errands import Errands, cancelled
from core.errors import ScreenError
from core.trouble import Note

SILENT = 4.5
"""Pings without an answer after which a socket is given up; the SDK tries to mend it itself after two."""
MEND_SECONDS = 0.25
OPENINGS, OPENINGS_SECONDS = 10, 30.0
"""So often one is opened within so many seconds: where there is room for one alone, each new one ends another."""
DEAF_SECONDS = 2.0
"""After that the next one is opened all the same, where no other hears anything either."""
CLOSE_SECONDS = 2.0
"""For the close frame; without an answer aiohttp would wait 10 s for it."""


class Socket(AsyncSocketModeHandler):
    """One connection. The SDK opens it anew when it breaks or Slack asks for it; its owner waits for `live` to end.

    `greeted(socket, connections)` is called at every hello, with how many the app has then. `failed` is told why Slack
    gives no address for one. What `is_done` says needs nothing done is acknowledged, and no more. `is_spare`: whether
    another one hears meanwhile.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        ping_seconds: float,
        greeted: Callable[["Socket", int], None],
        failed: Note,
        is_done: Callable[[Mapping[str, Any]], Awaitable[bool]],
        is_spare: Callable[["Socket"], bool],
    ) -> None:
        super().__init__(app, app_token, logger=LOG, ping_interval=ping_seconds)
        self.client.proxy = app.client.proxy  # it would read the environment, also for a stand-in on this machine
        self._issue = self.client.issue_new_wss_url
        self.client.issue_new_wss_url = self._address  # type: ignore[method-assign]  # it tells only its log why it fails
        self.client.on_message_listeners.append(self._hears)
        self.client.message_listeners.append(self._reads)
        self._ping_seconds = ping_seconds
        self._greeted = greeted
        self._failed = failed
        self._is_done = is_done
        self._is_spare = is_spare
        self._greeting: object = None  # the websocket that said hello
        self._made_at, self._frame_at = time.time(), 0.0
        self._handling = Errands()
        self._connecting: asyncio.Task[None] | None = None
        self._opened_at = deque[float](maxlen=OPENINGS)

    @property
    def heard_at(self) -> float:
        """s since 1970; what came last, pongs included; 0: nothing."""
        return max(self._frame_at, self.client.last_ping_pong_time or 0.0)

    @property
    def last_frame_at(self) -> float:
        """The same, or when it was made."""
        return max(self._made_at, self.heard_at)

    @property
    def is_live(self) -> bool:
        session = self.client.current_session
        if session is None or session is not self._greeting or session.closed:
            return False
        return time.time() - self.last_frame_at < 1.5 * self._ping_seconds

    async def live(self) -> None:
        """Connect, and return when it is dead: silent for so long that there was time to mend it.

        The SDK mends a broken connection only at its next ping, and hangs for ever on an address that was used up.
        """
        self._connecting = asyncio.create_task(self.client.connect())
        pause = MEND_SECONDS
        while (left := self.last_frame_at + SILENT * self._ping_seconds - time.time()) > 0:
            await asyncio.sleep(min(left, pause))
            pause = MEND_SECONDS if await self._mended() else min(2 * pause, self._ping_seconds)

    async def _mended(self) -> bool:
        """Open it anew if it broke; whether it is in order, or the SDK at it."""
        session = self.client.current_session
        if session is None or not session.closed or not self.client.auto_reconnect_enabled:
            return True
        try:
            await self.client.connect_to_new_endpoint()
        except (ScreenError, aiohttp.ClientError, OSError, TimeoutError):
            return False
        return True

    async def _address(self) -> str:
        enough = time.monotonic() + DEAF_SECONDS
        while len(self._opened_at) == OPENINGS and (now := time.monotonic()) < self._opened_at[0] + OPENINGS_SECONDS:
            if now > enough and not self._is_spare(self):
                break
            await asyncio.sleep(MEND_SECONDS)
        try:
            address = await called(self._issue())
        except ScreenError as error:
            self._failed(error)
            raise
        self._opened_at.append(time.monotonic())
        return address

    async def end(self, patience: float) -> None:
        """Hear nothing new, let what was heard be answered and acknowledged within `patience` seconds, then close."""
        sdk = self.client
        sdk.default_auto_reconnect_enabled = sdk.auto_reconnect_enabled = False
        await cancelled(sdk.message_receiver)
        await self._handling.ended(patience)
        await self._handling.cancel()
        await cancelled(self._connecting)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await sdk.close()
        except (aiohttp.ClientError, OSError, TimeoutError):
            await sdk.aiohttp_client_session.close()
        await cancelled(sdk.message_processor, sdk.current_session_monitor, sdk.message_receiver)

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as the SDK's own
        self._handling.own(asyncio.current_task())
        if await self._is_done(req.payload):  # half of what comes: Bolt would take its time over it
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
        else:
            await super().handle(client, req)

    async def _hears(self, frame: aiohttp.WSMessage) -> None:
        self._frame_at = time.time()

    async def _reads(self, client: object, frame: Mapping[str, Any], raw: str | None) -> None:
        if frame.get("type") == "hello":
            self._greeting = self.client.current_session
            self._greeted(self, int(frame.get("num_connections") or 0))
