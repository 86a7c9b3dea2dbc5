"""What is promised of a text that is cut into messages, for any text and at every step of its way."""

import re
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.characters import clean
from core.contract import Page
from core.sheet import Measure
from core.text import REST_FOLLOWS, REST_IN_FILE, SMALLEST, Cutter, pages
from tests.core.adversaries import adversary
from tests.core.documents import HOSTILE, document

_PARSER = MarkdownIt("commonmark").enable("table")
_SIZES = (200, 220, 300, 500)
_FENCE_ALONE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})[ \t]*$", re.MULTILINE)


def in_bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def texts(cut: tuple[Page, ...]) -> list[str]:
    return [page.text for page in cut]


def is_balanced(text: str) -> bool:
    """Whether what comes after this text is outside of any code: a parser that is not ours decides."""
    return any(token.content == "AFTER" for token in _PARSER.parse(f"{text}\n\nAFTER\n") if token.type == "inline")


def is_within(part: str, whole: str) -> bool:
    """Whether all characters of `part` are in `whole`, in their order."""
    rest = iter(whole)
    return all(char in rest for char in part)


def visible(text: str) -> str:
    return "".join(text.encode("utf-8", "replace").decode().split())


def check_every_prefix(markdown: str, size: int, measure: Measure, most: int, *, step: int = 1) -> None:
    """`step`: only each so many-th prefix, and the last one."""
    cutter, frozen = Cutter(size, measure, most=most), list[str]()
    for count, end in enumerate(sorted({*range(0, len(markdown) + 1, step), len(markdown)})):
        cut = texts(cutter.cut(markdown[:end]))
        assert all(measure(text) <= size for text in cut)
        assert all(text.strip() for text in cut)
        assert cut[: len(frozen)] == frozen
        frozen = cut if cut and cut[-1].endswith(REST_FOLLOWS) else cut[:-1]
        if count % max(61 // step, 5) == 0 or end == len(markdown):
            assert texts(pages(markdown[:end], size, measure, final=False, most=most)) == cut
            assert all(is_balanced(text) for text in cut)


def shortened(text: str) -> str:
    """Lines that are nothing but a fence, as short as one can be: who closes a fence need not repeat all its length."""
    return _FENCE_ALONE.sub(lambda line: line[1] + line[2][:3], text)


def check_end(markdown: str, size: int, measure: Measure, most: int) -> None:
    cut = pages(markdown, size, measure, most=most)
    shown = "\n".join((*texts(cut), *(page.file.decode() for page in cut)))
    assert is_within(visible(shortened(clean(markdown))), visible(shown))
    assert len(cut) <= most
    assert all(measure(page.text) <= size for page in cut)
    assert all(is_balanced(page.text) for page in cut[:-1])
    assert [page.final for page in cut] == [True] * len(cut)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32), st.sampled_from(_SIZES), st.sampled_from([len, in_bytes]), st.sampled_from([5, 50]))
def test_at_every_prefix_pages_fit_are_balanced_and_once_left_never_change(
    seed: int, size: int, measure: Measure, most: int
) -> None:
    markdown = document(Random(seed))

    check_every_prefix(markdown, size, measure, most)
    check_end(markdown, size, measure, most)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.sampled_from(_SIZES), st.sampled_from([len, in_bytes]), st.sampled_from([5, 50]))
def test_what_is_made_to_be_misread_is_cut_like_any_other(seed: int, size: int, measure: Measure, most: int) -> None:
    markdown = adversary(Random(seed))

    check_every_prefix(markdown, size, measure, most, step=13)
    check_end(markdown, size, measure, most)


MISREAD = (
    "-\n  ```\n>",
    "*\n  ~~~\n`",
    "-\n  ```\n1",
    "-\n  ```\n`````js",
    "-\n  ```\n`\n",
    "```\n" + "`" * 318 + "a",
    "- ```\n      x\n- " + "y " * 300,
    "1. ```\n" + "`" * 150,
    "`````\n" + "y\n" * 187 + "```",
    "> ```\n```py",
    "> ```\n``` ```\n",
    "+\n  ```\n  a\n\n1. ``` py\n",
    "    | a | b |\n|---|---|\n2. ~~~\n-   b",
    "a\u2028```\nb",
    "a\r\x0c```\r\nb",
    "<!--\n```\na\n-->\n",
)


@pytest.mark.parametrize("markdown", MISREAD)
def test_what_was_misread_once_is_not_again(markdown: str) -> None:
    check_every_prefix(markdown, SMALLEST, len, 50)
    check_end(markdown, SMALLEST, len, 50)


@pytest.mark.parametrize("markdown", HOSTILE)
@pytest.mark.parametrize("measure", [len, in_bytes])
def test_hostile_texts_are_cut_like_any_other(markdown: str, measure: Measure) -> None:
    check_every_prefix(markdown, SMALLEST, measure, 5)
    check_end(f"Look:\n{markdown}\n\ndone", SMALLEST, measure, 5)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=900), st.sampled_from(_SIZES))
def test_any_text_at_all_loses_no_character(markdown: str, size: int) -> None:
    check_end(markdown, size, len, 5)


def test_a_final_text_that_fits_is_sent_as_it_is() -> None:
    markdown = "# A\n\nso **bold\n\n```python\nopen = True"

    assert pages(markdown, 2000) == (Page(markdown, final=True),)


def test_nothing_is_shown_of_nothing() -> None:
    assert pages("", 2000) == ()
    assert pages(" \n\n", 2000) == ()
    assert pages("\n\n**", 2000, final=False) == ()
    assert pages("<div", 2000, final=False) == ()


def test_a_code_block_that_is_too_long_is_closed_and_reopened_with_its_info_string() -> None:
    markdown = "```python title=x\n" + "print(1)\n" * 40 + "```\nend"

    first, second = texts(pages(markdown, 300))

    assert first.startswith("```python title=x\nprint(1)\n")
    assert first.endswith("print(1)\n```")
    assert second.startswith("```python title=x\nprint(1)\n")
    assert second.endswith("print(1)\n```\nend")
    assert (first + second).count("print(1)") == 40


def test_a_longer_fence_that_shows_fences_is_reopened_as_long() -> None:
    markdown = "````markdown\n" + "```\ncode\n```\n" * 30 + "````"

    cut = texts(pages(markdown, 250))

    assert all(text.startswith("````markdown\n") and text.endswith("\n````") for text in cut)


def test_code_in_a_list_goes_on_without_the_indentation_of_the_list() -> None:
    markdown = "1. first\n\n    ```sh\n" + "    if x; then\n      echo\n" * 15 + "    ```\n2. second"

    cut = texts(pages(markdown, 250))

    assert cut[0].endswith("\n    ```")
    assert cut[1].startswith("```sh\n")
    assert "\nif x; then\n  echo\n" in cut[1]


def test_a_nested_list_goes_on_as_a_list() -> None:
    items = "".join(f"    - item {number} of the inner list\n" for number in range(12))

    cut = texts(pages(f"1.  first\n{items}2.  second", 200))

    assert cut[1].startswith("- item ")
    assert cut[-1].endswith("\n2.  second")


def test_what_a_line_has_behind_its_page_changes_nothing_on_it() -> None:
    """A stroke there would make it a row of the table that the page before ended in."""
    begun = "| a | b |\n|---|---|\n" + "| one | two |\n" * 18 + "word " * 80

    left = pages(begun, 300)[:-1]

    assert pages(begun + "| end", 300)[: len(left)] == left


def test_a_quoted_paragraph_stays_quoted() -> None:
    cut = texts(pages("> " + "some words " * 40, 200))

    assert all(text.startswith(("> some", "> words")) for text in cut)


def test_a_quoted_code_block_stays_quoted() -> None:
    cut = texts(pages("> ```\n" + "> some code here\n" * 30 + "> ```", 250))

    assert all(line.startswith(">") for text in cut for line in text.split("\n"))
    assert all(text.startswith("> ```\n") and text.endswith("\n> ```") for text in cut)


def test_a_code_block_moves_whole_to_the_next_page_when_it_begins_late() -> None:
    markdown = "word " * 40 + "\n\n```\n" + "x = 1\n" * 20 + "```\n"

    first, second = texts(pages(markdown, 300))

    assert first == ("word " * 40).strip()
    assert second == "```\n" + "x = 1\n" * 20 + "```\n"


def test_a_table_that_is_too_long_repeats_its_header() -> None:
    header = "| name | value |\n|:--|--:|\n"
    markdown = header + "".join(f"| row {number} | {number} |\n" for number in range(30))

    cut = texts(pages(markdown, 200))

    assert len(cut) > 2
    assert all(text.startswith(header) for text in cut)
    assert sum(text.count("| row ") for text in cut) == 30


def test_a_page_never_ends_with_a_heading_or_a_bare_opener() -> None:
    prose = "word " * 33

    headed = texts(pages(f"{prose}\n\n# Heading\n\n{prose}", 200))
    opened = texts(pages(f"{prose}\n```python\n" + "x = 1\n" * 30 + "```", 200))

    assert headed == [prose.strip(), f"# Heading\n\n{prose}"]
    assert opened[0] == prose.strip()


def test_a_page_never_ends_with_what_announces_the_next_line() -> None:
    prose = "word " * 33

    assert texts(pages(f"{prose}\n\n**Do this:**\n\n{prose}", 200)) == [prose.strip(), f"**Do this:**\n\n{prose}"]


def test_a_page_ends_in_front_of_a_heading_when_one_is_near() -> None:
    markdown = "\n\n".join(f"## Part {number}\n\n{'word ' * 15}\n\n{'word ' * 3}" for number in range(9))

    assert all(text.startswith("## Part") for text in texts(pages(markdown, 220, most=50)))


def test_code_is_cut_at_a_blank_line_when_one_is_near() -> None:
    cut = texts(pages("```\n" + "def f():\n    a()\n    b()\n\n" * 20 + "```", 200, most=50))

    assert all(text.startswith("```\ndef f():\n") for text in cut)
    assert all(text.endswith("    b()\n```") for text in cut[:-1])


def test_an_item_stays_with_what_is_in_it_when_that_is_little() -> None:
    cut = texts(pages("".join(f"{number}. an item\n   - one\n   - two\n" for number in range(1, 30)), 200, most=50))

    assert all(text.split(".")[0].isdigit() and text.rstrip().endswith("- two") for text in cut)


def test_a_line_that_fits_a_page_is_never_cut() -> None:
    lines = ["one " * 20, "two " * 45, "three " * 30, "four " * 38]

    assert [text.strip() for text in texts(pages("\n".join(lines), 200))] == [line.strip() for line in lines]


def test_a_line_that_is_too_long_is_cut_between_words() -> None:
    words = [f"word{number}" for number in range(200)]

    cut = texts(pages(" ".join(words), 300, most=50))

    assert " ".join(text.strip() for text in cut).split(" ") == words


def test_a_word_that_is_too_long_is_cut_between_graphemes() -> None:
    family = "👩‍👩‍👧‍👦"

    cut = texts(pages(family * 200, 200, most=50))

    assert all(text == family * (len(text) // len(family)) for text in cut)


def test_more_than_five_messages_end_in_a_file() -> None:
    markdown = "".join(f"Paragraph number {number} says this.\n\n" for number in range(200))

    live = pages(markdown, 500, final=False)
    cut = pages(markdown, 500)

    assert len(live) == len(cut) == 5
    assert live[4].text.endswith(REST_FOLLOWS)
    assert not live[4].file
    assert live[:4] == cut[:4]
    assert cut[4].text.endswith(REST_IN_FILE)
    rest = cut[4].file.decode()
    assert rest.startswith("Paragraph number ")
    assert rest.endswith("Paragraph number 199 says this.\n\n")


def test_a_rest_that_begins_within_code_is_a_file_that_does_so_too() -> None:
    cut = pages("```js\n" + "let a = 1;\n" * 300 + "```", 300)

    assert cut[4].file.decode().startswith("```js\nlet a = 1;\n")


def test_a_note_is_a_paragraph_of_its_own_below_the_text() -> None:
    assert texts(pages("Hello.\n", 2000, note="Stopped.")) == ["Hello.\n\n*Stopped.*"]
    assert texts(pages("", 2000, note="Sorry.")) == ["*Sorry.*"]
    assert texts(pages("```\ncode", 2000, note="Cut.")) == ["```\ncode\n```\n\n*Cut.*"]
    assert texts(pages("```\ncode\n```", 2000, note="Cut.")) == ["```\ncode\n```\n\n*Cut.*"]


def test_a_note_for_which_the_last_page_has_no_room_has_a_page_of_its_own() -> None:
    assert texts(pages("x" * 200, 200, note="Stopped.")) == ["x" * 200, "*Stopped.*"]


def test_a_line_with_code_in_it_is_on_the_screen_before_it_ends() -> None:
    text = "Write ```x``` inline, and a lot more"

    assert pages(text, 2_000, final=False) == (Page(text),)


def test_another_text_is_cut_anew() -> None:
    cutter = Cutter(200)
    cutter.cut("one " * 200)

    assert cutter.cut("two " * 100) == pages("two " * 100, 200, final=False)
    assert cutter.cut("") == ()


def test_pages_found_too_big_are_cut_again_half_as_large_and_those_before_stay() -> None:
    markdown = "".join(f"Line number {number}.\n" for number in range(60))
    cutter = Cutter(400)
    before = cutter.cut(markdown)

    assert cutter.shrink(1)
    after = cutter.cut(markdown, final=True)

    assert after[0] == before[0]
    assert all(len(page.text) <= 200 for page in after[1:])
    assert is_within(visible(markdown), visible("".join(texts(after))))
    assert not cutter.shrink(1)


def test_a_size_that_holds_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="small"):
        Cutter(SMALLEST - 1)


def test_cutting_costs_the_same_per_character_however_long_the_text_is() -> None:
    line = "Some **words** of `a` text that go on.\n"

    def seconds(lines: int) -> float:
        cutter, text = Cutter(2000, most=10_000), ""
        begin = process_time()
        for _ in range(lines):
            text += line
            cutter.cut(text)
        return process_time() - begin

    short = min(seconds(250) for _ in range(3))
    assert seconds(2500) < 40 * short  # ten times the text; quadratic would be a hundred


def test_one_line_of_a_hundred_thousand_characters_is_cut_in_no_time() -> None:
    begin = process_time()
    for char in ("x", "字", "`", "a ", "**", "[", "<a", "](", "\\", "_a"):
        assert len(pages(char * (100_000 // len(char)), 2000)) <= 5
        pages(char * (100_000 // len(char)), 200_000, final=False)
    assert process_time() - begin < 10
