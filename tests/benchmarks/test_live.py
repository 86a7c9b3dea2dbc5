"""The benchmark over real processes, in a size that takes a moment: everybody is answered, and nothing is refused."""

import pytest

from tests.benchmarks import live, rows
from tests.benchmarks.rows import Row
from tests.launcher import Launcher

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]


async def test_two_real_processes_answer_three_at_once_and_are_refused_nothing(launcher: Launcher) -> None:
    told: list[Row] = []

    [row] = await live.perform([live.small()], told.append, people=3, launcher=launcher)

    assert told == [row]
    assert (row.replies, row.exact, row.refused) == (3, 3, 0)
    assert row.p50 < 2, rows.line(row)
    assert row.sign > 0


def test_every_scene_has_a_name_of_its_own() -> None:
    names = [scene.name for scene in (*live.bursts(), *live.refills(), *live.days(), live.small())]

    assert len(set(names)) == len(names)
