"""Every secret of every section, whoever adds one: it is checked at the start, and shown by nothing."""

import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots import plan
from bots.plan import folders, room
from bots.serve import furniture, open_claude
from bots.storeroom import secret
from core.environment import ENV_FILE
from core.errors import SettingsError
from core.settings import Section, Settings, names
from tests.bots.conftest import ROOT, Write
from tests.bots.conftest import env as env

CANARY = "Wombat7Wombat7Wombat7"
WELL = {
    "ANTHROPIC_API_KEY": f"sk-ant-{CANARY}",
    "MCP_SERVERS": f'[{{"name": "m", "url": "https://mcp.example/sse", "authorization_token": "{CANARY}"}}]',
    "REDIS_URL": f"redis://:{CANARY}@127.0.0.1:1/0",
    "HISTORY_KEY": f"{CANARY}{CANARY}x",
    "PSEUDONYM_KEY": f"{CANARY}{CANARY}y",
    "SLACK_BOT_TOKEN": f"xoxb-{CANARY}",
    "SLACK_APP_TOKEN": f"xapp-{CANARY}",
    "DISCORD_TOKEN": f"{CANARY}.{CANARY}",
}
"""A value of the right shape for each."""
WRONG = f"{CANARY} {{ is of no shape"


def _secrets() -> Iterator[str]:
    kinds: list[type[Section]] = [Settings, *(room(name).Settings for name in folders())]
    for kind in kinds:
        for name, info in zip(names(kind), kind.model_fields.values(), strict=True):
            if "SecretStr" in str(info.annotation):
                yield name


SECRETS = sorted(_secrets())


def _write(env: Write, values: dict[str, str]) -> None:
    env("".join(f"{name}={value}\n" for name, value in values.items()))


def test_every_secret_has_its_example_here() -> None:
    assert sorted(WELL) == SECRETS
    assert {name for name in os.environ if name in WELL} == set()


def test_what_holds_secrets_shows_none(env: Write) -> None:
    _write(env, WELL)
    ready = plan.plan()
    sections: list[Section] = [ready.settings, *ready.rooms.values()]
    tools, prices, problems = furniture(ready.settings)
    holders = [ready, tools, prices, open_claude(ready.settings), *sections, *ready.platforms().values()]
    shown = [f"{one!r} {one!s} {vars(one) if isinstance(one, Section) else ''}" for one in holders]
    shown += [section.model_dump_json(fallback=str) for section in sections]

    assert problems == []
    assert len(holders) >= 8
    assert CANARY not in "".join(shown)
    assert CANARY in str([vars(platform) for platform in ready.platforms().values()])  # they do hold them


def test_a_traceback_with_its_variables_shows_none(env: Write) -> None:
    """As other people's reporters of errors make them."""
    _write(env, WELL)
    ready = plan.plan()

    def fails(chosen: Settings, platforms: object, claude: object) -> None:
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011  # it has no text
        fails(ready.settings, ready.platforms(), open_claude(ready.settings))

    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "chosen" in told
    assert CANARY not in told


@pytest.mark.parametrize("name", SECRETS)
def test_a_wrong_shape_is_told_at_the_start_without_the_value(env: Write, name: str) -> None:
    _write(env, {**WELL, name: WRONG})
    problems: list[str] = []
    try:
        problems += furniture(plan.plan().settings)[2]
    except SettingsError as refused:
        problems += refused.problems

    assert [problem.partition(":")[0].partition(" ")[0] for problem in problems] == [name]
    assert CANARY not in problems[0]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file(env: Write, tmp_path: Path, name: str) -> None:
    file = tmp_path / "a-secret"
    file.write_text(f"{WELL[name]}\n")
    others = {other: value for other, value in WELL.items() if other != name}
    _write(env, {**others, f"{name}_FILE": str(file)})
    ready = plan.plan()

    found = [getattr(one, field) for one in (ready.settings, *ready.rooms.values()) for field in type(one).model_fields]
    assert WELL[name] in [secret(one) for one in found if isinstance(one, SecretStr)]


@pytest.mark.parametrize("where", ["environment", "env file", "files"])
def test_no_command_prints_one(env: Write, tmp_path: Path, where: str) -> None:
    """Redis is not there, so the store is told of with an error; the shapes are right."""
    named = {f"{name}_FILE": str(tmp_path / name) for name in WELL} if where == "files" else WELL
    for name, value in WELL.items() if where == "files" else ():
        (tmp_path / name).write_text(value)
    if where != "environment":
        _write(env, named)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(WELL if where == "environment" else {})}
    run = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "bots", "usage"],
        capture_output=True,
        env=environment,
        text=True,
        check=False,
        timeout=60,
    )

    assert (run.returncode, run.stdout) == (2, "")
    assert "Redis does not answer" in run.stderr
    assert CANARY not in run.stderr
    assert ENV_FILE.exists()
