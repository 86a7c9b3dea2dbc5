"""Markdown made to be misread: containers within containers, half of them left, and what only looks like a block."""

from random import Random

_LEADS = (
    "",
    "",
    "",
    "  ",
    "   ",
    "    ",
    "\t",
    " \t",
    "> ",
    ">",
    ">> ",
    "> > ",
    ">\t",
    "- ",
    "* ",
    "+\t",
    "-   ",
    "1. ",
)
_MORE_LEADS = (
    "123456789) ",
    "2. ",
    "1)\t",
    "- > ",
    "> - ",
    "> 1. ",
    "- - ",
    "  - ",
    "    - ",
    "     ",
    "      ",
    "- 1. > ",
)
_LEAFS = (
    *("text that goes on", "word", "code()", "x = 1", "[a]: https://b.c", "**bold", "`tick", "a  ", "\\", "&lt;"),
    *(
        "```",
        "````",
        "~~~",
        "~~~~~",
        "``` py title='a b'",
        "~~~ js ```",
        "```a`b",
        "``` ```",
        "`````",
        "~~ ~",
        "```py",
        "```",
    ),
    *("===", "---", "-", "=", "***", "* * *", "- - -", "_ _ _", "# H", "####### no", "#", "##\tT", "Title\n---"),
    *("| a | b |", "|---|---|", "| 1 | 2 |", "a | b", "--- | ---", "| a | b |\n|---|:-:|\n| 1 | 2 |", "|", "\\| a | b"),
    *(
        "<div>",
        "<!-- note",
        "-->",
        "<pre>",
        "</div>",
        "<?php",
        "<script>",
        "<https://a.b>",
        "<b>bold</b>",
        "<!X",
        "<x-y z>",
    ),
    *("-", "1.", "1234567890. no", "+", "0) zero", ">", ">>", "2) b", "99999999999", "- [ ] task"),
    *(
        "",
        "",
        "",
        " ",
        "\t",
        "> ",
        "a\x0cb",
        "\x0c```",
        "\x85",
        "a\u2028```",
        "\u200d",
        "\u200f```",
        "\u202e- x",
        "\u200b```",
    ),
    *(
        "\ufeff# H",
        "e\u0301" * 9,
        "👩\u200d👩\u200d👧",
        "字" * 30,
        "\xa0\xa0```",
        "\u3000- x",
        "\x1c```",
        "\v~~~",
        "ab\rcd",
        "a\r```",
    ),
)
_CALM = ("text that goes on", "x = 1", "", "```", "```py", "~~~", "| a | b |", "|---|---|")


def adversary(random: Random, most_lines: int = 40) -> str:
    """Up to a few thousand characters, line by line, at times with the line ends of another system."""
    leads = _LEADS if random.random() < 0.5 else _LEADS + _MORE_LEADS
    leafs = _CALM if random.random() < 0.3 else _LEAFS
    lines, lead = [], ""
    for _ in range(random.randint(1, most_lines)):
        kind = random.random()
        if kind < 0.5:
            lead = random.choice(leads)
        elif kind < 0.7:
            lead = "".join(char if char in ">\t" else " " for char in lead)
        lines.append(lead + random.choice(leafs) * (random.choice((1, 1, 30)) if random.random() < 0.1 else 1))
    return random.choice(("\n",) * 6 + ("\r\n", "\r")).join(lines)


def contained(random: Random) -> str:
    """Quotes and items within each other, and a paragraph at their end; no code and no tables.

    Nothing is indented by four columns outside of them: markdown-it begins an item there below a quote in a quote.
    """
    leads = [lead for lead in (*_LEADS, *_MORE_LEADS) if not lead.expandtabs(4).startswith("    ")]
    texts = ("text", "a b", "# H", "---", "===", "", "-", "2. b")
    lines = [random.choice(leads) + random.choice(texts) for _ in range(random.randint(0, 6))]
    return "\n".join([*lines, random.choice(leads) + "END"])
