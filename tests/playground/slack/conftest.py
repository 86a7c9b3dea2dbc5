"""A Slack on a free port, the real clients talking to it, and people who use it through the controls."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack
from tests.launcher import PATIENCE
from tests.waits import until

BOT, APP = "xoxb-playground", "xapp-playground"


class People:
    """Whoever sits at the controls."""

    def __init__(self, slack: Slack, http: aiohttp.ClientSession) -> None:
        self._slack = slack
        self._http = http

    async def do(self, verb: str, **raw: Any) -> Any:
        async with self._http.post(f"{self._slack.addresses['control']}/{verb}", json=raw) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body

    async def faults(self, *faults: dict[str, Any]) -> None:
        async with self._http.post(f"{self._slack.addresses['control']}/faults", json=list(faults)) as answer:
            assert answer.status == 200

    async def seen(self, kind: str, **fields: Any) -> list[Any]:
        """The records of a kind with these fields, so far."""
        async with self._http.get(f"{self._slack.addresses['control']}/state") as answer:
            found = (await answer.json()).get(kind, [])
        return [record for record in found if fields.items() <= record.items()]

    async def wait(self, kind: str, enough: Callable[[list[Any]], bool] = bool, **fields: Any) -> list[Any]:
        """The same, as soon as there are enough."""

        async def look() -> list[Any] | None:
            found = await self.seen(kind, **fields)
            return found if enough(found) else None

        return list(await until(look))


class Listener:
    """A Bolt app that remembers what it heard."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.app = AsyncApp(client=client, process_before_response=True)
        self.handlers: list[AsyncSocketModeHandler] = []
        for kind in ("message", "app_mention", "agent_session_stopped", "app_home_opened"):
            self.app.event(kind)(self._hear)

    async def _hear(self, body: dict[str, Any], request: Any) -> None:
        self.heard.append(body)
        self.headers.append(request.headers)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [body["event"] for body in self.heard]

    async def connect(self, sockets: int = 1) -> None:
        for _ in range(sockets):
            handler = AsyncSocketModeHandler(self.app, APP, ping_interval=1)
            self.handlers.append(handler)
            await handler.connect_async()

    async def close(self) -> None:
        for handler in self.handlers:
            await handler.close_async()


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack(seed=1, limits="off") as slack:
        yield slack


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
def people(slack: Slack, http: aiohttp.ClientSession) -> People:
    return People(slack, http)


@pytest.fixture
def client(slack: Slack, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token=BOT, base_url=slack.addresses["api"], session=http, retry_handlers=[])


@pytest.fixture
async def listener(client: AsyncWebClient) -> AsyncIterator[Listener]:
    listener = Listener(client)
    yield listener
    await listener.close()


@pytest.fixture
async def socket(client: AsyncWebClient, http: aiohttp.ClientSession) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket without Bolt, after its hello; it acknowledges nothing by itself."""
    opened = await client.apps_connections_open(app_token=APP)
    async with http.ws_connect(opened["url"]) as socket:
        await socket.receive_json(timeout=PATIENCE)
        yield socket


@pytest.fixture
def refusal() -> Callable[..., Any]:
    """`await refusal(call)`: the error that Slack answers with."""

    async def name(call: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await call
        return str(caught.value.response["error"])

    return name
