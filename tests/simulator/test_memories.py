"""Worlds in which conversations soon become too long: whatever dies, nothing that was said is lost or told twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random

from tests.simulator.checker import judge
from tests.simulator.oracle import briefly
from tests.simulator.redis import Ran
from tests.simulator.simulation import create, drawn, end, evidence_of, live
from tests.simulator.valkey import Connection

CONTEXT = 900
"""Tokens: those of some seven messages and their answers."""
SEEDS = 6
RIGHT = 299.0
"""Seconds for which nobody else may make a memory of a place, by a clock that does not jump."""


def test_what_one_memory_sums_up_the_next_one_keeps() -> None:
    assert briefly(["remembered: c1 c2", "c3w0 c3w1", "c4w0"]) == ("c1", "c2", "c3", "c4")


def at_once(ran: Iterable[Ran]) -> Iterator[str]:
    """Places of which two made a memory at the same time."""
    makers: dict[str, tuple[str, float]] = {}
    for one in ran:
        place, token = one.named["place"], one.named["token"]
        maker, until = makers.get(place, ("", 0.0))
        if one.script == "compact" and maker == token:
            makers.pop(place)
        elif one.script == "remember" and one.reply:
            if maker not in ("", token) and one.at < until:
                yield place
            makers[place] = (token, one.at + RIGHT)


def test_memories_are_swapped_in_whole_and_nothing_said_meanwhile_is_lost(connection: Connection) -> None:
    counts = Counter[str]()
    for seed in range(SEEDS):
        draw = drawn(seed)
        manner = replace(draw.manner, messages=24, seconds=120.0)
        world = create(
            replace(draw, whims=replace(draw.whims, context=CONTEXT), manner=manner),
            Random(f"memory {seed}"),
            connection,
        )
        try:
            evidence = evidence_of(world, live(world))
            verdict = judge(evidence)
            assert verdict.is_fine, f"seed {seed}\n{verdict}"
            ran = [one for one in world.redis.ran if one.script in ("remember", "compact")]
            assert list(at_once(ran)) == []
            counts += Counter(one.script for one in ran if one.reply)
            counts["crashes"] += len(world.nemesis.deaths)
        finally:
            end(world)

    assert counts["compact"] >= SEEDS
    assert counts["crashes"] >= SEEDS
