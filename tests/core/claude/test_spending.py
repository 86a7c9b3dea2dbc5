"""Two hundred answers at once against a dollar: the real client, two stores on a real Valkey, and the usage lines."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bots.serve import noted
from bots.usage import differences
from core.allowance import Allowance, Allowances
from core.claude import Claude, Prices
from core.claude.price import Rates
from core.errors import Spent
from core.store import Figures, Store
from core.tools import toolbox
from core.usage import UsageLog
from tests.core.claude.bench import Bench, Screenless, prompt
from tests.core.store.conftest import valkey as valkey
from tests.core.store.world import World

pytestmark = pytest.mark.anyio

CALLERS, LONGEST = 200, 40
RATES = Rates(*map(Decimal, (0, 1_000, 0, 0, 0)))
"""A token of an answer costs a tenth of a cent, so that few are enough."""
MOST = LONGEST * 0.001
SOME_SECONDS = 30


@pytest.fixture
async def world(valkey: Path) -> AsyncIterator[World]:
    async with World(valkey) as world:
        yield world


async def test_two_hundred_answers_overshoot_a_dollar_by_one_and_counters_and_lines_say_the_same(
    world: World, bench: Bench, tmp_path: Path
) -> None:
    stores = [await world.store(allowances=Allowances(Allowance(dollars=1))) for _ in range(2)]
    logs = [UsageLog(tmp_path, f"w{n}", clock=lambda: world.now / 1000) for n in range(2)]
    keepers = [asyncio.create_task(work()) for store in stores for work in (store.purse.settling, store.listen)]
    said = [{"match": f"{n}?", "text": "so " * (4 * n + 3), "first_token": 0.1, "times": None} for n in range(10)]
    bench.standin.script(*said)
    ways = [
        bench.claude(
            purse=store.purse,
            prices=Prices({"claude-sonnet-5-5": RATES}),
            on_call=noted(log.note, store.purse.note, bench.details.append),
        )
        for store, log in zip(stores, logs, strict=True)
    ]
    async with ways[0] as one, ways[1] as other, asyncio.timeout(SOME_SECONDS):
        answered = sum(await asyncio.gather(*(_ask((one, other)[n % 2], n) for n in range(CALLERS))))
    for store, log in zip(stores, logs, strict=True):
        await store.purse.settle()
        log.close()
    for keeper in keepers:
        keeper.cancel()
    await asyncio.wait(keepers)

    counted = await _today(stores[0])
    assert 1 <= counted.dollars < 1 + MOST
    assert answered == counted.calls == len(bench.details) == len(bench.standin.calls()) < CALLERS
    assert len({call.cost for call in bench.details}) > 5
    assert list(differences({stores[0].purse.today.name: counted}, tmp_path, stores[0].purse.allowances.zone)) == []
    assert world.redis.hgetall("{parley}:holding") == {}


async def test_many_answers_that_search_overshoot_a_budget_by_the_searches_of_one(world: World, bench: Bench) -> None:
    store = await world.store(allowances=Allowances(Allowance(dollars=0.2)))
    keepers = [asyncio.create_task(work()) for work in (store.purse.settling, store.listen)]
    only_searches = Prices({"claude-sonnet-5-5": Rates(*map(Decimal, (0, 0, 0, 0, 0, 10)))})
    tools, ear = toolbox(["web_search"]).others, noted(store.purse.note, bench.details.append)
    bench.standin.config(first_token=0.1)
    async with bench.claude(purse=store.purse, prices=only_searches, on_call=ear) as claude:
        asked = [prompt("Search the web for parrots.", tools=tools, user=f"p{number}") for number in range(40)]
        async with asyncio.timeout(SOME_SECONDS):
            await asyncio.gather(*(claude.answer(one, Screenless()) for one in asked), return_exceptions=True)
    await store.purse.settle()
    for keeper in keepers:
        keeper.cancel()
    await asyncio.wait(keepers)

    assert {call.usage.searches for call in bench.details} == {1}
    assert 0.2 <= (await _today(store)).dollars < 0.2 + 0.05


async def _ask(claude: Claude, number: int) -> bool:
    """Whether there was an answer. People, places and lengths are spread over both processes."""
    question = prompt(f"Question {number // 2}?", max_tokens=LONGEST, user=f"p{number % 7}", place=f"c{number % 3}")
    try:
        await claude.answer(question, Screenless())
    except Spent:
        return False
    return True


async def _today(store: Store) -> Figures:
    today = store.purse.today.name
    return (await store.purse.used([today]))[today][""]
