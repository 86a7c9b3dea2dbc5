"""How a line stands on its page."""

import pytest

from core.lines import Flow


def page(*lines: str, flow: Flow | None = None) -> tuple[str, Flow]:
    """What is shown of these lines, and what is behind them."""
    flow, shown = flow or Flow(100), ""
    for line in lines:
        shown += flow.shown(line)
        flow = flow.after(line)
    return shown, flow


def overleaf(*lines: str, then: tuple[str, ...]) -> str:
    """What is shown of the lines that come on the next page."""
    flow = page(*lines)[1].overleaf()
    return flow.head("") + page(*then, flow=flow)[0]


def test_what_a_line_leaves_is_ended() -> None:
    assert page("- ```\n", "  code\n", "- next\n")[0] == "- ```\n  code\n  ```\n- next\n"
    assert page("- ```\n", "  code\n", "\n", "text\n")[0] == "- ```\n  code\n\n  ```\ntext\n"
    assert page("> ```\n", "> code\n", "text\n")[0] == "> ```\n> code\n> ```\ntext\n"
    assert page("> ```\n", "> code\n", "\n")[0] == "> ```\n> code\n> ```\n\n"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("- ```\n", "code\n", "  ```\n"), "- ```\n  code\n  ```\n"),
        (("- ```\n", "  code\n", "```\n", "text\n"), "- ```\n  code\n  ```\ntext\n"),
        (("- ```\n", " code\n", "\n", "- more\n", "  ```\n"), "- ```\n  code\n\n  - more\n  ```\n"),
        (("  ```\n", "code\n"), "  ```\n  code\n"),
    ],
)
def test_code_that_was_not_indented_like_its_item_is(lines: tuple[str, ...], shown: str) -> None:
    assert page(*lines)[0] == shown


def test_a_list_goes_on_without_the_indentation_of_the_items_that_it_is_in() -> None:
    assert overleaf("1. a\n", "   - b\n", then=("     c\n", "   - d\n", "2. e\n")) == "c\n- d\n2. e\n"
    assert overleaf("1. a\n", then=("   - b\n", "\n", "   ```\n", "   c\n")) == "- b\n\n```\nc\n"
    assert overleaf("text\n", "\n", then=("    code\n",)) == "    code\n"


def test_code_goes_on_without_any_and_ends_with_its_item() -> None:
    code = ("1. a\n", "    ```py\n", "    b\n")

    assert overleaf(*code, then=("      c\n", "    ```\n", "   d\n")) == "```py\n  c\n```\nd\n"
    assert overleaf(*code, then=("    c\n", "2. d\n")) == "```py\nc\n```\n2. d\n"
    assert overleaf("> - ```\n", ">   a\n", then=(">   b\n", "> c\n")) == ">   ```\n>   b\n>   ```\n> c\n"


def test_a_table_of_a_list_goes_on_below_its_header() -> None:
    header = ("   | a | b |\n", "   |---|---|\n")

    assert overleaf("1. x\n", *header, then=("   | 1 | 2 |\n",)) == "| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_the_rest_of_a_line_stays_in_its_quote_and_reads_as_nothing_else() -> None:
    assert page()[1].amid("> some ").overleaf(is_cut=True).head("w") == "> "
    assert page()[1].amid("some ").overleaf(is_cut=True).head("-") == "\u200b"
    assert page("> ```\n")[1].amid("> some ").overleaf(is_cut=True).head("`") == "> ```\n> \u200b"
