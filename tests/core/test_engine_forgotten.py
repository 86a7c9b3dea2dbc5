"""Redis dies in mid-answer, and comes back without its last second: every answer comes to its end, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from redis import Redis

from core import worker
from core.contract import Action
from core.engine import FORGOTTEN
from core.store import Claim
from tests.core.office import Office, office
from tests.core.store.servers import free_port, server

pytestmark = pytest.mark.anyio
ANSWER = "word " * 39 + "end"


class Forgetful:
    """A server that remembers what it was last told to save."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.socket = folder / "redis.sock"
        self._folder, self._stack, self._port = folder, stack, free_port()
        self.redis = self._start()

    def _start(self) -> Redis:
        return self._stack.enter_context(server(self._folder, self._port, "--unixsocket", str(self.socket)))

    def restart(self) -> None:
        """kill -9."""
        self._stack.close()
        self.redis = self._start()

    def keys(self, kind: str) -> list[bytes | str]:
        return self.redis.keys(f"{{parley}}:{kind}:*")


@asynccontextmanager
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Forgetful, Office]]:
    monkeypatch.setattr(worker, "RENEWAL_SECONDS", 0.1)
    with ExitStack() as stack:
        redis = Forgetful(tmp_path, stack)
        async with office(redis.socket, pause=0.03, says=lambda _: ANSWER) as here:
            yield redis, here


async def test_an_answer_whose_claim_is_forgotten_goes_on_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(tmp_path, monkeypatch) as (redis, here):
        claim, is_saved = here.store.claim, asyncio.Event()

        async def late() -> Claim | None:
            await is_saved.wait()
            return await claim()

        monkeypatch.setattr(here.store, "claim", late)
        message = await here.asked("first")
        redis.redis.save()
        is_saved.set()
        await here.begun(message.id)
        redis.restart()
        said = await here.answer(message)
        await here.ask("second")

    screen = here.desk.screens[message.id]
    assert said == ANSWER
    assert [page.buttons for page in screen.messages.values()] == [(Action.REGENERATE,)]
    assert len(screen.calls("post")) == 1
    assert here.speaker.questions == ["first", "second"]
    assert ANSWER in str(here.speaker.prompts[1].messages)


async def test_an_answer_whose_question_is_forgotten_ends_on_the_screen_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(tmp_path, monkeypatch) as (redis, here):
        message = await here.begin()
        redis.restart()
        await here.settled(message)
        kept = redis.keys("x") + redis.keys("t") + redis.keys("h")

    [page] = here.desk.screens[message.id].messages.values()
    assert page.text.startswith(ANSWER)
    assert FORGOTTEN in page.text
    assert page.buttons == ()
    assert kept == []
