"""Where tests run, when several processes share them."""

from pathlib import Path

import pytest

from tests.schedule import ALONE, WAITING, WORKING, place, unit

ROOT = Path(__file__).parents[1]


def test_a_file_is_run_by_one_process_but_what_shares_nothing() -> None:
    assert unit("tests/core/test_text.py::test_it[a::b]") == "tests/core/test_text.py"
    assert unit("tests/chaos/test_drain.py::test_it[a]") == "tests/chaos/test_drain.py::test_it[a]"


def test_whoever_is_not_named_comes_last() -> None:
    lane = ("tests/b.py", "tests/a")

    assert [place(name, lane) for name in ("tests/a/c.py", "tests/b.py", "tests/c.py")] == [1, 0, 2]


@pytest.mark.parametrize("begin", [*WAITING, *WORKING, *ALONE])
def test_whatever_is_named_is_there(begin: str) -> None:
    file, _, test = begin.partition("::")

    assert (ROOT / file).exists()
    assert test in (ROOT / file).read_text("utf-8") if test else True
