"""The README tells the figures that were measured last, where its markers are."""

from pathlib import Path

import pytest

from tests.benchmarks import cost, readme, rows
from tests.benchmarks.rows import Seen
from tests.benchmarks.test_cost import FULL, PACED, PLAIN

README = Path(__file__).parents[2] / "README.md"


def test_what_stands_between_the_markers_is_replaced_and_nothing_else() -> None:
    text = README.read_text("utf-8")

    first = readme.told(text, "what was measured first")
    again = readme.told(first, "what was measured then\n")

    assert again == first.replace("measured first", "measured then")
    assert text.partition(readme.BEGIN)[0] == again.partition(readme.BEGIN)[0]
    assert text.partition(readme.END)[2] == again.partition(readme.END)[2]
    with pytest.raises(ValueError, match="markers"):
        readme.told("nothing here", "figures")


def test_the_figures_are_tables_and_a_sentence() -> None:
    live = [rows.row(f"Slack, {count} at once", [Seen(end_lag=0.1, lags=[0.5], is_exact=True)], 0) for count in (1, 5)]
    about = {"cores": 2, "python": "3.11", "date": "2026-11-21"}

    said = readme.paragraphs(live, cost.Costs(PACED, FULL, PLAIN, PLAIN, (100.0, 121.0), {}), about)

    assert "| 1 | 0.50 | 0.50 | 0.10 |\n| 5 | 0.50 | 0.50 | 0.10 |" in said
    assert "4.2 ms" in said
    assert "121 MiB" in said
    assert "12 and 4 times as much" in said
    assert "Discord" not in said
