"""What is code for every reader stays as it is; what might be prose for one of them is treated as such."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack.prose import changed
from tests.privacy.reading import hidden

LINK = "[x](https://evil.example)"
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "\n",
                "\n\n",
                "```",
                "```\n",
                "~~~",
                "~~~\n",
                "`",
                "``",
                "> ",
                "- ",
                "1. ",
                "  ",
                "    ",
                "\t",
                "# ",
                "|",
            ),
            *(
                "\n|---|\n",
                "<pre>",
                "</pre>",
                "<!--",
                "-->",
                '<b title="',
                '">',
                LINK,
                LINK,
                "text",
                "a`b",
                "\\`",
                "\\",
            ),
            *("---\n", "\n- ```\n", "\n> ```\n", "<https://a.example/", "```js|\n"),
        ]
    ),
    max_size=16,
).map("".join)


def read(text: str) -> str:
    return changed(text, lambda piece: piece.replace("[x]", "[?]"), lambda piece: piece.replace("[x]", "[!]"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[x] `[x]` [x]", "[!] `[x]` [!]"),
        ("```\n[x]\n```\n[x]", "```\n[x]\n```\n[!]"),
        ("~~~md\n[x]\n~~~~\n[x]", "~~~md\n[x]\n~~~~\n[!]"),
        ("```\n[x]", "```\n[x]"),
        ("- ```\n  [x]\n  ```\n[x]", "- ```\n  [?]\n  ```\n[?]"),
        ("> ```\n> [x]\n```\n[x]", "> ```\n> [?]\n```\n[?]"),
        ("a ` b\n`[x]` c", "a ` b\n`[!]` c"),
        ("a ` b\n\n`[x]` c", "a ` b\n\n`[x]` c"),
        ("\\`[x]`", "\\`[!]`"),
        ("| `a | [x]` |", "| `a | [!]` |"),
        ('a <b title="`">[x]`', 'a <b title="`">[!]`'),
        ("<pre>\n```\n</pre>\n[x]", "&lt;pre>\n```\n</pre>\n[x]"),
        ("``` a`b\n[x]", "``` a`b\n[!]"),
        ("```a|b\n[x]\n```\n", "```a\n[x]\n```\n"),
        ("<https://a.example/`>[x]`", "<https://a.example/`>[!]`"),
        ("a <!-- b\n`[x] --> [x] ` c", "a <!-- b\n`[!] --> [!] ` c"),
        ("a <!-- b\n\n`[x]`", "a <!-- b\n\n`[x]`"),
        ("see <https://a.example/>\n`[x]`", "see <https://a.example/>\n`[x]`"),
        ("a `List<int>` is\n`[x]`", "a `List<int>` is\n`[x]`"),
    ],
)
def test_only_what_is_surely_code_is_left_alone(text: str, shown: str) -> None:
    assert read(text) == shown


@settings(deadline=None, max_examples=300)
@given(PIECES)
def test_no_reader_finds_a_link_in_what_was_taken_for_code(text: str) -> None:
    def shown(piece: str) -> str:
        return piece.replace(LINK, "x")

    assert hidden(changed(text, shown, shown)) == []


@given(PIECES)
def test_nothing_else_changes(text: str) -> None:
    kept = changed(text, str, str).replace("&lt;", "<")

    assert kept == text or "|" in text
