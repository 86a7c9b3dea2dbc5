"""What is said of files below the answers of a talk, on a real Valkey."""

from pathlib import Path

import pytest

from core.attachments import no_room
from core.contract import Action, File
from core.files import TEXT_BYTES
from tests.core.office import Desk, office

pytestmark = pytest.mark.anyio


async def test_that_there_is_no_room_for_a_file_is_said_once_below_an_answer_that_nobody_stopped(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(desk: Desk, file: File, at_most: int) -> bytes:
        return b"x" * TEXT_BYTES

    monkeypatch.setattr(Desk, "read", read)
    async with office(valkey, context=1_000_000, says=lambda _: "You see.") as here:
        await here.ask("What is it?", files=(File("F1", "book.txt", TEXT_BYTES),))
        here.speaker.context, here.speaker.pause = TEXT_BYTES // 3, 3600
        message = await here.begin("And page 3?")
        await here.tell(here.press(Action.STOP, message.id))
        stopped = await here.answer(message)
        here.speaker.pause = 0
        answers = [await here.ask("And page 4?") for _ in range(2)]

        assert stopped == "You\n\n*Stopped.*"
        assert "And page 3?" in str(here.speaker.prompts[-1].messages)
        assert [no_room(["book.txt"]) in answer for answer in answers] == [True, False]
