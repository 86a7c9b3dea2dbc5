"""What a call may use at the most."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.claude.estimate import largest
from core.claude.models import Model
from core.claude.price import Prices
from core.claude.request import Request
from core.dialogue import Usage
from core.tools import toolbox
from tests.core.claude.bench import prompt


@given(st.text(max_size=2_000), st.integers(1, 16_000))
def test_no_answer_costs_more_than_was_kept_for_it(question: str, written: int) -> None:
    asked = prompt(question)
    most = largest(Request(asked, Model(asked.model), asked.messages, "5m"))
    prices = Prices()

    kept = prices.cost(asked.model, most)
    cost = prices.cost(asked.model, Usage(cache_write_5m=len((question + asked.system).encode()) // 4, output=written))

    assert kept is not None
    assert cost is not None
    assert kept >= cost


def test_a_longer_life_in_the_cache_is_dearer() -> None:
    asked = prompt("hello " * 1_000)
    short, long = (largest(Request(asked, Model(asked.model), asked.messages, ttl)) for ttl in ("5m", "1h"))
    prices = Prices()

    assert (prices.cost(asked.model, short) or 0) < (prices.cost(asked.model, long) or 0)


def test_an_answer_is_no_longer_than_its_model_can() -> None:
    asked = prompt(max_tokens=64_000)

    assert largest(Request(asked, Model(asked.model, longest=8_000), asked.messages, "5m")).output == 8_000


def test_as_many_searches_are_kept_for_as_an_answer_may_make() -> None:
    asked = prompt("hello", tools=toolbox(["web_search", "web_fetch"]).others)
    model = Model(asked.model)
    may, may_not = (largest(Request(asked, model, asked.messages, "5m", mute=mute)) for mute in (False, True))

    assert (may.searches, may_not.searches) == (5, 0)


def test_what_files_have_beside_words_is_kept_for() -> None:
    asked = prompt("hello")
    both = asked, replace(asked, file_tokens=900_000)
    without, with_files = (largest(Request(one, Model(one.model), one.messages, "5m")) for one in both)

    assert with_files.cache_write_5m - without.cache_write_5m == 900_000
