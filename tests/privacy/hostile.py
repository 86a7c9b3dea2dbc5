"""`python -m tests.privacy.hostile 10000`: so many hostile outputs and inputs, and how many of them did harm.

The figures go to tests/benchmarks/figures/hostile.json.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from core.contract import Event
from tests.privacy import hostile_inputs, hostile_outputs
from tests.privacy.hostile_inputs import broken, is_elsewhere, same, spoken

FIGURES = Path(__file__).parents[1] / "benchmarks" / "figures" / "hostile.json"
KINDS = ("ping", "preview", "escape", "exception", "elsewhere")

Reader = tuple[str, Callable[[Any], Iterator[Event]], Callable[[Any], str]]
READERS: tuple[Reader, ...] = (
    ("slack", hostile_inputs.on_slack, hostile_inputs.where_on_slack),
    ("discord", hostile_inputs.on_discord, hostile_inputs.where_on_discord),
)


def outputs(seed: int, count: int) -> Iterator[tuple[str, list[str]]]:
    """(harm, the output's pieces) of all that did harm."""
    random = Random(seed)
    for _ in range(count):
        pieces = hostile_outputs.output(random)
        for kind in set(hostile_outputs.harm(pieces)):
            yield kind, pieces


def inputs(seed: int, count: int) -> Iterator[tuple[str, Any]]:
    """(harm, payload) of all that did harm; on each platform half of them break its shape, half only what is said."""
    random = Random(seed)
    recorded = {name: hostile_inputs.payloads(name) for name, _, _ in READERS}
    for number in range(count):
        name, read, where = READERS[number % 2]
        payload = random.choice(recorded[name])
        if random.random() < 0.5:
            yield from _when_broken(broken(random, payload), read, where)
        else:
            yield from _when_spoken(payload, spoken(random, payload), read, where)


def _when_broken(
    payload: Any, read: Callable[[Any], Iterator[Event]], where: Callable[[Any], str]
) -> Iterator[tuple[str, Any]]:
    try:
        events = list(read(payload))
    except Exception:  # noqa: BLE001  # whatever it is: it is counted
        yield "exception", payload
        return
    if any(is_elsewhere(event, where(payload)) for event in events):
        yield "elsewhere", payload


def _when_spoken(
    payload: Any, changed: Any, read: Callable[[Any], Iterator[Event]], where: Callable[[Any], str]
) -> Iterator[tuple[str, Any]]:
    """What is said may make a message one for us, or a command; never another person's, or one of another place."""
    try:
        before, after = list(read(payload)), list(read(changed))
    except Exception:  # noqa: BLE001  # as above
        yield "exception", changed
        return
    moved = [other for other in after if before and not any(same(one, other) for one in before)]
    if moved or any(is_elsewhere(event, where(payload)) for event in after):
        yield "elsewhere", changed


def main(count: int) -> int:
    began = time.monotonic()
    harms = Counter(kind for kind, _ in outputs(1, count)) + Counter(kind for kind, _ in inputs(2, count))
    told = {"outputs": count, "inputs": count, **{kind: harms[kind] for kind in KINDS}}
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    sys.stdout.write(f"{json.dumps(told)} in {time.monotonic() - began:.0f} s\n")
    return 1 if any(harms.values()) else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
