"""What a call costs, checked by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.claude.price import Prices, prices_in
from core.dialogue import Usage
from core.errors import SettingsError
from tests.core.claude.bench import Bench, prompt

ALL_KINDS = Usage(
    input=10_000,
    output=2_000,
    cache_read=50_000,
    cache_write_5m=4_000,
    cache_write_1h=3_000,
    thinking=1_500,  # part of the output
    searches=3,
)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        # input + output + read + written for 5 min (1.25 x input) + for 1 h (2 x input) + searches, each per million
        ("claude-sonnet-5-5", (10_000 * 2 + 2_000 * 10 + 50_000 * 0.1 + 4_000 * 2.5 + 3_000 * 4) / 1e6 + 0.03),
        ("claude-opus-5-5", (10_000 * 4 + 2_000 * 20 + 50_000 * 0.2 + 4_000 * 5 + 3_000 * 8) / 1e6 + 0.03),
        ("claude-fable-5-2", (10_000 * 8 + 2_000 * 40 + 50_000 * 0.2 + 4_000 * 10 + 3_000 * 16) / 1e6 + 0.03),
        ("claude-haiku-5-5", (10_000 * 0.1 + 2_000 * 0.5 + 50_000 * 0.01 + 4_000 * 0.125 + 3_000 * 0.2) / 1e6 + 0.03),
        ("claude-haiku-4-5", (10_000 * 1 + 2_000 * 5 + 50_000 * 0.1 + 4_000 * 1.25 + 3_000 * 2) / 1e6 + 0.03),
    ],
)
def test_all_kinds_of_tokens_are_paid_at_their_own_rate(model: str, dollars: float) -> None:
    assert Prices().cost(model, ALL_KINDS) == pytest.approx(dollars, rel=1e-9)


def test_an_answer_under_a_name_of_the_gateways_own_costs_what_the_model_asked_for_does() -> None:
    prices, usage = Prices(), Usage(output=1_000_000)

    assert prices.paid("claude-sonnet-5-5", "our-gateway/large", usage) == prices.cost("claude-sonnet-5-5", usage)
    assert prices.paid("claude-sonnet-5-5", "claude-opus-5-5", usage) == prices.cost("claude-opus-5-5", usage)
    assert prices.paid("our-model", "our-gateway/large", usage) is None


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-haiku-5-5"])
def test_tokens_used_in_the_us_alone_cost_a_tenth_more_and_searches_do_not(model: str) -> None:
    usage = Usage(input=90_000, cache_read=20_000, output=2_000, searches=3)
    elsewhere = Prices().cost(model, usage)
    assert elsewhere is not None

    assert Prices().cost(model, replace(usage, us=True)) == pytest.approx((elsewhere - 0.03) * 1.1 + 0.03)


def test_a_long_prompt_lifts_every_token_of_haiku_into_the_higher_band() -> None:
    long = Usage(input=60_000, cache_read=50_000, output=1_000)

    cost = Prices().cost("claude-haiku-5-5", long)

    assert cost == pytest.approx((60_000 * 0.5 + 50_000 * 0.05 + 1_000 * 2.5) / 1e6)


def test_a_dated_id_costs_what_its_model_costs() -> None:
    usage = Usage(input=1_000_000)

    assert Prices().cost("claude-haiku-4-5-20251001", usage) == Prices().cost("claude-haiku-4-5", usage) == 1.0


def test_a_price_that_is_not_known_is_none_and_never_zero() -> None:
    assert Prices().cost("claude-nonsense-9", Usage(input=1)) is None


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("claude-sonnet-5-5", "$2 in, $10 out"),
        ("claude-opus-5", "$5 in, $25 out"),
        ("claude-haiku-5-5", "from $0.10 in, from $0.50 out"),
        ("claude-nonsense-9", ""),
    ],
)
def test_a_price_is_told_in_words(model: str, words: str) -> None:
    assert Prices().words(model) == words


@pytest.mark.anyio
@pytest.mark.parametrize("life", ["5m", "1h"])
@pytest.mark.parametrize(
    ("model", "read", "input", "output"),
    [  # dollars for a million tokens
        ("claude-sonnet-5-5", 0.1, 2, 10),
        ("claude-opus-5-5", 0.2, 4, 20),
        ("claude-fable-5-2", 0.2, 8, 40),
        ("claude-haiku-5-5", 0.01, 0.1, 0.5),
    ],
)
async def test_a_call_costs_what_its_tokens_cost_by_hand(
    bench: Bench, model: str, read: float, input: float, output: float, life: str
) -> None:
    long, said = "This is read again. " * 400, {"text": "Well, " * 40, "thinking": "Hm, let me see. " * 20}
    bench.standin.script({**said, "times": 2})
    asked = [{"role": "user", "content": long}]
    more = [*asked, {"role": "assistant", "content": "Well."}, {"role": "user", "content": f"And this? {long}"}]

    async with bench.claude(cache_ttl=life) as claude:
        for messages in (asked, more):
            await claude.answer(prompt(messages=messages, model=model), bench.reply)

    for call, details in zip(bench.standin.calls(), bench.details, strict=True):
        used = call["usage"]
        written = used["cache_creation_input_tokens"] * input * {"5m": 1.25, "1h": 2}[life]
        paid = used["input_tokens"] * input + used["cache_read_input_tokens"] * read + written
        dollars = (paid + used["output_tokens"] * output) / 1_000_000  # the output has the thinking in it
        assert details.cost == pytest.approx(dollars, rel=1e-9)
    assert used["cache_read_input_tokens"] > 1_000
    assert used["cache_creation_input_tokens"] > 1_000
    assert 0 < used["output_tokens_details"]["thinking_tokens"] < used["output_tokens"]


def test_nothing_used_costs_nothing() -> None:
    assert Prices().cost("claude-sonnet-5-5", Usage()) == 0


def write(folder: Path, content: object) -> Path:
    path = folder / "prices.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_ones_own_prices_go_before_the_table(tmp_path: Path) -> None:
    own = {"input": 1, "output": 2, "cache_read": 0.5, "cache_write_5m": 1.5, "cache_write_1h": 3, "search": 20}
    prices = prices_in(write(tmp_path, {"claude-sonnet-5-5": own}))

    cost = prices.cost("claude-sonnet-5-5", ALL_KINDS)

    assert cost == pytest.approx((10_000 + 4_000 + 25_000 + 6_000 + 9_000) / 1e6 + 0.06)
    assert prices.cost("claude-sonnet-5-5", replace(ALL_KINDS, us=True)) == cost
    assert prices.cost("claude-opus-5-5", ALL_KINDS) == Prices().cost("claude-opus-5-5", ALL_KINDS)


def test_ones_own_price_for_a_gateways_name_is_paid_whatever_model_answers(tmp_path: Path) -> None:
    own = {"my-sonnet": {"input": 1, "output": 5}, "claude-opus-5-5": {"input": 3, "output": 9}}
    prices, usage = prices_in(write(tmp_path, own)), Usage(input=1_000_000)

    assert prices.paid("my-sonnet", "claude-sonnet-5-5", usage) == prices.cost("my-sonnet", usage) == 1
    assert prices.paid("my-sonnet", "claude-opus-5-5", usage) == 3
    assert prices.paid("claude-sonnet-5-5", "claude-opus-5-5-20261001", usage) == 3


def test_ones_own_price_is_that_of_the_dated_id_which_answers(tmp_path: Path) -> None:
    prices = prices_in(
        write(tmp_path, {"claude-haiku-4-5": {"input": 7, "output": 7}, "m-20251001": {"input": 3, "output": 3}})
    )

    assert prices.cost("claude-haiku-4-5-20251001", Usage(input=1_000_000)) == 7
    assert prices.cost("m-20251001", Usage(input=1_000_000)) == 3
    assert prices.cost("m", Usage(input=1_000_000)) is None


def test_what_ones_own_prices_leave_out_follows_from_the_input_s(tmp_path: Path) -> None:
    prices = prices_in(write(tmp_path, {"house-model": {"input": 10, "output": 20}}))

    cost = prices.cost("house-model", ALL_KINDS)

    assert cost == pytest.approx((100_000 + 40_000 + 50_000 + 50_000 + 60_000) / 1e6 + 0.03)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "JSON"),
        ([], "object"),
        ({"m": {"input": 1}}, "output"),
        ({"m": 3}, "output"),
        ({"m": {"input": 1, "output": "2"}}, "number"),
        ({"m": {"input": -1, "output": 2}}, "number"),
        ({"m": {"input": 1, "output": 2, "cache": 3}}, "cache_read"),
    ],
)
def test_a_price_file_that_is_wrong_stops_the_start_with_a_sentence(tmp_path: Path, content: object, word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        prices_in(write(tmp_path, content))


def test_a_price_file_may_begin_with_a_mark_as_editors_of_windows_write_it(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + json.dumps({"house-model": {"input": 1, "output": 2}}))

    assert prices_in(path).cost("house-model", Usage(input=1_000_000)) == 1


def test_a_price_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PRICES_FILE"):
        prices_in(tmp_path / "none.json")


def test_all_that_is_wrong_with_a_price_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        prices_in(write(tmp_path, {"a": {}, "b": {}}))

    assert len(caught.value.problems) == 2
