"""What a turn costs, as far as it is reckoned."""

import os
import sys

import pytest

from tests.benchmarks import cost


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_process_has_used_time_and_memory() -> None:
    before = cost.processor(os.getpid())
    sum(number * number for number in range(2_000_000))

    assert cost.processor(os.getpid()) > before
    assert 10 < cost.memory(os.getpid()) < 10_000


def test_turns_come_in_parts_that_the_playground_can_forget() -> None:
    assert cost._parts(1_200) == [500, 500, 200]


def test_costs_are_a_table() -> None:
    one = cost.Cost("at full speed", 100, 50.0, 4.25, 1.5, (100.0, 101.0, 102.0))

    assert cost.table([one], {"accept": 1, "take": 2.5}).splitlines()[2:] == [
        "| at full speed | 100 | 50.0 | 4.2 | 1.5 | 100, 101, 102 |",
        "",
        "Scripts of one turn of 200 tokens at 80/s: accept 1, take 2.5.",
    ]
