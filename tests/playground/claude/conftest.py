"""A Claude on a free port that does not wait, the real client talking to it, and the control beside them."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import anthropic
import pytest
from anthropic.types import Message

from playground.claude import Claude, Config

KEY = "sk-ant-playground"
MODEL = "claude-sonnet-5-5"
Say = Callable[..., Any]


class Control:
    """Whoever sits at the controls."""

    def __init__(self, claude: Claude, http: aiohttp.ClientSession) -> None:
        self.claude = claude
        self.http = http

    async def post(self, verb: str, body: Any, *, status: int = 200) -> Any:
        async with self.http.post(f"{self.claude.control}/{verb}", json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def script(self, *entries: dict[str, Any]) -> None:
        await self.post("script", list(entries))

    async def fault(self, do: Any, **more: Any) -> None:
        await self.post("faults", [{"method": "messages.create", "do": do, **more}])

    async def calls(self, method: str = "messages.create") -> list[Any]:
        async with self.http.get(f"{self.claude.control}/state") as answer:
            return [call for call in (await answer.json()).get("calls", []) if call["method"] == method]


@pytest.fixture
async def claude() -> AsyncIterator[Claude]:
    async with Claude(config=Config(first_token=0, tokens_per_second=0)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def control(claude: Claude, http: aiohttp.ClientSession) -> Control:
    return Control(claude, http)


@pytest.fixture
async def client(claude: Claude) -> AsyncIterator[anthropic.AsyncAnthropic]:
    plain = anthropic.DefaultAsyncHttpxClient(verify=False)  # there is no TLS here, and its certificates take long
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=claude.api, max_retries=0, http_client=plain) as one:
        yield one


@pytest.fixture
def say(client: anthropic.AsyncAnthropic) -> Say:
    """Ask with one message, or with several in turn; the whole answer."""

    async def ask(*turns: Any, **more: Any) -> Message:
        roles = ("user", "assistant")
        messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(turns)]
        body: dict[str, Any] = {"model": MODEL, "max_tokens": 16_000, "messages": messages, **more}
        answer: Message = await client.messages.create(**body)
        return answer

    return ask


@pytest.fixture
def streamed(client: anthropic.AsyncAnthropic) -> Say:
    """Ask with one message; the events of the stream, undecoded ones left out as the client leaves them out."""

    async def ask(question: str, **more: Any) -> list[Any]:
        messages: Any = [{"role": "user", "content": question}]
        body: dict[str, Any] = {"model": MODEL, "max_tokens": 16_000, "messages": messages, **more}
        async with await client.messages.create(**body, stream=True) as events:
            return [event async for event in events]

    return ask


def text_of(events: list[Any]) -> str:
    """The text that a stream's events bring."""
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    return "".join(delta.text for delta in deltas if delta.type == "text_delta")
