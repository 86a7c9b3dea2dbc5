"""The files of a conversation: kept by reference, sent while recent, named when they cannot be."""

from collections.abc import Callable
from typing import Any

import pytest

from core import attachments, files, sizes
from core.attachments import Filled, attached, bare, filled
from core.contract import File
from core.errors import FileError
from core.reading import Allotment, Eyes, Reader, Reading
from tests.core.test_files import png
from tests.core.test_paper import paper_of
from tests.core.test_reading import Shelf

pytestmark = pytest.mark.anyio


def of(shelf: Shelf, eyes: Eyes | None = None) -> Reading:
    return Reading(Reader(), shelf, Allotment(eyes=eyes or Eyes()))


def cat(ref: str = "F1") -> File:
    return File(ref, "cat.png", 50)


def asked(*refs: str) -> dict[str, Any]:
    kept = [files.reference(File(ref, f"{ref}.png", 50), "image") for ref in refs]
    return {"role": "user", "content": [*kept, {"type": "text", "text": "What is this?"}]}


async def sent_of(platform: Shelf, messages: Any, tokens: int = 1_000_000) -> Any:
    return (await filled(of(platform), messages, tokens, {})).messages


SAID = {"role": "assistant", "content": "A cat."}


def kinds(said: Any) -> list[str]:
    return [block["type"] for block in said["content"]]


async def test_a_question_keeps_its_files_by_reference_with_their_real_size() -> None:
    platform = Shelf({"F1": png()})

    found = await attached(of(platform), [cat()])

    assert found.blocks == (files.reference(File("F1", "cat.png", len(png())), "image", tokens=1),)
    assert found.problems == ()


async def test_what_cannot_be_read_is_named_to_the_person_and_to_the_model() -> None:
    platform = Shelf({"F1": FileError("It is gone.")})

    found = await attached(of(platform), [cat()])

    assert found.problems == ("“cat.png”: It is gone.",)
    assert "cat.png" in str(found.blocks[0]["text"])


async def test_whose_text_is_read_by_a_guess_hears_of_it() -> None:
    chinese = ("名称,12345,2026-01-01,abcdef\n" * 5).encode("gbk")
    platform = Shelf({"F1": chinese, "F2": b"a,b\n"})

    found = await attached(of(platform), [File("F1", "a.csv", 5), File("F2", "b.csv", 5)])

    assert found.problems == (f"“a.csv”: {files.DOUBTFUL}",)
    assert [files.is_reference(block) for block in found.blocks] == [True, True]


async def test_files_beyond_the_limit_are_named_one_by_one() -> None:
    wanted = [File(f"F{number}", f"{number}.txt", 5) for number in range(12)]
    platform = Shelf({file.ref: b"hello" for file in wanted})

    found = await attached(of(platform), wanted)

    assert found.problems == (f"“10.txt”: {files.TOO_MANY}", f"“11.txt”: {files.TOO_MANY}")
    assert len(platform.asked) == files.MOST_FILES


async def test_a_recent_file_is_sent_and_one_of_long_ago_is_said_to_be_gone() -> None:
    platform = Shelf({"old": png(), "new": png()})
    messages = [asked("old"), SAID, *[{"role": "user", "content": "hm"}, SAID] * 19, asked("new")]

    sent = await sent_of(platform, messages)

    assert platform.asked == ["new"]
    assert "not at hand any more" in str(sent[0])
    assert kinds(sent[-1]) == ["image", "text"]
    assert sent[1:-1] == tuple(messages[1:-1])


async def test_rounds_of_tools_make_no_file_older() -> None:
    use = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "clock", "input": {}}]}
    got = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "noon"}]}
    messages = [asked("F1"), *[use, got] * 12, SAID, {"role": "user", "content": "And its colour?"}]

    sent = await sent_of(Shelf({"F1": png()}), messages)

    assert kinds(sent[0]) == ["image", "text"]


async def lived(size: int, count: int, tokens: Callable[[int], int] = lambda turn: 1_000_000) -> list[Filled]:
    """A talk in which each question has an image of so many bytes; `tokens` are left for files at each."""
    platform = Shelf({f"F{number}": png() + b"x" * 10 for number in range(count)})
    reading = of(platform)
    found: list[Filled] = []
    messages: list[dict[str, Any]] = []
    for number in range(count):
        kept = files.reference(File(f"F{number}", f"{number}.png", size), "image", tokens=1_600)
        messages.append({"role": "user", "content": [kept, {"type": "text", "text": "?"}]})
        told = found[-1].beyond if found else ()
        found.append(await filled(reading, messages, tokens(number), {}, told))
        messages.append(SAID)
    return found


def moves(found: list[Filled]) -> list[int]:
    """The turns at which what was sent before begins in another way: the prompt cache begins anew."""
    return [at for at in range(1, len(found)) if found[at].messages[: 2 * at - 1] != found[at - 1].messages]


def images(one: Filled) -> int:
    return sum(kinds(said)[0] == "image" for said in one.messages[::2])


async def test_files_grow_old_many_at_once() -> None:
    found = await lived(50, 45)

    assert moves(found) == [20, 30, 40]
    assert [images(found[at]) for at in (19, 20, 29, 30, 44)] == [20, 11, 20, 11, 15]
    assert {one.left_out for one in found} == {()}


@pytest.mark.parametrize(
    ("size", "tokens", "least"),
    [
        (3_000_000, lambda turn: 1_000_000, 3),  # bytes of a request
        (50, lambda turn: 20_000 - 200 * turn, 5),  # tokens that the conversation leaves
    ],
)
async def test_files_that_do_not_fit_go_several_at_once_and_are_named_once(
    size: int, tokens: Callable[[int], int], least: int
) -> None:
    found = await lived(size, 19, tokens)
    began, named = moves(found), [name for one in found for name in one.left_out]

    assert 0 < len(began) <= 5
    assert [at for at, one in enumerate(found) if one.left_out] == began
    assert len(set(named)) == len(named) == 19 - images(found[-1])
    assert min(map(images, found[6:])) >= least


async def test_a_recent_file_that_cannot_be_read_again_is_said_to_be_gone() -> None:
    found = await filled(of(Shelf({"F1": FileError("Deleted.")})), [asked("F1", "F1")], 1_000_000, {})

    assert "not at hand any more" in str(found.messages[0])
    assert (found.unread, found.left_out) == (("F1.png",), ())


async def test_the_newest_files_go_before_older_ones_which_are_not_even_fetched() -> None:
    names = [f"F{number:02}" for number in range(30)]
    platform = Shelf({name: png() for name in names})
    messages = [part for at in range(0, 30, 10) for part in (asked(*names[at : at + 10]), SAID)]

    first = await filled(of(platform), messages[:-1], 1_000_000, {})
    platform.asked.clear()
    more = [*messages, {"role": "user", "content": "And?"}]
    found = await filled(of(platform), more, 1_000_000, {}, first.beyond)

    sent = found.messages
    assert (set(first.left_out), first.unread) == ({f"{name}.png" for name in names[:10]}, ())
    assert found.left_out == ()
    assert sorted(platform.asked) == names[10:]
    assert [kinds(said)[0] for said in sent[:-1:2]] == ["text", "image", "image"]


async def test_what_is_not_sent_is_named_as_often_as_it_was_not_told_and_what_is_sent_again_never() -> None:
    platform = Shelf({"old": paper_of(30), "own": paper_of(30)})
    old, own = (files.reference(File(name, name, 50), "pdf", 30) for name in ("old", "own"))
    messages: list[Any] = [{"role": "user", "content": [old]}, SAID]

    async def left_out(question: list[Any], told: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = await filled(of(platform), [*messages, {"role": "user", "content": question}], 9, {}, told)
        return found.left_out, found.beyond

    assert await left_out([own], ()) == (("old",), ("old",))
    assert await left_out([own], ("old",)) == ((), ("old",))
    assert await left_out([old], ("old",)) == ((), ())


async def test_what_a_question_brings_again_is_named_again() -> None:
    names = [f"F{number}" for number in range(files.MOST_IMAGES + 1)]

    found = await filled(of(Shelf({name: png() for name in names})), [asked(*names)], 9, {}, names)

    assert (found.left_out, found.unread) == ((f"{names[-1]}.png",), ())


async def test_images_that_are_too_many_with_those_of_the_question_go_several_at_once() -> None:
    names = [f"F{number:02}" for number in range(files.MOST_IMAGES + 1)]
    messages = [asked(*names[:8]), SAID, asked(*names[8:16]), SAID, asked(*names[16:])]

    found = await filled(of(Shelf({name: png() for name in names})), messages, 1_000_000, {})

    assert set(found.left_out) == {f"{name}.png" for name in names[: files.MOST_IMAGES // 2]}


async def test_what_a_model_cannot_see_takes_nobodys_room() -> None:
    names = [f"F{number:02}" for number in range(files.MOST_IMAGES + 5)]
    messages = [asked(*names), SAID, {"role": "user", "content": "And?"}]

    found = await filled(of(Shelf({}), Eyes(images=False)), messages, 1_000_000, {})

    assert (found.left_out, len(found.unread)) == ((), len(names))


async def test_older_files_go_with_a_question_as_far_as_the_model_has_room_for_them() -> None:
    platform = Shelf({"old": paper_of(30), "new": paper_of(10), "own": paper_of(400)})
    papers = {name: files.reference(File(name, name, 50), "pdf", count) for name, count in (("old", 30), ("new", 10))}
    own = files.reference(File("own", "own", 50), "pdf", 400)
    messages: list[Any] = [part for one in papers.values() for part in ({"role": "user", "content": [one]}, SAID)]
    question: Any = {"role": "user", "content": [own]}

    some = await filled(of(platform), [*messages, question], 15 * sizes.PER_PAGE, {})
    every = await filled(of(platform), [*messages, question], 40 * sizes.PER_PAGE, {})

    assert [kinds(said) for said in some.messages[::2]] == [["text"], ["document"], ["document"]]
    assert (some.tokens, every.tokens) == (410 * sizes.PER_PAGE, 440 * sizes.PER_PAGE)
    counted = await filled(of(platform), [*messages, question], 15 * sizes.PER_PAGE, {"old": 9, "new": 9})

    assert (counted.tokens, counted.left_out) == (440 * sizes.PER_PAGE, ())
    assert (some.left_out, every.left_out) == (("old",), ())


async def test_what_the_api_refuses_is_named_in_its_place() -> None:
    (said,) = [attachments.refused(asked("F1", "F2"), "Not taken.")]

    assert kinds(said) == ["text", "text", "text"]
    assert "“F1.png” was attached here, but could not be read: Not taken." in str(said)
    assert attachments.refused(SAID, "Not taken.") == SAID


async def test_a_text_is_refused_only_where_nothing_else_can_have_been_meant() -> None:
    image, text = files.reference(File("F1", "a.png", 5), "image"), files.reference(File("F2", "b.txt", 5), "text")
    sent: Any = {"role": "user", "content": [{"type": "image"}, {"type": "document"}]}

    less = attachments.refused({"role": "user", "content": [image, text]}, "Not taken.")
    least = attachments.refused(less, "Not taken.")

    assert files.references(less) == [text]
    assert attachments.still_sent(less, sent)["content"] == [files.unread("a.png", "Not taken."), {"type": "document"}]
    assert files.references(least) == []


async def test_a_conversation_without_files_goes_as_it_is_and_nobody_is_asked() -> None:
    platform, messages = Shelf(), [{"role": "user", "content": "Hi"}, SAID]

    assert await sent_of(platform, messages) == tuple(messages)
    assert bare(messages) == tuple(messages)


async def test_a_conversation_can_be_sent_without_its_files() -> None:
    (sent,) = bare([asked("F1")])

    assert kinds(sent) == ["text", "text"]


def test_what_is_attached_shows_nothing_of_itself() -> None:
    assert "cat" not in repr(attachments.Attached(problems=("“cat.png”: gone",)))
