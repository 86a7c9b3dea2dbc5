"""Virtual time passes as it should."""

import asyncio
from time import perf_counter

import pytest

from tests.launcher import PATIENCE
from tests.virtual import Stuck, TooLong, now, run


def test_an_hour_of_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return now()

    began = perf_counter()
    assert run(main()) == 3600
    assert perf_counter() - began < PATIENCE


def test_things_happen_in_their_order() -> None:
    async def main() -> list[tuple[float, str]]:
        seen = []

        async def note(after: float, name: str) -> None:
            await asyncio.sleep(after)
            seen.append((now(), name))

        await asyncio.gather(note(3, "c"), note(1, "a"), note(2, "b"))
        return seen

    assert run(main()) == [(1, "a"), (2, "b"), (3, "c")]


def test_waiting_for_what_never_happens_is_noticed() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run(main())


def test_what_takes_too_long_is_noticed() -> None:
    async def main() -> None:
        for _ in range(1_000):
            await asyncio.sleep(1)

    with pytest.raises(TooLong):
        run(main(), limit=100)


def test_a_seed_decides_who_comes_first_and_always_the_same() -> None:
    async def main() -> list[int]:
        seen = list[int]()

        async def note(number: int) -> None:
            await asyncio.sleep(1)
            seen.append(number)

        await asyncio.gather(*(note(number) for number in range(8)))
        return seen

    orders = [tuple(run(main(), seed=seed)) for seed in range(5)]
    assert len(set(orders)) > 1
    assert orders == [tuple(run(main(), seed=seed)) for seed in range(5)]


def test_a_timeout_works() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(50)
        return now()

    assert run(main()) == 5
