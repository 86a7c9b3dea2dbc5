"""What an answer's tools gave survives the death of its worker."""

import pytest

from core.contract import Progress
from core.errors import StaleLease
from core.store import Store
from tests.core.store.world import World, claimed, finish

pytestmark = pytest.mark.anyio


async def test_results_of_tools_are_known_to_the_next_attempt_until_the_answer_is_there(
    world: World, store: Store
) -> None:
    other = await world.store()
    await store.accept(world.message())
    progress = Progress("m1", "Let me look.", ({"role": "assistant", "content": [{"type": "x", "n": 1}]},), ())
    claim = await claimed(store)
    await store.note(claim.lease, progress)
    world.sleep(11)

    again = await claimed(other)
    await finish(other, again)

    assert (claim.turn.progress, again.turn.progress) == (None, progress)
    assert not any(world.redis.hexists(key, "r") for key in world.keys("*x:*"))
    with pytest.raises(StaleLease):
        await store.note(claim.lease, progress)
