"""What blocks say: words in their order, and tables as Markdown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack.blocks import table, words

CELLS = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "value", "elements", "rows"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def cells(*texts: str) -> list[Any]:
    return [{"type": "raw_text", "text": text} for text in texts]


def test_words_come_in_order_from_every_depth() -> None:
    blocks: list[Any] = [
        {"type": "header", "text": {"type": "plain_text", "text": "one"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "two"}]},
        {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "three"}]}]},
        {"type": "markdown", "text": "four"},
    ]

    assert [word for word in words(blocks) if word] == ["one", "two", "three", "four"]


def test_a_card_is_read_from_its_title_to_its_body() -> None:
    card: Any = {name: {"type": "mrkdwn", "text": name} for name in ("body", "subtitle", "title")}
    card |= {"type": "card", "icon": {"type": "image", "alt_text": "icon"}}
    chart = {"type": "image", "image_url": "https://a.example/1.png", "title": {"type": "plain_text", "text": "chart"}}

    found = words([{"type": "carousel", "elements": [card]}, chart])

    assert [word for word in found if word] == ["title", "subtitle", "body", "chart"]


def test_rich_text_is_read_as_it_looks() -> None:
    said = [
        {"type": "text", "text": "Deploy "},
        {"type": "text", "text": "failed", "style": {"bold": True}},
        {"type": "text", "text": " see "},
        {"type": "link", "url": "https://ci.example/1"},
        {"type": "text", "text": " cc "},
        {"type": "user", "user_id": "U5"},
        {"type": "channel", "channel_id": "C5"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 1720710212, "format": "{date_long}", "fallback": " on July 11"},
        {"type": "color", "value": "#F405B3"},
    ]
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": name}]} for name in ("api", "web")]
    sections = [{"type": "rich_text_section", "elements": said}, {"type": "rich_text_list", "elements": items}]

    [read] = words([{"type": "rich_text", "elements": sections}])

    assert [line for line in read.split("\n") if line] == [
        "Deploy failed see <https://ci.example/1> cc <@U5><#C5><!here> on July 11#F405B3",
        "api",
        "web",
    ]


def test_code_within_code_is_read_no_deeper_than_anything_else() -> None:
    element: Any = {"type": "text", "text": "too deep"}
    for _ in range(400):
        element = {"type": "rich_text_preformatted", "elements": [element]}

    [read] = words([{"type": "rich_text", "elements": [element]}])

    assert "too deep" not in read


def test_a_table_is_as_wide_as_its_widest_row() -> None:
    assert table({"rows": [cells("a"), cells("b", "c")]}, str) == "| a |  |\n|---|---|\n| b | c |"


def test_a_cell_is_one_line_and_ends_no_column() -> None:
    assert table({"rows": [cells("a|b\n c", "<d>")]}, str.upper) == "| A\\|B C | <D> |\n|---|---|"


def test_what_rich_text_says_in_parts_is_one_cell() -> None:
    parts = [
        {"type": "text", "text": "see "},
        {"type": "link", "url": "https://a.example"},
        {"type": "emoji", "name": "wave"},
    ]
    sections = [{"type": "rich_text_section", "elements": parts}] * 2
    cell = {"type": "rich_text", "elements": sections}

    once = "see <https://a.example>:wave:"
    assert table({"rows": [[cell]]}, str) == f"| {once} {once} |\n|---|"


@pytest.mark.parametrize("rows", [None, "x", [], [[]], [None], [[None, {"type": "raw_text", "text": ""}]]])
def test_a_table_without_a_word_is_none(rows: object) -> None:
    assert table({"rows": rows}, str) == ""


@given(CELLS)
def test_no_json_breaks_a_table(value: Any) -> None:
    made = table({"rows": value}, str)

    assert made == "" or made.startswith("| ")
