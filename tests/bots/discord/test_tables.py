"""Tables as columns, tables as lists, and how little they grow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.tables import MOST_WIDTH, allowance, drawn, width

RELAXED = settings(deadline=None)  # others use this machine too
CELL = st.text(st.sampled_from("ab 名*`é\\#"), max_size=12).map(str.strip)
ROWS = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6))


def table(*rows: str) -> list[str]:
    return [f"{row}\n" for row in rows]


def draw(*rows: str) -> str:
    return drawn(table(*rows), lambda text: text)


def written(rows: list[list[str]]) -> list[str]:
    body = ["| " + " | ".join(row) + " |\n" for row in rows]
    return [body[0], "|" + "---|" * len(rows[0]) + "\n", *body[1:]]


def test_columns_are_aligned_as_their_ruler_says() -> None:
    assert draw("| Left | Right | Mid |", "|:---|--:|:-:|", "| a | 1 | x |", "| bb | 22 | y |") == (
        "```\nLeft | Right | Mid\n-----+-------+----\na    |     1 |  x\nbb   |    22 |  y\n```\n"
    )


def test_wide_characters_count_as_two_columns() -> None:
    assert draw("| Name | N |", "|---|---|", "| 名前 | 1 |", "| é | 2 |") == (
        "```\nName | N\n-----+--\n名前 | 1\né    | 2\n```\n"
    )
    assert (width("名前"), width("e\u0301"), width("👍")) == (4, 1, 2)


def test_marks_are_left_out_where_they_would_show() -> None:
    assert draw("| **A** | B |", "|---|---|", "| `x` | a \\| b |") == "```\nA | B\n--+------\nx | a | b\n```\n".replace(
        "--+------", "--+--"
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("`2**8`", "2**8"),
        ("`**kwargs`", "**kwargs"),
        ("**`f(**kw)`**", "f(**kw)"),
        ("`__init__` and __bold__", "__init__ and bold"),
        ("`~~x`, ~~gone~~, `\\*`, \\*", "~~x, gone, \\*, *"),
        ("`` a ` b ``", "a ` b"),
        ("`a \\| b` \\| c", "a | b | c"),
        ("snake__case__x", "snake__case__x"),
        ("2**8", "2**8"),
        ("***both*** `x", "both x"),
    ],
)
def test_code_in_a_table_says_what_it_says(cell: str, shown: str) -> None:
    assert draw("| A |", "|---|", f"| {cell} |").split("\n")[3] == shown


def test_code_in_a_list_says_what_it_says() -> None:
    assert draw("| `**a` | `2**8` |", "|---|---|", "| `**kw` **x** | `2**8` https://a.example |", "| 2**8 | |") == (
        "`**a`\n- `**kw` x — `2**8`: `2**8` https://a.example\n- 2**8\n"
    )


def test_no_cell_ends_the_block_of_code() -> None:
    assert draw("| A |", "|---|", "| ` ``` ` |") == "**A**\n- **` ``` `**\n"


def test_a_table_that_is_too_wide_becomes_a_list() -> None:
    long = "words " * 10

    assert draw("| Key | Meaning |", "|---|---|", f"| a | {long}|", f"| b | {long}|") == (
        f"**Key**\n- **a** — Meaning: {long.strip()}\n- **b** — Meaning: {long.strip()}\n"
    )


def test_links_are_not_put_into_code_where_nobody_could_follow_them() -> None:
    assert draw("| Page | Where |", "|---|---|", "| one | [here](https://a.example) |") == (
        "**Page**\n- **one** — Where: [here](https://a.example)\n"
    )


def test_code_in_a_list_shows_a_bar_without_the_escape_that_its_table_needed() -> None:
    assert draw("| Key | Where |", "|---|---|", '| `"a" \\| "b"` \\| c | https://a.example |') == (
        '- **`"a" | "b"` \\| c** — Where: https://a.example\n'.join(["**Key**\n", ""])
    )


def test_a_first_column_without_a_name_has_none_above_the_list() -> None:
    assert draw("| | Where |", "|---|---|", "| one | https://a.example |") == "- **one** — Where: https://a.example\n"


def test_a_list_without_room_for_the_names_of_its_columns_has_them_once() -> None:
    head = "a very long name of a column that takes much room, and another one"

    assert draw(f"| x | {head} |", "|---|---|", "| 1 | https://a.example |", "| 2 | b |") == (
        f"**x · {head}**\n- 1 · https://a.example\n- 2 · b\n"
    )


def test_a_table_without_rows_yet_is_its_header() -> None:
    assert draw("| a | b |", "|---|---|") == "```\na | b\n--+--\n```\n"


def test_a_row_that_is_half_written_is_shown_as_far_as_it_goes() -> None:
    lines = [*table("| Name | Age |", "|---|---|", "| Alexander | 36 |"), "| Be"]

    assert drawn(lines, str) == "```\nName      | Age\n----------+----\nAlexander | 36\nBe\n```"


def test_a_row_with_too_many_cells_keeps_them() -> None:
    assert "1 | 2 | 3" in draw("| a | b |", "|---|---|", "| 1 | 2 | 3 |")


def test_a_table_that_does_not_begin_with_a_bar_is_left_as_it_is() -> None:
    assert draw("a | b", "--- | ---", "1 | 2") == "a | b\n--- | ---\n1 | 2\n"


@RELAXED
@given(ROWS)
def test_no_table_grows_beyond_what_is_reserved_for_it(rows: list[list[str]]) -> None:
    lines = written(rows)

    assert len(drawn(lines, str)) <= len("".join(lines)) + allowance("".join(lines))


@RELAXED
@given(ROWS)
def test_every_cell_is_shown_in_order(rows: list[list[str]]) -> None:
    shown = iter(drawn(written(rows), str))

    assert all(char in shown for row in rows for cell in row for char in cell if char.isalpha())


@RELAXED
@given(ROWS)
def test_every_cell_of_a_list_is_shown_too(rows: list[list[str]]) -> None:
    shown = drawn(written([*rows, ["https://x.test"] * len(rows[0])]), str)

    assert all(shown.count(char) >= "".join(map("".join, rows)).count(char) for char in "ab名é")


@RELAXED
@given(ROWS)
def test_columns_that_have_become_a_list_stay_one(rows: list[list[str]]) -> None:
    lines = written(rows)
    kinds = [drawn(lines[:end], str).startswith("```") for end in range(2, len(lines) + 1)]

    assert kinds == sorted(kinds, reverse=True)


@RELAXED
@given(ROWS)
def test_no_row_of_columns_is_too_wide(rows: list[list[str]]) -> None:
    shown = drawn(written(rows), str)

    assert not shown.startswith("```") or all(width(line) <= MOST_WIDTH for line in shown.split("\n"))
