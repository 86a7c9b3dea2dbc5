"""The world: stamps that only grow, conversations that exist once."""

from hypothesis import given
from hypothesis import strategies as st

from playground.slack.world import World


@given(st.lists(st.floats(1.6e9, 1.9e9), min_size=1, max_size=50))
def test_stamps_grow_even_when_the_clock_does_not(times: list[float]) -> None:
    clock = iter(times)
    world = World(clock=lambda: next(clock))
    stamps = [world.stamp() for _ in times]

    assert stamps == sorted(set(stamps))
    assert {len(stamp.partition(".")[2]) for stamp in stamps} == {6}


def test_a_conversation_of_the_same_people_is_the_same() -> None:
    world = World()

    assert world.direct("U0ADA") == world.direct("U0ADA")
    assert world.direct("U0ADA", "U0BEN") == world.direct("U0BEN", "U0ADA")
    assert (world.direct("U0ADA").kind, world.direct("U0ADA", "U0BEN").kind) == ("im", "mpim")
