"""Fifty worlds with crashes, frozen processes, lost replies, outages, clocks that jump: none breaks a promise."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulator.simulation import simulate
from tests.simulator.valkey import Connection

SEEDS = 50
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_whatever_dies_each_message_is_answered_once_and_in_order(connection: Connection, tens: int) -> None:
    counts = Counter[str]()
    for seed in range(10 * tens, 10 * tens + 10):
        result = simulate(seed, connection)
        assert result.verdict.is_fine, f"python -m tests.simulator --seed {seed} -v replays it\n{result.verdict}"
        counts += result.counts

    assert counts["crashes"] >= 10
    assert counts["turns"] >= 50
    assert counts["model_calls"] >= counts["turns"] // 2


def test_a_seed_is_the_same_whenever_it_is_run(connection: Connection) -> None:
    first = [simulate(seed, connection).digest for seed in (11, 12, 13)]

    assert [simulate(seed, connection).digest for seed in (13, 12, 11)] == first[::-1]
    assert len(set(first)) == 3


def test_a_seed_is_the_same_in_every_process() -> None:
    said = [_replayed(13, {"PYTHONHASHSEED": hashes}) for hashes in ("1", "2")]

    assert said[0] == said[1]
    assert "asks call 1" in said[0]


def _replayed(seed: int, environment: dict[str, str]) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "tests.simulator", "--seed", str(seed), "-v"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
