"""Texts cut into messages, generated documents as they grow: every promise of `pages`, and what a cut costs.

    python -m tests.benchmarks.screen_pages [COUNT] [--seed FIRST] [--step N]

Every promise at every N-th prefix. With 1, every one, 1,000 documents take a minute.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from tests.core.adversaries import adversary
from tests.core.documents import document
from tests.core.test_text import check_end, check_every_prefix, in_bytes

USUAL = 100_000
"""Seeds of documents as a model might write them; those from here on are made to be misread."""


@dataclass(frozen=True, slots=True)
class Cut:
    """So many documents, their prefixes that were checked, the seeds of those that broke a promise, the seconds."""

    documents: int
    prefixes: int
    failed: tuple[int, ...]
    seconds: float


def check(seed: int, step: int = 1) -> int:
    """Check one document; at how many prefixes. Raises AssertionError."""
    random = Random(seed)
    markdown = document(random) if seed < USUAL else adversary(random)
    size = random.choice([200, 220, 300, 500])
    measure, most = random.choice([len, in_bytes]), random.choice([5, 50])
    check_every_prefix(markdown, size, measure, most, step=step)
    check_end(markdown, size, measure, most)
    return len(markdown) // step + 1


def run(count: int, first: int = 0, step: int = 1) -> Cut:
    began, prefixes, failed = perf_counter(), 0, list[int]()
    for seed in range(first, first + count):
        try:
            prefixes += check(seed, step)
        except AssertionError:
            failed.append(seed)
    return Cut(count, prefixes, tuple(failed), round(perf_counter() - began, 1))


def run_aside(count: int, first: int, step: int) -> Cut:
    """The same, behind whatever else wants the processor."""
    os.nice(19)
    return run(count, first, step)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen_pages")
    parser.add_argument("count", type=int, nargs="?", default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--step", type=int, default=1)
    chosen = parser.parse_args(arguments)
    found = run(chosen.count, chosen.seed, chosen.step)
    each = found.seconds / max(found.prefixes, 1) * 1e6
    sys.stdout.write(f"{found.documents} documents, {found.prefixes} prefixes, {each:.0f} us each with its checks; ")
    sys.stdout.write(f"failed seeds: {', '.join(map(str, found.failed)) or 'none'}\n")
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
