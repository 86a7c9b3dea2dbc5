"""Which process runs which tests, when several share them: whole files, the long ones first, and two kinds at once.

A third of the tests' time is waiting: for leases, for windows, for real processes to end. Half of the processes begin
with what waits, the others with what works; so the cores are busy all the time, and nothing long is left for the end.
"""

from collections.abc import Sequence

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has no types

WAITING: Sequence[str] = (
    "tests/chaos/test_processes.py::test_a_storm",
    "tests/privacy/test_canary.py",
    "tests/end_to_end/test_terminal.py",
    "tests/end_to_end/test_trouble.py",
    "tests/end_to_end/test_faults.py",
    "tests/end_to_end/test_buttons.py",
    "tests/end_to_end/",
    "tests/chaos/",
    "tests/benchmarks/test_live.py",
    "tests/bots/test_main.py",
    "tests/core/store/test_embedded.py",
)
WORKING: Sequence[str] = (
    "tests/core/test_text.py",
    "tests/simulator/",
    "tests/core/store/test_store_properties.py",
    "tests/core/store/test_store_limits_properties.py",
    "tests/test_layout.py",
    "tests/core/store/",
    "tests/bots/",
)
"""What takes longest, by the beginnings of its names; all others come afterwards."""
ALONE: Sequence[str] = ("tests/chaos/", "tests/simulator/test_ablation.py")
"""Whose tests share nothing, so that each may run in another process."""


def unit(nodeid: str) -> str:
    """What is run by one process: a file, whose tests share what is dear to start, or one test."""
    return nodeid if nodeid.startswith(tuple(ALONE)) else nodeid.partition("::")[0]


def place(name: str, lane: Sequence[str]) -> int:
    """Where a unit stands in a lane: those that are not named in it come last."""
    return next((number for number, begin in enumerate(lane) if name.startswith(begin)), len(lane))


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """See above."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        ours, theirs = (WAITING, WORKING) if self.nodes.index(node) % 2 else (WORKING, WAITING)

        def turn(name: str) -> tuple[bool, int]:
            return place(name, theirs) < len(theirs), place(name, ours)

        self.workqueue.move_to_end(min(self.workqueue, key=turn), last=False)
        super()._assign_work_unit(node)
