"""The newest of many are remembered."""

from core.newest import Newest


def test_who_stands_there_longest_goes_for_the_next() -> None:
    known = Newest[str, int](2)
    for number, name in enumerate("abac"):
        known[name] = number

    assert known == {"b": 1, "c": 3}


def test_who_is_taken_away_leaves_room() -> None:
    known = Newest[str, int](2)
    known["a"], known["b"] = 1, 2
    known.pop("a")
    known["c"] = 3

    assert list(known) == ["b", "c"]
