"""The store as the settings say."""

import subprocess
import sys
from pathlib import Path

import pytest

from bots.storeroom import allowances, open_the_store
from core.allowance import NO_BUDGET, Allowance, Allowances
from core.settings import Settings, read


@pytest.mark.anyio
async def test_it_opens_with_its_keys_and_its_budgets(tmp_path: Path) -> None:
    chosen = read(Settings, tmp_path / "none").settings
    assert chosen is not None
    here = chosen.model_copy(update={"data_dir": tmp_path / "data", "daily_tokens": 5})

    async with open_the_store(here, ()) as store:
        assert await store.ping() >= 0
        assert store.purse.allowances.everybody == Allowance(tokens=5)

    assert {path.name for path in here.data_dir.glob("*.key")} == {"history.key", "pseudonym.key"}


def test_claudes_library_is_not_loaded_for_it() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, bots.storeroom; print('anthropic' in sys.modules)"],
        capture_output=True,
        check=True,
    )

    assert said.stdout.strip() == b"False"


def test_the_settings_say_what_may_be_spent_in_a_day(tmp_path: Path) -> None:
    chosen = read(Settings, tmp_path / "none").settings
    assert chosen is not None
    told = {"daily_budget_usd": 5.0, "user_daily_tokens": 1_000}

    assert allowances(chosen) == NO_BUDGET
    assert allowances(chosen.model_copy(update=told)) == Allowances(Allowance(5.0), Allowance(tokens=1_000))
