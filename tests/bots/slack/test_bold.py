"""Bold words between Chinese, Japanese and Korean ones: what reads CommonMark finds them, and nothing else changes."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bots.slack.bold import allowance, spaced
from bots.slack.markup import measure, quiet
from core.text import Cutter

READ = MarkdownIt()
BOLD = [
    ("**「重要」**です。", "「重要」"),
    ("価格は**100円（税込）**です", "100円（税込）"),
    ("**注意：**この操作は**元に戻せません。**保存して", "注意："),
    ('이것은 **"중요"**합니다', "&quot;중요&quot;"),
    ("请点击**“设置”**按钮", "“设置”"),
    ("これは***「とても」***大事", "「とても」"),
    ("次に**`config.yaml`**を開く", "<code>config.yaml</code>"),
    ("Python**（推奨）**3", "（推奨）"),
    ("> - **（一）**最初の**点**と**「線」**を", "（一）"),
    ("| 項目 | **「値」**です |\n|---|---|\n| 字 | 字**（一）**字 |", "「値」"),
]
PIECES = st.lists(
    st.sampled_from(
        ["**", "*", "***", "字", "「", "」", "（", "a", "!", " ", "\n", "`", "```\n", "\\", "|", "😀", ":**"]
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(("text", "bold"), BOLD)
def test_bold_words_are_bold_between_others(text: str, bold: str) -> None:
    html = READ.render(quiet(text, "U1"))

    assert f"<strong>{bold}</strong>" in html
    assert "**" not in html


@pytest.mark.parametrize("text", [text for text, _ in BOLD])
def test_no_asterisk_is_seen_while_the_words_come(text: str) -> None:
    cutter = Cutter(500, measure)
    seen = [READ.render(quiet(page.text, "U1")) for end in range(len(text)) for page in cutter.cut(text[:end])]

    assert not [html for html in seen if "*" in html]


@pytest.mark.parametrize(
    "text",
    [
        'the **"Save"** button, an **option**; 2**(3)**x and **don\'t**s',
        "これは**重要**です。**点**、**線**。\n**まず**：「**次**」",
        "```\n字**「x」**字\n```\n`字**「x」**字`",
        "2**3 は 8、字*（x）*字、字\\**「x」**",
    ],
)
def test_what_is_bold_or_no_bold_already_stays(text: str) -> None:
    assert spaced(text) == text


@given(PIECES)
def test_nothing_but_blanks_beside_marks_is_put_in_and_all_of_them_are_counted(text: str) -> None:
    shown = spaced(text)

    assert re.sub(r" (?=\*\*)|(?<=\*\*) ", "", shown) == re.sub(r" (?=\*\*)|(?<=\*\*) ", "", text)
    assert len(shown) <= len(text) + allowance(text)


@given(PIECES, PIECES)
def test_what_is_counted_never_shrinks_and_adds_up_over_lines(first: str, second: str) -> None:
    assert allowance(first + second) >= allowance(first)
    assert allowance(f"{first}\n{second}") == allowance(f"{first}\n") + allowance(second)


@pytest.mark.parametrize("piece", ["字**", "**字", "**「", "***", "**字」**", "`**字"])
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = piece * (40_000 // len(piece))

    started = time.process_time()
    spaced(text)

    assert time.process_time() - started < 0.5
