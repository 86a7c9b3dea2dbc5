"""Formulas come as code, and nothing else does."""

from time import process_time

import pytest

from core.formulas import SPAN, around, as_code, on_lines, outside


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"The set \(\{a_i\}_{i=1}^{n}\) is.", r"The set `\{a_i\}_{i=1}^{n}` is."),
        (r"Let \(x\) and \( ab \) be, \(5\) too.", "Let `x` and `ab` be, `5` too."),
        (r"\[ \left\{ x_1,\; x_2 \right\} \]", r"`\left\{ x_1,\; x_2 \right\}`"),
        ("$$E = mc^2$$ or $b_*$ of $c_*$", "`E = mc^2` or `b_*` of `c_*`"),
        ("It costs $5 and $10, or US$3_0$.", "It costs $5 and $10, or US$3_0$."),
        (r"\( \) and \(x and \(y\) and \[ \left[ a \right] \]", r"\( \) and \(x and `y` and `\left[ a \right]`"),
        (r"\[optional\] and \(see below\)", r"\[optional\] and \(see below\)"),
        (r"\[x = y\](https://a.example/optional) too", "`x = y`(https://a.example/optional) too"),
        (r"Unit \(m/s\), the 5\(^{th}\), 令\(x\)为, \[ n < 2 \]", "Unit `m/s`, the 5`^{th}`, 令`x`为, `n < 2`"),
    ],
)
def test_a_formula_comes_as_code_and_what_is_none_stays(text: str, shown: str) -> None:
    assert as_code(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        r"the footnotes \[1\], \[2\]",
        r"array\[0\], list\[i\] and list\[i + 1\]",
        r"- \[x\] done",
        r"\[2024-01-01\] release",
        r"\[x\](https://a.example)",
        r"\[a/b\] or \[a|b\]",
        r"call f\(x, 2\), see \(page 3 and/or 4\)",
        r"a & b \\[2pt] c & d \\[2pt] and \\(x_1\\)",
    ],
)
def test_brackets_that_are_escaped_in_prose_stay(text: str) -> None:
    assert as_code(text) == text


@pytest.mark.parametrize("sign", [r"\\(x", r"\\[2pt] a & b ", r"\(x", r"\[ a ", r"a \\\(", "$x_", "$$ x "])
def test_a_line_of_marks_that_begin_no_formula_is_looked_through_in_no_time(sign: str) -> None:
    began = process_time()

    as_code(sign * (30_000 // len(sign)))

    assert process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("So\n$$\nx\n$$\nthen\n", [("So\n", ""), ("", "x\n"), ("then\n", "")]),
        ("\\[\nx\n\\]\n", [("", ""), ("", "x\n"), ("", "")]),
        ("$$\nx\n\nthen\n", [("", ""), ("", "x\n"), ("\nthen\n", "")]),
        ("$$\nx\n\ny\n$$\nthen\n", [("", ""), ("", "x\n"), ("\ny\n", ""), ("then\n", "")]),
        ("$$\nx\n", [("", ""), ("", "x\n")]),
        ("a \\\\\nb \\\\\n$$\nthen\n", [("", "a \\\\\nb \\\\\n"), ("then\n", "")]),
        ("C:\\a\n$$\nx\n", [("C:\\a\n", ""), ("", "x\n")]),
        ("a\nb \\\\\n$$\nthen\n", [("a\nb \\\\\n", ""), ("", "then\n")]),
    ],
)
def test_formulas_on_lines_of_their_own_are_told_from_prose(text: str, parts: list[tuple[str, str]]) -> None:
    found = on_lines(text.splitlines(keepends=True))

    assert [("".join(prose), "".join(formula)) for prose, formula in found] == parts


def test_code_ends_with_as_many_backticks_as_it_began_with() -> None:
    found = [span[2] for span in SPAN.finditer("`a` ``b ` c`` ``d` e```")]

    assert found == ["a", "b ` c"]
    assert outside("`` a ` b `` c", str.upper) == "`` a ` b `` C"


def test_marks_around_code_are_changed_and_those_in_it_stay() -> None:
    assert around("*a `*` b*", lambda text: text.replace("*", "")) == "a `*` b"
    assert around("*a `*` b*", str.upper, lambda span: span[2]) == "*A * B*"


def test_an_address_holds_no_formula() -> None:
    assert as_code("$x_1$ https://a.example/?a=$x_1$ $x_1$") == "`x_1` https://a.example/?a=$x_1$ `x_1`"
