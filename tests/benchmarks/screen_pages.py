"""Texts cut into messages, generated documents at every prefix: every promise of `pages`, and what a cut costs.

python -m tests.benchmarks.screen_pages [COUNT] [--seed FIRST]
"""

import argparse
import sys
from collections.abc import Sequence
from random import Random
from time import perf_counter

from tests.core.documents import document
from tests.core.test_text import check_end, check_every_prefix, in_bytes


def check(seed: int) -> int:
    """Check one document; its length. Raises AssertionError."""
    random = Random(seed)
    markdown, size = document(random), random.choice([200, 220, 300, 500])
    measure, most = random.choice([len, in_bytes]), random.choice([5, 50])
    check_every_prefix(markdown, size, measure, most)
    check_end(markdown, size, measure, most)
    return len(markdown)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen_pages")
    parser.add_argument("count", type=int, nargs="?", default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    began, prefixes, failed = perf_counter(), 0, list[int]()
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        try:
            prefixes += check(seed)
        except AssertionError:
            failed.append(seed)
    each = (perf_counter() - began) / max(prefixes, 1) * 1e6
    sys.stdout.write(f"{chosen.count} documents, {prefixes} prefixes, {each:.0f} us each with its checks; ")
    sys.stdout.write(f"failed seeds: {failed or 'none'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
