"""`python -m tests.simulator [--seeds N] [--seed N -v]`: crashes in virtual time, as a table and a file of figures."""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path

from core.store.server import sources
from core.telling import LOGGER
from tests.report import conditions, cores, say, table
from tests.simulator.ablation import ABLATIONS, Ablation
from tests.simulator.checker import KINDS
from tests.simulator.simulation import Result, simulate
from tests.simulator.valkey import CLOCK, Connection, valkey

FIGURES = Path(__file__).parents[1] / "benchmarks" / "figures" / "simulator.json"
SEEDS, ABLATED, PART = 1_500, 100, 25
PRODUCT = -1
"""Instead of an ablation's number: with all its safeguards."""
COMMAND = "python -m tests.simulator"


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Crash it at every step, in no time.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many; with all of them the figures are kept")
    parser.add_argument("--ablated", type=int, default=ABLATED, help="seeds of each ablation")
    parser.add_argument("--seed", type=int, help="only this one, again")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what happened in it")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        sys.exit(replay(chosen.seed, verbose=chosen.verbose))
    sys.exit(storm(chosen.seeds, chosen.ablated))


def replay(seed: int, *, verbose: bool) -> bool:
    """One seed again. Whether a promise was broken."""
    with _connection(sources(CLOCK)) as connection:
        result = simulate(seed, connection, verbose=verbose)
    say("\n".join([*result.lines, f"seed {seed}, digest {result.digest}", str(result.verdict)]))
    return not result.verdict.is_fine


def storm(seeds: int, ablated: int) -> bool:
    """All seeds, then some of them with each safeguard taken out. Whether a promise was broken."""
    began = time.perf_counter()
    with ProcessPoolExecutor(cores()) as pool:
        figures = _figures(_told(result) for result in _all(pool, seeds))
        figures["real_seconds"] = round(time.perf_counter() - began)
        say(table(figures))
        failed = {
            ablation.name: sum(not result.verdict.is_fine for result in _all(pool, ablated, number))
            for number, ablation in enumerate(ABLATIONS)
        }
    say(table({f"seeds of {ablated} that fail {name}": count for name, count in failed.items()}))
    if seeds >= SEEDS:
        kept = conditions() | {"command": COMMAND} | figures | {"ablations": {"seeds": ablated, "failed": failed}}
        FIGURES.parent.mkdir(parents=True, exist_ok=True)
        FIGURES.write_text(json.dumps(kept, indent=2) + "\n")
    return bool(figures["failed_seeds"]) or not all(failed.values())


def _all(pool: Executor, seeds: int, ablation: int = PRODUCT) -> Iterator[Result]:
    """In the order of the seeds, from as many processes as there are cores, each with a Valkey of its own."""
    parts = [range(first, min(first + PART, seeds)) for first in range(0, seeds, PART)]
    return chain.from_iterable(pool.map(_part, parts, repeat(ablation)))


def _part(seeds: range, ablation: int) -> list[Result]:
    chosen = ABLATIONS[ablation] if ablation != PRODUCT else Ablation("")
    with _connection(chosen.texts()) as connection:
        return [simulate(seed, connection, chosen.variant) for seed in seeds]


@contextmanager
def _connection(texts: Mapping[str, str]) -> Iterator[Connection]:
    """What a simulated process logs is not read."""
    logging.getLogger(LOGGER).disabled = True
    with (
        tempfile.TemporaryDirectory(prefix="parley-simulator-") as folder,
        valkey(Path(folder)) as socket,
        Connection(socket, texts) as connection,
    ):
        yield connection


def _told(result: Result) -> Result:
    if not result.verdict.is_fine:
        say(f"seed {result.seed} fails; {COMMAND} --seed {result.seed} -v replays it\n{result.verdict}")
    return result


def _figures(results: Iterable[Result]) -> dict[str, object]:
    counts, takeovers, failed, seeds = Counter[str](), list[float](), 0, 0
    broken = Counter[str](dict.fromkeys(KINDS, 0))
    for result in results:
        counts += result.counts
        takeovers += result.verdict.takeovers
        broken.update({kind: len(found) for kind, found in result.verdict.problems.items()})
        failed += not result.verdict.is_fine
        seeds += 1
    return {
        "seeds": seeds,
        "failed_seeds": failed,
        **counts,
        "takeovers": len(takeovers),
        "takeover_p50": _quantile(takeovers, 0.5),
        "takeover_p99": _quantile(takeovers, 0.99),
        "takeover_max": _quantile(takeovers, 1.0),
        "broken": dict(broken),
    }


def _quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 3) if ordered else 0.0


if __name__ == "__main__":
    main()
