"""What DISCORD_SHARDS may say."""

import pytest

from bots.discord.shards import ALONE, Shards, read


def test_some_of_all_in_any_order() -> None:
    assert read("3, 0,3/4") == Shards((0, 3), 4)


def test_as_many_as_discord_says() -> None:
    assert read("auto") == Shards()


def test_one_of_one_is_one_connection_for_all() -> None:
    assert read("0/1") == ALONE == read(ALONE)


@pytest.mark.parametrize("nonsense", ["", "4", "/4", "4/4", "0,1,9/4", "-1/4", "0/0", "all/4"])
def test_what_makes_no_sense_is_told_with_the_fix(nonsense: str) -> None:
    with pytest.raises(ValueError, match="0,1/4"):
        read(nonsense)
