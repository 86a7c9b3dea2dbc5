"""The files of a conversation: kept by reference, sent while recent, named when they cannot be."""

from typing import Any

import pytest

from core import attachments, files
from core.attachments import attached, bare, filled
from core.contract import File
from core.errors import FileError
from core.reading import Eyes, Reader
from tests.core.test_files import png
from tests.core.test_reading import Shelf

pytestmark = pytest.mark.anyio


class Platform(Shelf):
    name = "slack"


def cat(ref: str = "F1") -> File:
    return File(ref, "cat.png", 50)


def asked(*refs: str) -> dict[str, Any]:
    kept = [files.reference(File(ref, f"{ref}.png", 50), "image") for ref in refs]
    return {"role": "user", "content": [*kept, {"type": "text", "text": "What is this?"}]}


SAID = {"role": "assistant", "content": "A cat."}


def kinds(said: Any) -> list[str]:
    return [block["type"] for block in said["content"]]


async def test_a_question_keeps_its_files_by_reference_with_their_real_size() -> None:
    platform = Platform({"F1": png()})

    found = await attached(Reader(), platform, [cat()], Eyes())

    assert found.blocks == (files.reference(File("F1", "cat.png", len(png())), "image"),)
    assert found.problems == ()


async def test_what_cannot_be_read_is_named_to_the_person_and_to_the_model() -> None:
    platform = Platform({"F1": FileError("It is gone.")})

    found = await attached(Reader(), platform, [cat()], Eyes())

    assert found.problems == ("“cat.png”: It is gone.",)
    assert "cat.png" in str(found.blocks[0]["text"])


async def test_files_beyond_the_limit_are_named_one_by_one() -> None:
    wanted = [File(f"F{number}", f"{number}.txt", 5) for number in range(12)]
    platform = Platform({file.ref: b"hello" for file in wanted})

    found = await attached(Reader(), platform, wanted, Eyes())

    assert found.problems == (f"“10.txt”: {files.TOO_MANY}", f"“11.txt”: {files.TOO_MANY}")
    assert len(platform.asked) == files.MOST_FILES


async def test_a_recent_file_is_sent_and_one_of_long_ago_is_said_to_be_gone() -> None:
    platform = Platform({"old": png(), "new": png()})
    messages = [asked("old"), SAID, *[{"role": "user", "content": "hm"}, SAID] * 10, asked("new")]

    sent = await filled(Reader(), platform, messages, Eyes())

    assert platform.asked == ["new"]
    assert "not at hand any more" in str(sent[0])
    assert kinds(sent[-1]) == ["image", "text"]
    assert sent[1:-1] == tuple(messages[1:-1])


async def test_a_recent_file_that_cannot_be_read_again_is_said_to_be_gone() -> None:
    sent = await filled(Reader(), Platform({"F1": FileError("Deleted.")}), [asked("F1")], Eyes())

    assert "not at hand any more" in str(sent[0])


async def test_the_newest_files_go_before_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_IMAGES", 2)
    platform = Platform({name: png() for name in "abc"})

    sent = await filled(Reader(), platform, [asked("a"), SAID, asked("b", "c")], Eyes())

    assert kinds(sent[2]) == ["image", "image", "text"]
    assert "not at hand" in str(sent[0])


async def test_a_conversation_without_files_goes_as_it_is_and_nobody_is_asked() -> None:
    platform, messages = Platform(), [{"role": "user", "content": "Hi"}, SAID]

    assert await filled(Reader(), platform, messages, Eyes()) == tuple(messages)
    assert bare(messages) == tuple(messages)


async def test_a_conversation_can_be_sent_without_its_files() -> None:
    (sent,) = bare([asked("F1")])

    assert kinds(sent) == ["text", "text"]


def test_what_is_attached_shows_nothing_of_itself() -> None:
    assert "cat" not in repr(attachments.Attached(problems=("“cat.png”: gone",)))
