"""Markdown as Discord draws it, and how long it becomes."""

import re
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.looks import ZERO_WIDTH, looks, measure
from bots.discord.screen import SIZE
from core.text import pages
from tests.core.adversaries import adversary
from tests.core.documents import document

_FENCES = re.compile(r"^[ >]*```[A-Za-z0-9_+.#-]*$", re.MULTILINE)
RELAXED = settings(deadline=None)  # others use this machine too
PIECES = (
    *(
        "plain words",
        "**bold**",
        "__bold__",
        "`code`",
        "![](u)",
        "![alt](http://a.b)",
        "[t](https://u.v)",
        "@everyone",
        "<@12>",
    ),
    *(" || ", "a||b", ">>> ", "\n$$\n", "\\[\n", "\\]\n"),
    *("\n1. ", "\n- ", " *a", "b*", "c_", "(", "_____", "[a*b]"),
    *("\n", "\n", "\n\n", "#### deep ", "---", "- [ ] ", "+ ", "```", "```py\n", "~~~", "````", "> ", "|", "| a | b |"),
    *(
        "\n|---|---|\n",
        "| 1 | two words |",
        "名前",
        "👩‍👩‍👧",
        "\u200b",
        "\u202e",
        *(
            "[🔗",
            "[https://a.example",
            "](https://a.example)",
            "](https://a.example/)",
            "![",
            "](",
            "[a]",
            "(https://a.very.long.host.example/)",
            "$",
            "\u115f",
            "\u200d",
        ),
        "\u2028",
        "   ",
        "@here",
        "@everyone",
        "<br>",
        "\\|",
        "\t",
    ),
)
MARKDOWN = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map("".join)
DOCUMENTS = st.integers(0, 10_000).map(lambda seed: document(Random(seed)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# One\n## Two\n### Three", "# One\n## Two\n### Three"),
        ("#### Four\ntext", "**Four**\ntext"),
        ("###### **Six** words ##", "**Six words**"),
        ("> #### Quoted", "> **Quoted**"),
        ("#### The `**kwargs` **argument**", "The `**kwargs` argument"),
        ("#### **The `__n` growth**", "**The `__n` growth**"),
        ("#### 2**8 grows", "2**8 grows"),
        ("#### ", ""),
        ("above\n\n---\n\nbelow", "above\n\n\nbelow"),
        ("* * *\n", "\n"),
        ("--- a", "--- a"),
        ("__bold__ and __two words__", "**bold** and **two words**"),
        ("___both___", "***both***"),
        ("snake__case__name and \\__init__", "snake__case__name and \\__init__"),
        ("`__init__` stays", "`__init__` stays"),
        ("- [ ] open\n- [x] done\n  1. [X] too", "- ☐ open\n- ☑ done\n  1. ☑ too"),
        ("[ ] is no box", "[ ] is no box"),
        ("+ item\n  + inner", "- item\n  - inner"),
        ("![A cat](https://a.example/cat.png)", "[A cat (a.example)](https://a.example/cat.png)"),
        ("![](https://a.example/cat.png)", "[image (a.example)](https://a.example/cat.png)"),
        ("[![build](https://a.example/b.svg)](https://a.example)", "[build (a.example)](https://a.example)"),
        ("`![](x)`", "`![](x)`"),
        ("\\(a_1 * b_2\\) and \\[ x_1 \\]", "`a_1 * b_2` and `x_1`"),
        ("$$E = mc^2$$, $x_1*y_1$ and $\\alpha$", "`E = mc^2`, `x_1*y_1` and `\\alpha`"),
        ("from $5 to $6, US$_a$, \\$x^2$ and `$x^2$`", "from $5 to $6, US$_a$, \\$x^2$ and `$x^2$`"),
        ("1 + 2 and a | b - [ ] c", "1 + 2 and a | b - [ ] c"),
        ("if a || b || c, not `d || e` nor ||this||", "if a \\|\\| b \\|\\| c, not `d || e` nor ||this||"),
        ("first||' '||last, (a)||[b] and ||this||", "first\\|\\|' '\\|\\|last, (a)\\|\\|[b] and ||this||"),
        ("答案是||小明||。答えは||東京||です", "答案是||小明||。答えは||東京||です"),
        ("It was ||Snape||'s plan, ||he|| said.", "It was ||Snape||'s plan, ||he|| said."),
        ('He said "||Tom | Ann||"s, (||x||)y', 'He said "||Tom | Ann||"s, (||x||)y'),
        ('a||", "||b||" "||c', 'a\\|\\|", "\\|\\|b\\|\\|" "\\|\\|c'),
        ("x = 'a'||b||'c', ||this||", "x = 'a'\\|\\|b\\|\\|'c', ||this||"),
        ("**A**: `x` **b `**kwargs` c** `y`, **d**", "**A**: `x` b `**kwargs` c `y`, **d**"),
        ("`` a ` b || c `` and ``x`__y__``", "`` a ` b || c `` and ``x`__y__``"),
        (">>> import os\n>>> os.getcwd()\n> > x", "\\>>> import os\n\\>>> os.getcwd()\n> > x"),
        ("```\n>>> 1\n```\na >>> b", "```\n>>> 1\n```\na >>> b"),
        ("So:\n$$\na_1 * b_2 \\\\ \\{c\\}\n$$\n#### Then", "So:\n```\na_1 * b_2 \\\\ \\{c\\}\n```\n**Then**"),
        ("\\[\n  x\n+ y\n\\]", "```\n  x\n+ y\n```\n"),
        ("$$\nx", "```\nx\n```"),
        ("x\n$$\n\n#### Four", "x\n\n**Four**"),
        ("$$\nx\n\n---\n\ny", "```\nx\n```\n\n\ny"),
        ("$$\nx\n$$\n$$\ny\n$$\n", "```\nx\n```\n```\ny\n```\n"),
        ("$$\na=b\n\nc=d\n$$\ntext **bold**\nmore", "```\na=b\n```\n\nc=d\ntext **bold**\nmore"),
        ("$$\nx\n\ny\n\n$$\nz\n$$\n#### Then", "```\nx\n```\n\ny\n\n```\nz\n```\n**Then**"),
        ("$$\nx\n\ny\n\\[\nz\n\\]\na:\n$$\nb\n$$", "```\nx\n```\n\ny\n```\nz\n```\na:\n```\nb\n```\n"),
        ("- item\n  $$\n  x\n```\n$$\n```", "- item\n```\n  x\n```\n```\n$$\n```"),
    ],
)
def test_what_discord_does_not_draw_is_drawn_otherwise(written: str, shown: str) -> None:
    assert looks(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("```python\n#### no heading\n---\n```\n", "```python\n#### no heading\n---\n```\n"),
        ("~~~js title=x\na\n~~~", "```js\na\n```"),
        ("```{.python}\na\n```", "```\na\n```"),
        ("- item\n  ```sh\n  ls\n    -l\n  ```\nafter", "- item\n```sh\nls\n  -l\n```\nafter"),
        ("1. ```sh\n   ls\n   ```\n", "1.\n```sh\nls\n```\n"),
        ("````md\n```js\nx\n```\n````", f"```md\n``{ZERO_WIDTH}`js\nx\n``{ZERO_WIDTH}`\n```"),
        ("> ```py\n> a\n> ```\nafter", "> ```py\n> a\n> ```\nafter"),
        ("```py\nhalf", "```py\nhalf"),
        ("Use ```py\n1\n``` to **print**.", "Use ``\u200b`py\n1\nto **print**."),
        ("> Use ```py\n> 1\n> ``` to print.\n> ```\nx", "> Use ``\u200b`py\n> 1\n> to print.\nx"),
        ('```py title="x"\n', "\n"),
    ],
)
def test_code_is_shown_in_the_only_fences_that_discord_knows(written: str, shown: str) -> None:
    assert looks(written) == shown


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/psf/requests/blob/main/src/requests/__init__.py",
        "https://docs.python.org/3/library/__main__.html#module-__main__",
        "https://a.example/?a=$x_1$&b={__typename}&c=__b__",
        "https://a.example/__tests__",
    ],
)
@pytest.mark.parametrize(
    "written", ["See {} here.", "<{}>", "[a.example github.com docs.python.org]({})", "Sources: {}."]
)
def test_addresses_lead_where_they_led(written: str, address: str) -> None:
    text = written.format(address)

    assert looks(text) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("([https://a.example/](https://a.example).)", "(<https://a.example>.)"),
        ("[http://a.example/b_(c)](http://a.example/b_(c))", "<http://a.example/b_(c)>"),
        ("![https://a.example/b](<https://a.example/b>)", "<https://a.example/b>"),
        ("[Docs: https://a.example/b](https://a.example/c)", "[Docs: a.example/b](https://a.example/c)"),
        ("[https://bank.example](https://a.example)", "[bank.example (a.example)](https://a.example)"),
        ("[https://x@a.example](https://x@a.example)", "[x@a.example (a.example)](https://x@a.example)"),
        ("[🔗 Docs](https://a.example)", "[Docs (a.example)](https://a.example)"),
        ("[👩‍👩‍👧 Us 1️⃣ ❤️](https://a.example)", "[Us 1 (a.example)](https://a.example)"),
        ("[🎉](https://a.example/b)", "<https://a.example/b>"),
        ("[`https://a.example/b`](https://a.example/b)", "<https://a.example/b>"),
        ("[`see https://a.example/b`](https://a.example/c)", "[see a.example/b](https://a.example/c)"),
        ("[`b`](https://a.example) `[`` x", "[`b` (a.example)](https://a.example) `[`` x"),
        ("``[`https://a.example`](https://a.example)``", "``[`https://a.example`](https://a.example)``"),
        ("[https://x.org/`a`](https://x.org/`a`) rest", "[x.org/`a`](https://x.org/`a`) rest"),
        ("[https://x.org/`a`](https://x.org/`b`) `c`", "[x.org/`a`](https://x.org/`b`) `c`"),
        ("`[🎉](x)` [a → b (a.example)](https://a.example)", "`[🎉](x)` [a → b (a.example)](https://a.example)"),
    ],
)
def test_links_are_drawn_that_discord_leaves_as_they_are_written(written: str, shown: str) -> None:
    """Those with an address or an emoji in what they say."""
    assert looks(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Sagittarius A*: near A*, and *far*, far.", "Sagittarius A\\*: near A\\*, and *far*, far."),
        ("e^(-r*T) * N(d) - K*e^(-q*T) * N(f)", "e^(-r\\*T) * N(d) - K\\*e^(-q\\*T) * N(f)"),
        ("(C_{ij})^T = B_i * B_(n) + Σ_μ, _so_.", "(C\\_{ij})^T = B_i * B\\_(n) + Σ\\_μ, _so_."),
        ("She _____ (go). He ___.", "She \\_\\_\\_\\_\\_ (go). He \\_\\_\\_."),
        ("*see `a*b` and **c** here*, then", "*see `a*b` and **c** here*, then"),
        ("All *.py and *.js, **.env** and *.git* too", "All \\*.py and \\*.js, **.env** and *.git* too"),
        (
            "___so___ a_b_c, *re*write, https://a.example/b_(c)*d",
            "***so*** a_b_c, *re*write, https://a.example/b_(c)*d",
        ),
        ("[A*: a.example](https://a.example/b*c)", "[A*: a.example](https://a.example/b*c)"),
    ],
)
def test_signs_that_mark_nothing_stay(written: str, shown: str) -> None:
    assert looks(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1. a\n- b\n  - c\n- d\n2. e\n   - f\n3. g", "1. a\n\n- b\n  - c\n- d\n\n2. e\n   - f\n3. g"),
        ("+ a\n  b\n1. c\n\n- d\ne\n1. f", "- a\n  b\n\n1. c\n\n- d\ne\n1. f"),
        ("- a\n- b\n* c\n1) d\n- e", "- a\n- b\n* c\n1) d\n- e"),
    ],
)
def test_a_list_with_numbers_and_one_without_stay_two(written: str, shown: str) -> None:
    """Discord makes one of them, with a number for each item or for none."""
    assert looks(written) == shown


def test_marks_around_addresses_are_drawn() -> None:
    assert looks("__see https://a.example/__x__y now__ and __https://a.example__") == (
        "**see https://a.example/__x__y now** and **https://a.example**"
    )


def test_a_fence_with_nothing_in_it_yet_is_not_shown() -> None:
    assert looks("look:\n```python\n```") == "look:\n"
    assert looks("look:\n```python\n") == "look:\n\n"


@pytest.mark.parametrize(
    "text",
    [
        *("@everyone", "@here", "<@123>", "<@!123>", "<@&123>", "`@everyone`", "```\n<@1>\n```"),
        *("Dear @everyone.", "(@here)", "Done.@everyone", "word@here", "@here/", "**@everyone**-", "_@everyone_"),
    ],
)
def test_nothing_rings_anybody(text: str) -> None:
    shown = looks(text)

    assert not any(ring in shown for ring in ("@everyone", "@here", "<@"))
    assert shown.replace(ZERO_WIDTH, "") == text


@pytest.mark.parametrize(
    "text",
    [
        "```sql\nSELECT a <@ b\n```",
        "`List<@Nullable String>`",
        "`npm i @here/harp-mapview @everyone-app/x @here.js`",
        "team@hereford.gov.uk me@everyone.example",
        "@hereby",
    ],
)
def test_what_people_copy_rings_nobody_and_stays_whole(text: str) -> None:
    assert looks(text) == text


def test_nothing_invisible_is_sent_but_what_pages_put_there() -> None:
    assert looks(f"a{ZERO_WIDTH}{ZERO_WIDTH}b\u202ec\U000e0041\n{ZERO_WIDTH}# b\n") == f"abc\n{ZERO_WIDTH}# b\n"
    assert looks(f"- {ZERO_WIDTH}```a") == f"- {ZERO_WIDTH}``{ZERO_WIDTH}`a"


@pytest.mark.parametrize("count", range(3, 10))
def test_no_run_of_backticks_ends_a_block_of_code(count: int) -> None:
    shown = looks(f"~~~\na{'`' * count}b\n~~~")

    assert shown.count("```") == 2
    assert shown.replace(ZERO_WIDTH, "") == f"```\na{'`' * count}b\n```"


def test_backticks_in_mid_line_do_not_turn_the_next_block_inside_out() -> None:
    link = "[bank](https://evil.example)"

    assert looks(f"a ``` b\n```\n{link}\n```") == f"a ``{ZERO_WIDTH}` b\n```\n{link}\n```"
    assert looks(f"a `b\n`{link}` c") == "a `b\n`[bank (evil.example)](https://evil.example)` c"
    assert looks("a ```b``` c") == "a ```b``` c"


def test_a_table_is_drawn_and_what_stands_around_it_stays() -> None:
    text = "Look:\n| Name | Age |\n|---|--:|\n| Ada | 36 |\n\n#### Then"

    assert looks(text) == "Look:\n```\nName | Age\n-----+----\nAda  |  36\n```\n\n**Then**"


def test_a_table_in_code_is_code() -> None:
    text = "```md\n| a | b |\n|---|---|\n| 1 | 2 |\n```"

    assert looks(text) == text


# Sizes


@RELAXED
@given(MARKDOWN | DOCUMENTS)
def test_no_text_becomes_longer_than_it_measures(text: str) -> None:
    assert len(looks(text)) <= measure(text)


@pytest.mark.parametrize(
    "text", ["a ``b``$x_1$ c", "$x_1$``b`` c", "``a``$x_1$``b``", "`` w ` ``$x_1$", "``` $x_1$``b``"]
)
def test_a_formula_that_touches_code_grows_no_longer_than_it_measures(text: str) -> None:
    assert len(looks(text)) <= measure(text)


@pytest.mark.parametrize("unseen", [ZERO_WIDTH, "\u202e", "\u2060" * 9, "\u115f\x1c", f"\u202e{ZERO_WIDTH}"])
@pytest.mark.parametrize(
    "written", ["!~[](", "![~](", "![]~(", "[a]~(https://a.long.host.example/)", " |~| ", "~|~ a |\n~|---|", "``~`"]
)
def test_what_nobody_can_see_hides_nothing_that_grows(written: str, unseen: str) -> None:
    text = written.replace("~", unseen)

    assert len(looks(text)) <= measure(text)


@RELAXED
@given(st.lists(MARKDOWN, max_size=5))
def test_lines_measure_together_what_they_measure_alone(texts: list[str]) -> None:
    whole = "".join(texts)

    assert measure(whole) == sum(map(measure, re.split(r"(?<=\n)", whole)))


@RELAXED
@given(MARKDOWN)
def test_a_longer_text_never_measures_less(text: str) -> None:
    sizes = [measure(text[:end]) for end in range(len(text) + 1)]

    assert sizes == sorted(sizes)


@settings(deadline=None, max_examples=40)
@given(MARKDOWN.map(lambda text: text * 3))
def test_what_pages_cuts_is_taken_by_discord(text: str) -> None:
    assert all(len(looks(page.text)) <= SIZE for page in pages(text * 5, SIZE, measure))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_what_pages_cuts_opens_no_code_that_it_does_not_close(seed: int) -> None:
    sent = [looks(page.text) for page in pages(adversary(Random(seed)), 600, measure, final=False, most=50)]

    assert all(len(_FENCES.findall(text)) % 2 == 0 for text in sent)
    assert all(len(text) <= 600 for text in sent)


@RELAXED
@given(DOCUMENTS)
def test_what_was_read_stays_while_the_text_goes_on(text: str) -> None:
    """At the end of each line, what has been shown above the last block is a prefix of what is shown later."""
    lines = [line for line in text.splitlines(keepends=True) if not any(mark in line for mark in "|`~")]
    prose = "".join(lines)

    for end in range(0, len(lines), len(lines) // 10 + 1):
        assert looks(prose).startswith(looks("".join(lines[:end])))


@pytest.mark.parametrize("mark", ["**x ", "***x ", "~~x ", "__x ", "___x "])
@pytest.mark.parametrize("around", ["| a | b |\n|---|---|\n| {} |\n", "#### {}\n"], ids=["cell", "heading"])
def test_marks_that_are_never_closed_take_no_longer_than_their_number(mark: str, around: str) -> None:
    """Eight times as many: were the end of each looked for through the whole line, it would be 64 times as long."""

    def takes(count: int) -> float:
        text, took = around.format(mark * count), list[float]()
        for _ in range(3):
            began = time.thread_time()
            looks(text)
            took.append(time.thread_time() - began)
        return min(took)

    assert takes(2_400) < 24 * takes(300)
