"""A chart is a picture that any reader of SVG understands."""

from itertools import pairwise
from xml.etree import ElementTree

from tests.benchmarks.chart import LEAST_GAP, Line, chart

LINES = [
    Line("one <1>", "red", [(1, 0.2), (10, 60)]),
    Line("two", "blue", [(1, 0.2), (10, 59)], "2 4"),
    Line("dots", "grey", [(1, 1), (10, 60)], dots=True),
]


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(chart("A & B", LINES, (1, 5, 10), (0.2, 1, 60)))  # noqa: S314  # our own


def of(kind: str) -> list[ElementTree.Element]:
    return drawn().findall(f"{{http://www.w3.org/2000/svg}}{kind}")


def test_every_line_is_drawn_from_the_left_to_the_right() -> None:
    paths = [[point.split(",")[0] for point in line.attrib["points"].split()] for line in of("polyline")]

    assert paths == [["64.0", "560.0"]] * 2
    assert len(of("circle")) == 2


def test_labels_do_not_stand_on_each_other() -> None:
    labels = {text.text: float(text.attrib["y"]) for text in of("text") if text.text in ("one <1>", "two", "dots")}

    heights = sorted(labels.values())
    assert len(heights) == 3
    assert all(after - before >= LEAST_GAP for before, after in pairwise(heights))
