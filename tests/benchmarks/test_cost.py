"""What a turn costs, as far as it is reckoned."""

import os
import sys

import pytest

from tests.benchmarks import cost

PACED = cost.Cost("paced", 100, 13.0, 12.5, 1.5, (100.0, 101.0), 2.0)
FULL = cost.Cost("at full speed", 100, 50.0, 4.25, 1.5, (100.0, 101.0))
PLAIN = cost.Cost("plain", 100, 10.0, 50.0, 0.0, (90.0, 90.0))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_process_has_used_time_and_memory() -> None:
    before = cost.processor(os.getpid())
    sum(number * number for number in range(2_000_000))

    assert cost.processor(os.getpid()) > before
    assert 10 < cost.memory(os.getpid()) < 10_000


def test_costs_are_a_table() -> None:
    found = cost.Costs(PACED, FULL, PLAIN, PLAIN, (100.0, 110.0, 121.0), {"accept": 1, "take": 2.5})

    assert found.growth == 1.1
    assert cost.table(found).splitlines()[2:] == [
        "| paced | 100 | 13.0 | 12.5 | 1.5 | 2.0 |",
        "| plain | 100 | 10.0 | 50.0 | 0.0 | 0.0 |",
        "| at full speed | 100 | 50.0 | 4.2 | 1.5 | 0.0 |",
        "| plain | 100 | 10.0 | 50.0 | 0.0 | 0.0 |",
        "",
        "MiB of the bot as turns went by at full speed: 100, 110, 121.",
        "",
        "Scripts of one turn of 200 tokens at 80/s: accept 1, take 2.5.",
    ]
