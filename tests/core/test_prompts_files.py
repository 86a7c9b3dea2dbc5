"""Files in prompts: which stay at hand for a later question, and which go first when they are too much."""

import asyncio
from typing import Any

import pytest

from core import files, prompts
from core.attachments import no_room, unread_above, unread_again
from core.contract import File, Message
from core.errors import ChatError, Rejected, TooLarge, Uncertain
from core.reading import AWAY
from core.store import Store
from core.store.sealing import Sealer
from core.store.vault import Vault
from core.trace import Trace
from tests import virtual
from tests.core.store.world import KEYS, NAMES
from tests.core.test_files import png
from tests.core.test_paper import paper_of
from tests.core.test_prompts import THREAD, Desk, Said, Untouched, blocks, claim, kinds, message, past, said

pytestmark = pytest.mark.anyio


@pytest.fixture
def desk() -> Desk:
    return Desk(Trace(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS)))))


async def test_a_long_pdf_is_read_again_where_the_api_counted_less_than_its_pages_may_cost(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": paper_of(90)}, {"m1": 200_000}
    first = await desk.of(claim(message(files=(File("F1", "book.pdf", 9_000),))))
    known, unknown = first.exchange([said("A book.")], 60_000), first.exchange([said("A book.")])
    assert known is not None
    assert unknown is not None

    fits = await desk.of(claim(message("And page 3?"), known))
    does_not = await desk.of(claim(message("And page 3?"), unknown))

    assert [kinds(one.prompt.messages)[0] for one in (first, fits, does_not)] == ["document", "document", "text"]
    assert (fits.prompt.file_tokens, fits.noted("")) == (270_000, "")
    assert does_not.noted("Stopped.") == no_room(["book.pdf"]) + " Stopped."
    assert no_room(["book.pdf"]) == "There was no room left for “book.pdf”, so I answered without it."
    assert no_room(["a.pdf", "b.pdf"]).endswith("“a.pdf”, “b.pdf”, so I answered without them.")


@pytest.mark.parametrize(
    ("error", "partly", "wholly"),
    [(Rejected(), prompts.UNSEEN, prompts.UNLIKED), (TooLarge(), prompts.TOO_MUCH_SEEN, prompts.TOO_LONG)],
)
async def test_a_text_is_left_out_after_the_images_and_pdfs_beside_it(
    desk: Desk, error: ChatError, partly: str, wholly: str
) -> None:
    desk.platform.files = {"F1": b"Zaphod lives in Oslo.", "F2": png(), "F3": paper_of(30)}
    attached = tuple(File(ref, ref, 50) for ref in desk.platform.files)
    asked = await desk.of(claim(message(files=attached)))

    less = await desk.prompts.less(asked, error)
    assert less is not None
    least = await desk.prompts.less(less, error)

    assert [block["type"] for block in blocks(less.prompt.messages[-1])] == ["document", "text", "text", "text"]
    assert [block["type"] for block in blocks(less.question)] == ["file", "text", "text", "text"]
    assert (less.noted(""), less.prompt.file_tokens) == (partly, 0)
    assert least is not None
    assert [block["type"] for block in blocks(least.prompt.messages[-1])] == ["text"] * 4
    assert least.noted("") == wholly


async def test_a_file_that_cannot_be_read_again_is_named_below_the_answer(desk: Desk) -> None:
    desk.platform.files = {"F1": png(), "F2": png()}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50), File("F2", "dog.png", 50)))))
    kept = first.exchange([said("A cat.")])
    assert kept is not None
    desk.platform.files = {"F2": png()}

    later = await desk.of(claim(message("Which colour?", id="C1:10"), kept))
    again = await desk.of(claim(message("What is this?", id="p1"), kept, of=kept.id))

    assert later.noted("Stopped.") == "I could not read “cat.png” again, so I answered without it. Stopped."
    assert [block["type"] for block in blocks(again.prompt.messages[-1])] == ["text", "image", "text"]
    assert again.noted("") == unread_again(["cat.png"])


@pytest.mark.parametrize(
    ("size", "more"),
    [(200_000, {}), (500_000, {"max_tokens": 240_000}), (500_000, {"system": "Be kind. " * 80_000})],
    ids=["smaller model", "longer answers", "longer instructions"],
)
async def test_a_file_that_a_change_leaves_no_room_for_is_named_once_each_time_that_it_goes(
    desk: Desk, size: int, more: dict[str, Any]
) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": paper_of(90)}, {"m1": 1_000_000}
    desk.shelf.longest = 1_000_000
    first = await desk.of(claim(message(files=(File("F1", "book.pdf", 9_000),))))
    exchanges = [first.exchange([said("A book.")])]
    notes = []
    for number, is_less in enumerate([False, True, True, False, True]):
        desk.shelf.sizes = {"m1": size if is_less else 1_000_000}
        past = [one for one in exchanges if one is not None]
        asked = await desk.of(claim(message("And page 3?", id=f"C1:{number}"), *past), **(more if is_less else {}))
        exchanges.append(asked.exchange([said("Three.")]))
        notes.append((kinds(asked.prompt.messages)[0], asked.noted("")))

    told = no_room(["book.pdf"])
    assert notes == [("document", ""), ("text", told), ("text", ""), ("document", ""), ("text", told)]


async def test_an_older_file_has_the_room_that_the_questions_own_leave(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": paper_of(40), "F2": paper_of(40)}, {"m1": 200_000}
    first = await desk.of(claim(message(files=(File("F1", "old.pdf", 9_000),))))
    kept = first.exchange([said("A book.")])
    assert kept is not None

    asked = await desk.of(claim(message("And this?", id="C1:10", files=(File("F2", "new.pdf", 9_000),)), kept))

    assert (kinds(asked.prompt.messages)[::2], asked.noted("")) == (["text", "document"], no_room(["old.pdf"]))


async def test_a_file_that_was_left_out_does_not_come_back_with_fewer_words(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": png()}, {"m1": 60_000}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))
    kept = first.exchange([said("A cat.")])
    assert kept is not None
    asked = await desk.of(claim(message("And?", id="C1:10"), *[past(str(number), 1_000) for number in range(9)], kept))
    without = asked.without_older_files()
    assert without is not None

    less = await desk.prompts.less(without, TooLarge())

    assert less is not None
    assert len(less.prompt.messages) < len(without.prompt.messages)
    assert "image" in kinds(asked.prompt.messages)
    assert "image" not in kinds(less.prompt.messages)


async def test_a_file_that_a_model_without_eyes_cannot_see_is_named(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": png()}, {"m1": 200_000}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))
    one = first.exchange([said("A cat.")])
    assert one is not None
    second = await desk.of(claim(message("Whose?", id="C1:10"), one))
    two = second.exchange([said("Ann's.")])
    assert two is not None

    desk.shelf.images = False
    blind = await desk.of(claim(message("Which colour?", id="C1:11"), one, two))

    assert (second.noted(""), blind.noted("")) == ("", unread_again(["cat.png"]))


# Files that stand higher up in the thread


def shown(number: int, *names: str) -> Message:
    return message("" if number else "see here", THREAD, id=f"C1:{number}", files=tuple(File(n, n, 50) for n in names))


async def test_whoever_calls_claude_into_a_thread_about_a_file_need_not_send_it_again(desk: Desk) -> None:
    desk.platform.said = [shown(0, "root.png"), shown(1, "error.log"), shown(2, "own.txt")]
    desk.platform.files = {"root.png": png(), "error.log": b"DNS timed out", "own.txt": b"mine"}

    asked = await desk.of(claim(message(place=THREAD, files=(File("own.txt", "own.txt", 4),))))

    sent, kept = asked.prompt.messages[-1], blocks(asked.question)
    assert [block["type"] for block in blocks(sent)] == ["text", "image", "text", "document", "document", "text"]
    assert [block["name"] for block in kept if block["type"] == "file"] == ["root.png", "error.log", "own.txt"]
    assert "material to read" in str(kept[0])
    assert "Ann: see here\n  [file: root.png]\nAnn: [file: error.log]\n" in str(kept[-1]["text"])
    assert (asked.noted(""), desk.told) == ("", [prompts.READING])


class Labelled(Said):
    """One that learns a file's name only when it reads it."""

    def file_name(self, file: File) -> str:
        return "cat.png"


async def test_claude_is_told_the_names_that_the_platform_learnt_when_the_files_were_read() -> None:
    """Of files in a channel that is shared with another company, Slack's event has no name."""
    desk = Desk(Trace(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS)))), Labelled(files={"F1": png()}))

    asked = await desk.of(claim(message(files=(File("F1", "file", 50),))))

    assert "\nattached: “cat.png”\n" in str(blocks(asked.question)[-1]["text"])


async def test_of_many_files_of_a_thread_the_newest_go_beside_those_of_the_question(desk: Desk) -> None:
    names = [f"{number}.txt" for number in range(12)]
    desk.platform.said = [shown(1, *names[:6]), shown(2, *names[6:]), shown(3, "tool.exe")]
    desk.platform.files = dict.fromkeys((*names, "own.txt"), b"words") | {"tool.exe": b"\x7fELF\x02\x01\x01\x00"}

    asked = await desk.of(claim(message(place=THREAD, files=(File("own.txt", "own.txt", 4),))))

    read = [str(block["name"]) for block in blocks(asked.question) if block["type"] == "file"]
    assert read == [*names[4:], "own.txt"]
    assert len(read) == files.MOST_FILES - 1
    assert "tool.exe” was attached here, but could not be read" in str(asked.question)
    assert "[file: 0.txt]" in str(asked.question)
    assert asked.noted("") == unread_above(["tool.exe", *names[3::-1]])


def test_many_files_that_cannot_be_read_or_do_not_fit_are_counted() -> None:
    assert unread_above([]) == ""
    assert unread_above(["a\nb"]) == "Of the files further up I could not read “a b”."
    assert unread_above([*"abcdefg"]).endswith("“e” and 2 more.")
    assert unread_again([]) == no_room([]) == ""
    assert no_room([*"abcdefg"]).endswith("“e” and 2 more, so I answered without them.")
    assert no_room(["a\nb"]) == "There was no room left for “a b”, so I answered without it."
    assert unread_again([*"abcdefg"]).endswith("“e” and 2 more again, so I answered without them.")


def test_all_files_of_a_question_are_waited_for_in_one_while(desk: Desk) -> None:
    async def away(file: File, at_most: int) -> bytes:
        await asyncio.sleep(10)
        raise Uncertain("TimeoutError")

    async def main() -> tuple[float, str]:
        desk.platform.files = {"F1": png()}
        first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))
        kept = first.exchange([said("A cat.")])
        assert kept is not None
        desk.platform.read = away  # type: ignore[method-assign]  # from now on
        again = await desk.of(claim(message("And this?", files=(File("F2", "dog.png", 50),)), kept))
        return virtual.now(), again.noted("")

    took, told = virtual.run(main())

    assert took <= 20 + 10  # what was asked about, and then one try of what was asked about before
    assert told == f"“dog.png”: {AWAY} {unread_again(['cat.png'])}"
