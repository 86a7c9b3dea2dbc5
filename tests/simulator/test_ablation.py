"""The same worlds without one of the safeguards: promises break, so it is needed, and the checker sees it."""

from pathlib import Path

import pytest

from tests.simulator.ablation import ABLATIONS, Ablation
from tests.simulator.simulation import simulate
from tests.simulator.valkey import Connection

MOST = 150
"""Seeds of which one at least must fail. Of a hundred 10 to 35 do."""


@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda ablation: ablation.name.replace(" ", "_"))
def test_without_a_safeguard_promises_break(simulated_valkey: Path, ablation: Ablation) -> None:
    with Connection(simulated_valkey, ablation.texts()) as connection:
        verdicts = (simulate(seed, connection, ablation.variant).verdict for seed in range(MOST))
        broken = next((verdict for verdict in verdicts if not verdict.is_fine), None)

    assert broken is not None
    kinds = {kind for kind, found in broken.problems.items() if found}
    assert kinds & {"twice", "text", "stale", "history", "order"}
    assert "fault" not in kinds
