"""An answer that stopped goes on with what its tools gave."""

from typing import Any

import pytest

from core.content import INSIST, WORDLESS
from core.contract import Progress
from core.dialogue import Exchange
from core.errors import StaleLease, StoreDown
from core.resuming import Kept, reached
from core.store import Lease

pytestmark = pytest.mark.anyio

USED = {"type": "tool_use", "id": "t1", "name": "clock", "input": {}}
ROUND: tuple[Any, ...] = (
    {"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, USED]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "noon"}]},
)
QUESTION = {"role": "user", "content": "What time is it?"}
WORDS = {"role": "assistant", "content": "It is"}
DONE = Exchange("e1", 1, (QUESTION, *ROUND, WORDS))
TEXT = "Let me look.\n\nIt is"
LEASE: Any = object.__new__(Lease)  # nobody asks it anything


async def nowhere(_: Lease, __: Progress) -> None: ...


def test_an_answer_goes_on_with_the_results_of_its_tools() -> None:
    assert reached(DONE, TEXT, "m", ["clock"]) == Progress("m", "Let me look.\n\n", ROUND, ROUND)


def test_where_no_words_came_after_its_tools_it_goes_on_with_what_they_gave_all_the_same() -> None:
    silence = {"role": "assistant", "content": WORDLESS}
    found = reached(Exchange("e1", 1, (QUESTION, *ROUND, silence)), "Let me look.", "m", ["clock"])

    asks = {"role": "user", "content": INSIST}
    assert found == Progress("m", "Let me look.", (*ROUND, silence, asks), ROUND)


@pytest.mark.parametrize(
    ("again", "begun", "tools"),
    [
        (None, TEXT, ["clock"]),
        (DONE, "", ["clock"]),
        (DONE, TEXT, []),
        (DONE, "Something else", ["clock"]),
        (Exchange("e1", 1, (QUESTION, WORDS)), "It is", ["clock"]),
    ],
)
def test_where_there_are_none_its_words_are_all(again: Exchange | None, begun: str, tools: list[str]) -> None:
    assert reached(again, begun, "m", tools) is None


async def test_what_is_stopped_after_its_tools_keeps_their_results() -> None:
    kept = Kept(nowhere, LEASE, None)
    await kept(Progress("m", "Let me look.", ROUND, ROUND))

    assert kept.said("Let me look.\n\nIt is") == (*ROUND, {"role": "assistant", "content": "It is"})
    assert kept.said("Let me look.") == (*ROUND, {"role": "assistant", "content": WORDLESS})
    assert kept.said("Another") == ({"role": "assistant", "content": "Another"},)
    assert kept.said(" ") == ()


@pytest.mark.parametrize(("words", "last"), [("Now that.", "Now that."), ("", WORDLESS)])
async def test_of_what_is_stopped_while_tools_are_at_work_no_call_is_kept_without_its_result(
    words: str, last: str
) -> None:
    text = [{"type": "text", "text": words}] if words else []
    asks: Any = {"role": "assistant", "content": [*text, {**USED, "id": "t2"}, {**USED, "id": "t3"}]}
    some: Any = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": "noon"}]}
    whole = f"Let me look.\n\n{words}".strip()
    kept = Kept(nowhere, LEASE, None)
    await kept(Progress("m", whole, (), (*ROUND, asks, some)))
    first = Kept(nowhere, LEASE, Progress("m", words, (), (asks, some)))

    assert kept.said(whole) == (*ROUND, {"role": "assistant", "content": last})
    assert first.said(words) == (({"role": "assistant", "content": words},) if words else ())


async def test_what_is_stopped_keeps_where_its_words_come_from() -> None:
    kept = Kept(nowhere, LEASE, None)
    before = kept.cited
    await kept(Progress("m", "Let me look.", ROUND, ROUND, cited=("https://a.example/",)))

    assert (before, kept.cited) == ((), ("https://a.example/",))


def test_what_is_stopped_again_keeps_what_it_had_before() -> None:
    kept = Kept(nowhere, LEASE, reached(DONE, TEXT, "m", ["clock"]))

    assert kept.said(f"{TEXT} noon") == (*ROUND, {"role": "assistant", "content": "It is noon"})


async def test_without_redis_it_is_known_here_and_who_lost_the_turn_is_told() -> None:
    async def down(_: Lease, __: Progress) -> None:
        raise StoreDown

    async def stale(_: Lease, __: Progress) -> None:
        raise StaleLease

    kept = Kept(down, LEASE, None)
    await kept(Progress("m", "", ROUND, ROUND))

    assert kept.said("Noon.") == (*ROUND, {"role": "assistant", "content": "Noon."})
    with pytest.raises(StaleLease):
        await Kept(stale, LEASE, None)(Progress("m", "", ROUND))
