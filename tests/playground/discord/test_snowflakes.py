"""Ids sort by time and tell it."""

from hypothesis import given
from hypothesis import strategies as st

from playground.discord import snowflakes
from playground.discord.snowflakes import Snowflakes


@given(st.lists(st.floats(1_600_000_000, 2_000_000_000), min_size=1, max_size=50))
def test_ids_grow_whatever_the_clock_does(times: list[float]) -> None:
    new_id = Snowflakes(iter(times).__next__)
    made = [new_id() for _ in times]

    assert made == sorted(set(made))


@given(st.integers(1_600_000_000_000, 2_000_000_000_000))
def test_an_id_tells_when_it_was_made(milliseconds: int) -> None:
    made = snowflakes.at(milliseconds / 1000)

    assert abs(snowflakes.seconds(made) - milliseconds / 1000) < 0.002


def test_servers_spread_over_shards_and_direct_messages_go_to_the_first() -> None:
    assert {snowflakes.shard(number << 22, 3) for number in range(9)} == {0, 1, 2}
    assert snowflakes.shard(0, 3) == 0
