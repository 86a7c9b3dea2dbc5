"""Claude asks the purse before each call, and tells it afterwards what the call was."""

import asyncio
from dataclasses import dataclass, field

import pytest

from core import files
from core.claude import ending
from core.claude.gate import Lent
from core.claude.retry import Patience
from core.contract import Action
from core.dialogue import Tool
from core.errors import Busy, Spent
from tests.core.claude.bench import Bench, Screenless, prompt
from tests.core.test_files import png
from tests.waits import until

pytestmark = pytest.mark.anyio

GONE = "Nothing is left today."


@dataclass
class Coffer:
    """A purse with room for so many calls; it remembers for whom it was asked, and how often others go first.

    `short`: whose own budget has no `room` yet.
    """

    calls: int = 1
    waits: int = 0
    short: str = "nobody"
    room: asyncio.Event = field(default_factory=asyncio.Event)
    is_limited: bool = True
    asked: list[tuple[str, str, float | None, int]] = field(default_factory=list)

    async def hold(self, id: str, payer: str, dollars: float | None, tokens: int, aside: Lent) -> None:
        self.asked.append((id, payer, dollars, tokens))
        for _ in range(self.waits):
            async with aside():
                await asyncio.sleep(0)
        if payer == self.short:
            async with aside():
                await self.room.wait()
        if len(self.asked) > self.calls:
            raise Spent(GONE, retry_after=60)


async def test_room_is_kept_for_a_call_under_an_id_that_comes_back_with_it(bench: Bench) -> None:
    coffer = Coffer()
    async with bench.claude(purse=coffer) as claude:
        await claude.answer(prompt(user="ann"), bench.reply)

    [(id, payer, dollars, tokens)] = coffer.asked
    [call] = bench.details
    assert (call.hold, call.user) == (id, payer) == (id, "ann")
    assert dollars is not None
    assert call.cost is not None
    assert dollars > call.cost > 0
    assert tokens > 16_000


async def test_room_is_kept_for_pdfs_and_images(bench: Bench) -> None:
    coffer = Coffer(calls=2)
    async with bench.claude(purse=coffer) as claude:
        await claude.answer(prompt(), bench.reply)
        await claude.answer(prompt(file_tokens=900_000), bench.reply)

    (*_, without), (*_, tokens) = coffer.asked
    assert tokens - without == 900_000


async def test_for_whom_there_is_no_room_in_time_is_told_that_too_many_ask(bench: Bench) -> None:
    async with bench.claude(purse=Coffer(short="ann"), patience=Patience(deadline=0.2)) as claude:
        with pytest.raises(Busy, match="Too many are asking at once"):
            await claude.answer(prompt(user="ann"), bench.reply)

    assert bench.standin.calls() == []


@pytest.mark.parametrize(("width", "height"), [(1_920, 1_080), (4_032, 3_024), (300, 200)])
async def test_the_room_that_is_kept_for_an_image_is_enough(bench: Bench, width: int, height: int) -> None:
    coffer, image = Coffer(calls=1), png(width, height)
    asked = {"role": "user", "content": [files.block("shot.png", image), {"type": "text", "text": "What is it?"}]}
    found = prompt(messages=[asked], file_tokens=files.image_tokens("image/png", image))
    async with bench.claude(purse=coffer) as claude:
        await claude.answer(found, bench.reply)

    ((*_, tokens),) = coffer.asked
    (call,) = bench.details
    assert 0 <= tokens - found.max_tokens - call.usage.prompt < 100


async def test_room_is_kept_at_the_price_of_the_us_until_claude_is_known_to_work_elsewhere(bench: Bench) -> None:
    coffer = Coffer(calls=4)
    for us in (True, False):
        bench.standin.config(us=us)
        async with bench.claude(purse=coffer) as claude:
            await claude.answer(prompt(), bench.reply)
            await claude.answer(prompt(), bench.reply)

    first, in_us, unknown, elsewhere = [dollars or 0 for *_, dollars, _ in coffer.asked]
    assert first == in_us == unknown == pytest.approx(elsewhere * 1.1)
    assert elsewhere > 0


async def test_when_nothing_is_left_claude_is_not_called(bench: Bench) -> None:
    async with bench.claude(purse=Coffer(calls=0)) as claude:
        with pytest.raises(Spent, match=GONE):
            await claude.answer(prompt(), bench.reply)

    assert bench.standin.calls() == []
    assert bench.details == []


async def test_who_waits_for_others_to_end_is_told_so(bench: Bench) -> None:
    async with bench.claude(purse=Coffer(waits=2)) as claude:
        await claude.answer(prompt(), bench.reply)

    assert bench.reply.statuses[:3] == [ending.BUDGET_SHORT, ending.BUDGET_SHORT, ending.ASKING]


async def test_who_waits_for_room_in_a_budget_of_their_own_is_in_nobodys_way(bench: Bench) -> None:
    coffer, others = Coffer(calls=3, short="ben"), Screenless()
    async with bench.claude(purse=coffer, in_flight=2) as claude:
        waiting = [asyncio.create_task(claude.answer(prompt(user="ben"), Screenless())) for _ in range(2)]
        await until(lambda: len(coffer.asked) == 2)

        answer = await claude.answer(prompt(user="ann"), others)
        assert answer.text
        assert others.statuses == []

        coffer.room.set()
        await asyncio.gather(*waiting)


async def test_what_stands_is_kept_when_nothing_is_left_for_the_rest(bench: Bench) -> None:
    async def run(_: object) -> str:
        return "noon"

    clock = Tool("clock", {"name": "clock", "input_schema": {"type": "object"}}, run, seconds=1)
    bench.standin.script({"text": "Let me look.", "tool_use": [{"name": "clock", "input": {}}]}, {"text": "Noon."})
    async with bench.claude(purse=Coffer(calls=1)) as claude:
        answer = await claude.answer(prompt(tools=(clock,)), bench.reply)

    assert answer.text == "Let me look."
    assert answer.note == f"{ending.BROKEN_OFF} {GONE}"
    assert answer.buttons == (Action.CONTINUE,)


async def test_a_cancelled_call_is_told_too(bench: Bench) -> None:
    bench.standin.script({"text": "slow", "first_token": 30})
    coffer = Coffer()

    async with bench.claude(purse=coffer) as claude:
        asking = asyncio.create_task(claude.answer(prompt(), bench.reply))
        await until(bench.standin.calls)
        asking.cancel()
        await asyncio.wait([asking])

    assert [call.hold for call in bench.details] == [coffer.asked[0][0]]
