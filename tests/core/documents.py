"""Markdown as a model might write it, and as nobody should: made from a seed."""

from random import Random

_WORDS = [
    *("the", "quick", "brown", "fox", "**bold", "thing**", "*it*", "`code", "x`", "[link](https://example.com/a_b)"),
    *(
        "snake_case",
        "2*3",
        "日本語のテキスト",
        "👩‍👩‍👧‍👦",
        "é",
        "e\u0301",
        "🇩🇪🇫🇷",
        "don't",
        "**",
        "`",
        "_",
        "[",
        "<tag>",
    ),
    *("~~gone~~", "\\*", "$x$", "https://a.b/c?d=e", "👍🏽"),
]
HOSTILE = (
    "x" * 700,
    "字" * 500,
    "👩‍👩‍👧‍👦" * 120,
    "`" * 500,
    "~" * 600,
    "a " * 400,
    "- " * 300,
    "\n" * 300,
    " " * 500,
    "```" + "y" * 500,
    "|" * 400,
    "e" + "\u0301" * 400,
    "```\n" + "\n" * 400 + "x\n```",
    "🇩🇪" * 200,
    "`" * 300 + "a" + "`" * 300,
    "\ud83d\udc69" * 200,
)


def document(random: Random, most_blocks: int = 8) -> str:
    """A few hundred to a few thousand characters: prose, lists, code, tables, now and then something hostile."""
    between = random.choice(["\n", "\n\n"])
    return between.join(_block(random) for _ in range(random.randint(1, most_blocks)))


def _block(random: Random) -> str:
    kinds = (_prose, _prose, _prose, _heading, _code, _code, _table, _list, _code_in_list, _hostile)
    return random.choice(kinds)(random)


def _prose(random: Random) -> str:
    return " ".join(random.choice(_WORDS) for _ in range(random.randint(1, 40)))


def _heading(random: Random) -> str:
    return "#" * random.randint(1, 6) + " " + _prose(random)[:40]


def _lines_of_code(random: Random) -> list[str]:
    return [_line_of_code(random) for _ in range(random.randint(0, 15))]


def _line_of_code(random: Random) -> str:
    return "    " * random.randint(0, 2) + "".join(
        random.choice("abc xyz=()`~|#-") for _ in range(random.randint(0, 50))
    )


def _code(random: Random) -> str:
    marker, info = random.choice(["```", "````", "~~~", "`````"]), random.choice(["", "python", "js title=1"])
    lead = random.choice(["", "", "", "  ", "> "])
    lines = [marker + info, *_lines_of_code(random), marker]
    if random.random() < 0.1:
        lines.pop()
    return "\n".join(lead + line for line in lines)


def _code_in_list(random: Random) -> str:
    code = "\n".join("  " + line for line in _lines_of_code(random))
    return f"- item\n  ```py\n{code}\n  ```\n- next"


def _table(random: Random) -> str:
    cells = random.randint(1, 4)
    rows = ["| " + " | ".join(random.choice(_WORDS) for _ in range(cells)) + " |" for _ in range(random.randint(1, 12))]
    return "\n".join([rows[0], "|" + "---|" * cells, *rows[1:]])


def _list(random: Random) -> str:
    items = [random.choice(["- ", "* ", "1. ", "  - "]) + _prose(random)[:60] for _ in range(random.randint(1, 8))]
    return "\n".join(items)


def _hostile(random: Random) -> str:
    return random.choice(HOSTILE)
