"""Files are read once while they are recent, at most a few at a time, and what goes wrong is a sentence."""

import asyncio
import gc
from dataclasses import dataclass, field, replace

import pytest

from core import files, reading
from core.contract import File
from core.errors import FileError, ScreenError, Throttled, Uncertain
from core.reading import Allotment, Eyes, Read, Reader, Reading, Wanted
from tests import virtual
from tests.core.test_files import PDF, png
from tests.core.test_paper import paper_of

pytestmark = pytest.mark.anyio


@dataclass
class Shelf:
    """A platform's files, each with its bytes or what is wrong with it."""

    content: dict[str, bytes | FileError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    pause: float = 0
    name: str = "slack"

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

    found = await Reading(Reader(), shelf).read([file("a"), file("b"), file("c"), file("d")])

    assert [(one.kind, one.advice) for one in found] == [
        ("image", ""), ("", "It is gone."), ("text", ""), ("", files.STRANGE),
    ]  # fmt: skip
    assert found[0].size == len(png())


async def test_what_was_read_of_late_is_not_read_again_but_of_another_platform_it_is() -> None:
    shelf, reader = Shelf({"a": png()}), Reader()

    await Reading(reader, shelf).read([file("a")])
    await Reading(reader, shelf).read([file("a")])
    await Reading(reader, replace(shelf, name="discord")).read([file("a")])

    assert shelf.asked == ["a", "a"]


async def test_what_was_read_is_forgotten_before_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT_SECONDS", 0.02)
    shelf, reader = Shelf({"a": png(), "b": b"hello"}), Reader()
    await Reading(reader, shelf).read([file("a"), file("b")])
    await asyncio.sleep(0.03)
    shelf.content["a"] = FileError("It is gone.")

    (found,) = await Reading(reader, shelf).read([file("a")])

    assert found.advice == "It is gone."
    assert not reader._kept
    assert reader._bytes == 0


async def test_what_failed_is_tried_again() -> None:
    shelf, reader = Shelf({"a": FileError("Try again.")}), Reader()
    await Reading(reader, shelf).read([file("a")])
    shelf.content["a"] = b"hello"

    (found,) = await Reading(reader, shelf).read([file("a")])

    assert found.kind == "text"


async def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    shelf, reader = Shelf({name: name.encode() * 40 for name in "abc"}), Reader(kept_bytes=100)
    for name in ("a", "b", "a", "c", "a", "b"):
        await Reading(reader, shelf).read([file(name)])

    assert shelf.asked == ["a", "b", "c", "b"]


async def test_what_is_kept_no_more_is_not_in_memory_either() -> None:
    names = [f"kept-{number}" for number in range(9)]
    shelf, reader = Shelf(dict.fromkeys(names, b"x" * 40)), Reader(kept_bytes=100)
    for name in names:
        await Reading(reader, shelf).read([file(name)])
    gc.collect()

    alive = {one.file.ref for one in gc.get_objects() if type(one) is Read}

    assert alive & {*names} == {*names[-2:]}


def test_a_file_that_is_kept_again_is_kept_as_long_as_any() -> None:
    async def main() -> list[str]:
        shelf, reader = Shelf({name: name.encode() * 60 for name in "ab"}), Reader(kept_bytes=100)
        await Reading(reader, shelf).read([file("a")])
        await asyncio.sleep(200)
        await Reading(reader, shelf).read([file("b")])  # in the place of a
        await Reading(reader, shelf).read([file("a")])
        await asyncio.sleep(200)
        await Reading(reader, shelf).read([file("a")])
        return shelf.asked

    assert virtual.run(main()) == ["a", "b", "a"]


async def test_a_file_that_is_larger_than_all_that_is_kept_is_read_each_time() -> None:
    shelf, reader = Shelf({"a": b"a" * 200}), Reader(kept_bytes=100)
    await Reading(reader, shelf).read([file("a")])
    await Reading(reader, shelf).read([file("a")])

    assert shelf.asked == ["a", "a"]


async def test_only_a_few_are_read_at_a_time() -> None:
    names = [str(number) for number in range(12)]
    shelf = Shelf(dict.fromkeys(names, b"hello"), pause=0.005)

    await Reading(Reader(), shelf).read([file(name) for name in names])

    assert shelf.most == reading.AT_ONCE


async def test_of_all_messages_together_no_more_are_read_than_the_process_bears() -> None:
    names = [str(number) for number in range(reading.AT_ONCE)]
    shelf, reader = Shelf(dict.fromkeys(names, b"hello"), pause=0.005), Reader(kept_bytes=0)

    await asyncio.gather(*(Reading(reader, shelf).read([file(name) for name in names]) for _ in range(9)))

    assert shelf.most == reading.ALL_AT_ONCE


async def test_a_file_that_does_not_come_holds_up_the_answer_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", 0.02)

    (found,) = await Reading(Reader(), Shelf({"a": b"x"}, pause=5)).read([file("a")])

    assert found.advice == reading.SLOW


async def test_a_large_file_is_worked_on_beside_the_loop() -> None:
    shelf = Shelf({"a": png() + b"\0" * 4_000_000})

    (found,) = await Reading(Reader(), shelf).read([file("a")])

    assert found.kind == "image"


def test_nobody_waits_for_the_slow_files_of_somebody_else() -> None:
    async def main() -> float:
        reader, slow = Reader(), Shelf({str(number): b"hello" for number in range(10)}, pause=29)
        waiting = asyncio.create_task(Reading(reader, slow).read([file(name) for name in slow.content]))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await Reading(reader, Shelf({"b": b"hello"}, name="discord")).read([file("b")])
        took = asyncio.get_running_loop().time() - began
        await waiting
        return took

    assert virtual.run(main()) < 1


# Which files go with a request


def wanted(name: str, size: int = 10, kind: str = "") -> Wanted:
    return Wanted(file(name, size), kind)


async def advice(shelf: Shelf, room: Allotment, *files: Wanted) -> list[str]:
    return [one.advice for one in await Reading(Reader(), shelf, room).take(files)]


async def test_the_first_files_go_before_others_and_what_is_too_much_is_not_fetched() -> None:
    shelf = Shelf({"a": b"a" * 60, "b": b"b" * 60, "c": b"c" * 40})

    told = await advice(shelf, Allotment(size=100), wanted("a", 60), wanted("b", 60), wanted("c", 40))

    assert told == ["", files.TOO_MUCH, ""]
    assert shelf.asked == ["a", "c"]


async def test_what_cannot_be_read_leaves_its_room_to_others() -> None:
    shelf = Shelf({"film": b"\0" * 90, "a": png(), "b": png()})

    told = await advice(
        shelf, Allotment(size=200), wanted("film", 150), wanted("a", len(png())), wanted("b", len(png()))
    )

    assert told == [files.STRANGE, "", ""]
    assert shelf.asked[0] == "film"


async def test_what_is_larger_than_it_was_said_to_be_is_too_much() -> None:
    shelf = Shelf({"a": b"a" * 90, "b": b"b" * 90})

    assert await advice(shelf, Allotment(size=100), wanted("a"), wanted("b")) == ["", files.TOO_MUCH]


async def test_of_what_is_known_to_be_images_no_more_are_fetched_than_the_api_takes() -> None:
    shelf = Shelf({"a": png(), "b": b"text", "c": png()})

    told = await advice(shelf, Allotment(images=1), wanted("a", kind="image"), wanted("b"), wanted("c", kind="image"))

    assert told == ["", "", files.TOO_MUCH]
    assert shelf.asked == ["a", "b"]


async def test_a_model_is_sent_only_what_it_can_take() -> None:
    shelf, blind = Shelf({"a": png(), "b": PDF, "c": b"x"}), Allotment(eyes=Eyes(False, False))

    assert await advice(shelf, blind, wanted("a"), wanted("b"), wanted("c")) == [files.BLIND, files.PAPERLESS, ""]
    assert await advice(shelf, blind, wanted("a", kind="image"), wanted("b", kind="pdf")) == [
        files.BLIND, files.PAPERLESS,
    ]  # fmt: skip
    assert shelf.asked == ["a", "b", "c"]


@pytest.mark.parametrize("size", [files.MOST_BYTES + 1, files.TOGETHER_BYTES + 1])
async def test_a_file_that_is_announced_too_large_is_said_to_be_so_and_not_even_fetched(size: int) -> None:
    shelf = Shelf()

    assert await advice(shelf, Allotment(), wanted("a", size)) == [files.TOO_LARGE]
    assert shelf.asked == []


async def test_the_pages_of_a_pdf_are_counted_when_it_is_read() -> None:
    shelf = Shelf({"a": paper_of(300), "b": b"hello"})

    found = await Reading(Reader(), shelf).read([file("a"), file("b")])

    assert [one.pages for one in found] == [300, 0]


async def test_an_image_is_reckoned_by_its_pixels_when_it_is_read() -> None:
    shelf = Shelf({"a": png(2_000, 1_000), "b": b"hello"})

    found = await Reading(Reader(), shelf).read([file("a"), file("b")])

    assert [one.tokens for one in found] == [72 * 36, 0]


def test_what_was_read_shows_nothing_of_itself() -> None:
    assert "hello" not in repr(Read(file("hello"), files.block("hello", b"hello")))
    assert "hello" not in repr(wanted("hello"))


class Labelled(Shelf):
    """One that learns a file's name only when it reads it."""

    def file_name(self, file: File) -> str:
        return "Q3.csv" if file.ref in self.asked else file.name


async def test_a_file_has_the_name_that_its_platform_learnt_when_it_was_read() -> None:
    shelf = Labelled({"a": b"a,1", "b": FileError("It is gone.")})

    found = await Reading(Reader(), shelf).read([File("a", "file", 3), File("b", "file", 3)])

    assert [one.file.name for one in found] == ["Q3.csv", "Q3.csv"]
    assert "Q3.csv" in str(found[0].block)


# What fails is tried again


@dataclass
class Flaky(Shelf):
    """One whose every try takes so long, and fails at first: so often for each file."""

    takes: float = 0.0
    failures: int = 1_000
    error: ScreenError | FileError = field(default_factory=lambda: Uncertain("http_503"))

    async def read(self, file: File, at_most: int) -> bytes:
        self.asked.append(file.ref)
        await asyncio.sleep(self.takes)
        if self.asked.count(file.ref) <= self.failures:
            raise self.error
        return b"hello"


def some(count: int, of: str = "") -> list[File]:
    return [file(f"{of}{number}") for number in range(count)]


@pytest.mark.parametrize("error", [Uncertain("http_503"), Throttled("http_429", retry_after=7)])
def test_one_hiccup_for_each_file_costs_twelve_people_none(error: ScreenError) -> None:
    async def main() -> list[str]:
        reader, flaky = Reader(), Flaky(failures=1, takes=0.5, error=error)
        found = await asyncio.gather(*(Reading(reader, flaky).read(some(10, f"{who}-")) for who in range(12)))
        return [one.kind for files in found for one in files]

    assert virtual.run(main()) == ["text"] * 120


@pytest.mark.parametrize(
    ("count", "takes", "most"), [(1, 10, 20), (10, 10, 30), (20, 10, 50), (1, 0.05, 5), (20, 0.05, 5)]
)
def test_files_of_a_platform_that_is_away_hold_up_an_answer_for_one_while_together(
    count: int, takes: float, most: float
) -> None:
    """`most`: 20 s, or what the first tries take."""

    async def main() -> tuple[float, list[str]]:
        found = await Reading(Reader(), Flaky(takes=takes)).read(some(count))
        return virtual.now(), [one.advice for one in found]

    took, advice = virtual.run(main())

    assert took <= most
    assert advice == [reading.AWAY] * count


def test_a_first_try_has_its_time_however_long_others_were_tried_again() -> None:
    async def main() -> str:
        flaky = Flaky(takes=28)
        names = some(reading.AT_ONCE)
        flaky.asked += ["good"] * flaky.failures  # it comes at its first try
        return (await Reading(Reader(), flaky).read([*names, file("good")]))[-1].kind

    assert virtual.run(main()) == "text"


def test_what_waits_to_be_tried_again_is_in_nobodys_way() -> None:
    async def main() -> tuple[float, str]:
        reader, throttled = Reader(), Flaky(error=Throttled("http_429", retry_after=15))
        waiting = [
            asyncio.create_task(Reading(reader, throttled).read(some(4, f"{who}-")))
            for who in range(reading.ALL_AT_ONCE // 4)
        ]
        await asyncio.sleep(1)
        began = virtual.now()
        (found,) = await Reading(reader, Flaky(failures=0, name="discord")).read([file("b")])
        took = virtual.now() - began
        await asyncio.gather(*waiting)
        return took, found.kind

    took, kind = virtual.run(main())

    assert took < 1
    assert kind == "text"


@pytest.mark.parametrize(
    ("error", "tries"),
    [(Throttled("http_429", retry_after=60), 1), (Uncertain("http_503"), 4), (FileError("It is gone."), 1)],
)
def test_what_is_not_over_in_time_is_a_sentence(error: ScreenError | FileError, tries: int) -> None:
    async def main() -> tuple[str, int]:
        flaky = Flaky(error=error)
        (found,) = await Reading(Reader(), flaky).read([file("a")])
        return found.advice, len(flaky.asked)

    assert virtual.run(main()) == (error.advice if isinstance(error, FileError) else reading.AWAY, tries)


def test_files_that_come_in_the_place_of_others_are_tried_again_in_the_same_while() -> None:
    async def main() -> float:
        wanted = [Wanted(file(str(number), 60)) for number in range(6)]
        await Reading(Reader(), Flaky(takes=10), Allotment(size=100)).take(wanted)
        return virtual.now()

    assert virtual.run(main()) <= 20 + 5 * 10  # the first, again, and then a first try of each other
