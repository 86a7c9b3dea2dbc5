"""Files are read once while they are recent, at most a few at a time, and what goes wrong is a sentence."""

import asyncio
import gc
from dataclasses import dataclass, field

import pytest

from core import files, reading
from core.contract import File
from core.errors import FileError
from core.reading import Eyes, Read, Reader, chosen
from tests import virtual
from tests.core.test_files import PDF, png

pytestmark = pytest.mark.anyio


@dataclass
class Shelf:
    """A platform's files, each with its bytes or what is wrong with it."""

    content: dict[str, bytes | FileError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    pause: float = 0

    async def read(self, file: File, at_most: int) -> bytes:
        assert at_most == files.MOST_BYTES
        self.asked.append(file.ref)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        found = self.content[file.ref]
        if isinstance(found, FileError):
            raise found
        return found


def file(ref: str, size: int = 10) -> File:
    return File(ref, f"{ref}.bin", size)


async def test_files_come_in_their_order_whatever_became_of_them() -> None:
    shelf = Shelf({"a": png(), "b": FileError("It is gone."), "c": b"hello", "d": b"\0"})

    found = await Reader().read("slack", shelf, [file("a"), file("b"), file("c"), file("d")])

    assert [(one.kind, one.advice) for one in found] == [
        ("image", ""), ("", "It is gone."), ("text", ""), ("", files.STRANGE),
    ]  # fmt: skip
    assert found[0].size == len(png())


async def test_what_was_read_of_late_is_not_read_again_but_of_another_platform_it_is() -> None:
    shelf, reader = Shelf({"a": png()}), Reader()

    await reader.read("slack", shelf, [file("a")])
    await reader.read("slack", shelf, [file("a")])
    await reader.read("discord", shelf, [file("a")])

    assert shelf.asked == ["a", "a"]


async def test_what_was_read_is_forgotten_before_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT_SECONDS", 0.02)
    shelf, reader = Shelf({"a": png(), "b": b"hello"}), Reader()
    await reader.read("slack", shelf, [file("a"), file("b")])
    await asyncio.sleep(0.03)
    shelf.content["a"] = FileError("It is gone.")

    (found,) = await reader.read("slack", shelf, [file("a")])

    assert found.advice == "It is gone."
    assert not reader._kept
    assert reader._bytes == 0


async def test_what_failed_is_tried_again() -> None:
    shelf, reader = Shelf({"a": FileError("Try again.")}), Reader()
    await reader.read("slack", shelf, [file("a")])
    shelf.content["a"] = b"hello"

    (found,) = await reader.read("slack", shelf, [file("a")])

    assert found.kind == "text"


async def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    shelf, reader = Shelf({name: name.encode() * 40 for name in "abc"}), Reader(kept_bytes=100)
    for name in ("a", "b", "a", "c", "a", "b"):
        await reader.read("slack", shelf, [file(name)])

    assert shelf.asked == ["a", "b", "c", "b"]


async def test_what_is_kept_no_more_is_not_in_memory_either() -> None:
    names = [f"kept-{number}" for number in range(9)]
    shelf, reader = Shelf(dict.fromkeys(names, b"x" * 40)), Reader(kept_bytes=100)
    for name in names:
        await reader.read("slack", shelf, [file(name)])
    gc.collect()

    alive = {one.file.ref for one in gc.get_objects() if type(one) is Read}

    assert alive & {*names} == {*names[-2:]}


def test_a_file_that_is_kept_again_is_kept_as_long_as_any() -> None:
    async def main() -> list[str]:
        shelf, reader = Shelf({name: name.encode() * 60 for name in "ab"}), Reader(kept_bytes=100)
        await reader.read("slack", shelf, [file("a")])
        await asyncio.sleep(200)
        await reader.read("slack", shelf, [file("b")])  # in the place of a
        await reader.read("slack", shelf, [file("a")])
        await asyncio.sleep(200)
        await reader.read("slack", shelf, [file("a")])
        return shelf.asked

    assert virtual.run(main()) == ["a", "b", "a"]


async def test_a_file_that_is_larger_than_all_that_is_kept_is_read_each_time() -> None:
    shelf, reader = Shelf({"a": b"a" * 200}), Reader(kept_bytes=100)
    await reader.read("slack", shelf, [file("a")])
    await reader.read("slack", shelf, [file("a")])

    assert shelf.asked == ["a", "a"]


async def test_only_a_few_are_read_at_a_time() -> None:
    names = [str(number) for number in range(12)]
    shelf = Shelf(dict.fromkeys(names, b"hello"), pause=0.005)

    await Reader().read("slack", shelf, [file(name) for name in names])

    assert shelf.most == reading.AT_ONCE


async def test_a_file_that_is_announced_too_large_is_not_even_fetched() -> None:
    shelf = Shelf()

    (found,) = await Reader().read("slack", shelf, [file("a", files.MOST_BYTES + 1)])

    assert (found.advice, shelf.asked) == (files.TOO_LARGE, [])


async def test_a_file_that_does_not_come_holds_up_the_answer_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", 0.02)

    (found,) = await Reader().read("slack", Shelf({"a": b"x"}, pause=5), [file("a")])

    assert found.advice == reading.SLOW


async def test_a_large_file_is_worked_on_beside_the_loop() -> None:
    shelf = Shelf({"a": png() + b"\0" * 4_000_000})

    (found,) = await Reader().read("slack", shelf, [file("a")])

    assert found.kind == "image"


def read(name: str, content: bytes, size: int = 10) -> Read:
    return Read(file(name), files.block(name, content), size=size)


def test_the_first_files_go_before_others_when_they_are_too_much_together() -> None:
    found = chosen(
        [read("a", b"x", 60), read("b", b"y", 60), read("c", b"z", 40)], Eyes(), images=5, size=100
    )  # fmt: skip

    assert [one.advice for one in found] == ["", files.TOO_MUCH, ""]


def test_no_more_images_go_than_the_api_takes() -> None:
    found = chosen([read("a", png()), read("b", b"text"), read("c", png())], Eyes(), images=1, size=100)

    assert [one.advice for one in found] == ["", "", files.TOO_MUCH]


def test_a_model_is_sent_only_what_it_can_take() -> None:
    found = chosen([read("a", png()), read("b", PDF), read("c", b"x")], Eyes(False, False), images=5, size=100)

    assert [one.advice for one in found] == [files.BLIND, files.PAPERLESS, ""]


def test_what_was_read_shows_nothing_of_itself() -> None:
    assert "hello" not in repr(read("a", b"hello"))
