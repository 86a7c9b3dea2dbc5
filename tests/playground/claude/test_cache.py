"""What of a prompt is read from the cache, written to it, or neither."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playground.claude.cache import Cache, Charge
from playground.claude.check import read
from playground.claude.models import Catalogue
from playground.claude.request import Request

from .conftest import MODEL

MARK = {"type": "ephemeral"}
SYSTEM = "You are a helpful assistant in a team's chat. " * 60  # over 512 tokens
WORDS = "Something that somebody asked in a channel, at some length. " * 20


def request(turns: int, model: str = MODEL, **more: Any) -> Request:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": f"{place} {WORDS}"} for place in range(turns * 2 - 1)]
    body = {"model": model, "max_tokens": 9, "system": SYSTEM, "messages": messages, "cache_control": MARK, **more}
    return read(body, Catalogue())


def total(charge: Charge) -> int:
    return charge.fresh + charge.read + charge.written


def test_a_conversation_that_grows_is_read_up_to_its_last_message() -> None:
    cache = Cache()

    first = cache.charge(request(1), 0)
    second = cache.charge(request(2), 60)
    third = cache.charge(request(3), 120)

    assert (first.read, first.written_5m, first.fresh) == (0, request(1).tokens, 0)
    assert second.read == request(1).tokens
    assert third.read == request(2).tokens
    assert [total(charge) for charge in (first, second, third)] == [request(n).tokens for n in (1, 2, 3)]


def test_an_entry_lives_five_minutes_from_its_last_use() -> None:
    cache = Cache()
    cache.charge(request(1), 0)

    assert cache.charge(request(1), 299).read > 0
    assert cache.charge(request(1), 598).read > 0
    assert cache.charge(request(1), 899).read == 0


def test_an_hour_is_written_apart_and_lives_an_hour() -> None:
    cache = Cache()
    long = MARK | {"ttl": "1h"}
    charge = cache.charge(request(1, cache_control=long), 0)

    assert (charge.written_1h, charge.written_5m) == (request(1).tokens, 0)
    assert cache.charge(request(1, cache_control=long), 3_500).read == request(1).tokens


def test_a_marked_system_prompt_is_shared_by_conversations() -> None:
    cache = Cache()
    system = [{"type": "text", "text": SYSTEM, "cache_control": MARK}]
    cache.charge(request(1, system=system), 0)

    other = request(1, system=system, messages=[{"role": "user", "content": "Something else"}])
    assert cache.charge(other, 1).read > 500


def test_a_changed_beginning_is_read_no_further_than_the_change() -> None:
    cache = Cache()
    cache.charge(request(3), 0)

    assert cache.charge(request(3, system=SYSTEM + "Today is Monday."), 1).read == 0


def test_model_and_effort_are_part_of_the_prefix() -> None:
    cache = Cache()
    cache.charge(request(1), 0)

    assert cache.charge(request(1, model="claude-haiku-5-5"), 1).read == 0
    assert cache.charge(request(1, output_config={"effort": "low"}), 1).read == 0


def test_what_is_too_small_is_silently_not_cached() -> None:
    cache = Cache()
    small = request(1, system="Short.", messages=[{"role": "user", "content": "Hi"}])

    for now in (0, 1):
        assert cache.charge(small, now) == Charge(small.tokens)


def test_nothing_is_cached_without_a_mark() -> None:
    cache = Cache()

    for now in (0, 1):
        assert cache.charge(request(2, cache_control=None), now) == Charge(request(2).tokens)


def test_an_older_entry_is_looked_for_twenty_blocks_back() -> None:
    cache = Cache()
    cache.charge(request(1), 0)

    assert cache.charge(request(10), 1).read == request(1).tokens
    cache.clear()
    cache.charge(request(1), 0)
    assert cache.charge(request(12), 1).read == 0


def test_the_share_that_is_read_grows_beyond_nine_tenths() -> None:
    cache = Cache()
    charges = [cache.charge(request(turns), turns) for turns in range(1, 30)]

    assert charges[-1].read / total(charges[-1]) > 0.9


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.floats(0, 400)), max_size=12))
def test_every_token_is_counted_exactly_once(calls: list[tuple[int, bool, float]]) -> None:
    cache, now = Cache(), 0.0
    for turns, long, pause in calls:
        now += pause
        mark = MARK | ({"ttl": "1h"} if long else {})
        asked = request(turns, cache_control=mark)
        charge = cache.charge(asked, now)

        assert total(charge) == asked.tokens
        assert min(charge.fresh, charge.read, charge.written_5m, charge.written_1h) >= 0
        assert charge.limited == asked.tokens - charge.read
