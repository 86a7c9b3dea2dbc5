"""The house stays as it was built: files in their places, of their size, importing downwards, platforms alike."""

import ast
import importlib
import inspect
import pkgutil
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import core
from bots.plan import folders, room
from core.contract import Heard, Homed, Namer, Platform, Screen, Writer
from core.settings import PlatformSettings, required

ROOT = Path(__file__).parents[1]
TOPS = ("core", "bots", "playground")

UNMIRRORED = {
    "core/contract.py": "nouns and promises, nothing that runs",
    "core/dialogue.py": "nouns as well",
    "core/errors.py": "a tree of names and sentences",
}
PLATFORM_FILES = {"__init__.py", "app.py", "parse.py", "screen.py"}
OUTSIDE = {"asyncio", "redis", "socket", "subprocess", "threading"}
"""What a file that says "No I/O" does not import."""


def _files(*tops: str) -> list[Path]:
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


EVERY = _files(*TOPS, "tests")
PRODUCT = _files(*TOPS)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its lines, decorators aside."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


# Places and sizes


def test_every_module_has_its_tests() -> None:
    missing = [
        _name(path)
        for path in PRODUCT
        if path.name != "__init__.py"
        and _name(path) not in UNMIRRORED
        and not (ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.stem.strip('_')}.py").exists()
    ]

    assert not missing, "\n".join(missing)


def test_what_needs_no_tests_is_still_there() -> None:
    assert [name for name in UNMIRRORED if not (ROOT / name).exists()] == []


def test_the_map_of_core_shows_every_module_once() -> None:
    rows = re.findall(r"^[\w ]+  +(\w[\w ]*)$", core.__doc__ or "", re.MULTILINE)
    modules = (found.name for found in pkgutil.iter_modules(core.__path__))

    assert sorted(" ".join(rows).split()) == sorted(modules)


def test_no_file_is_longer_than_450_lines() -> None:
    long = {_name(path): lines for path in EVERY if (lines := len(path.read_text("utf-8").splitlines())) > 450}

    assert not long, long


def test_no_function_is_longer_than_60_lines() -> None:
    long = {f"{_name(path)}:{name}": lines for path in EVERY for name, lines in _functions(path) if lines > 60}

    assert not long, long


def test_half_of_all_functions_are_shorter_than_10_lines() -> None:
    assert statistics.median(lines for path in PRODUCT for _, lines in _functions(path)) < 10


def test_every_file_begins_with_a_sentence_that_says_what_it_is() -> None:
    def first(path: Path) -> str:
        return (ast.get_docstring(_tree(path)) or "").partition("\n\n")[0]

    without = [_name(path) for path in EVERY if not first(path).endswith((".", ":"))]

    assert not without, "\n".join(without)


def test_what_says_it_does_no_io_does_none() -> None:
    liars = []
    for path in PRODUCT:
        tree = _tree(path)
        if "No I/O" not in (ast.get_docstring(tree) or ""):
            continue
        found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if {name.partition(".")[0] for name in found} & OUTSIDE:
            liars.append(_name(path))

    assert not liars, liars


SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b.*")
WITH_REASON = re.compile(r"# (?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[a-z, -]+\])  # \S+")


def test_every_silencing_names_its_code_and_its_reason() -> None:
    bare = [
        f"{_name(path)}:{number}"
        for path in EVERY
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (found := SILENCED.search(line)) and not WITH_REASON.match(found[0])
    ]

    assert not bare, "\n".join(bare)


def test_nothing_is_mocked() -> None:
    assert [
        _name(path) for path in EVERY if re.search(r"^\s*(?:from|import) unittest", path.read_text("utf-8"), re.M)
    ] == []


# Imports: each contract of pyproject.toml is broken once, in a copy, and must notice it

FORBIDDEN = [
    ("core/history.py", "import bots", "Imports go down only"),
    ("core/contract.py", "import core.errors", "Every room of core has its floor"),
    ("core/history.py", "import core.access", "Every room of core has its floor"),
    ("core/novelty.py", "", "Every room of core has its floor"),
    ("bots/terminal/parse.py", "import bots.slack.parse", "No platform knows another"),
    ("bots/slack/parse.py", "import bots.plan", "No platform knows another"),
    ("core/text.py", "import playground", "The playground is the outside world for core"),
    ("playground/record.py", "import core.contract", "The playground is the outside world for core"),
    ("bots/plan.py", "import playground", "The playground is the outside world for the bots"),
    ("core/text.py", "import rich", "Core knows no platform"),
    ("core/store/keys.py", "import slack_sdk.web", "Core knows no platform"),
    ("core/settings.py", "import anthropic", "Claude's library is core.claude's alone"),
    ("bots/plan.py", "import redis.asyncio", "Redis is core.store's alone"),
    ("bots/terminal/app.py", "import slack_bolt", "Slack is its platform's alone"),
    ("bots/slack/app.py", "import discord", "Discord is its platform's alone"),
    ("core/text.py", "import logging", "There is no other way to a log"),
    ("bots/terminal/app.py", "from logging import getLogger", "There is no other way to a log"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", there)
    for top in TOPS:
        shutil.copytree(ROOT / top, there / top, ignore=shutil.ignore_patterns("__pycache__"))
    return there


def _broken(there: Path) -> set[str]:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=there,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in run.stdout, run.stdout
    return set(re.findall(r"^(.+) BROKEN(?: \(.*\))?$", run.stdout, re.MULTILINE))


def test_no_import_goes_the_wrong_way(copy: Path) -> None:
    assert _broken(copy) == set()


@pytest.mark.parametrize(("file", "line", "contract"), FORBIDDEN)
def test_an_import_that_goes_the_wrong_way_is_noticed(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / file
    before = path.read_text("utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", "utf-8")
    try:
        assert contract in _broken(copy)
    finally:
        path.unlink() if before is None else path.write_text(before, "utf-8")


# Platforms: whatever folder is there


def _calls(promise: type) -> dict[str, Any]:
    return {
        name: thing for name, thing in vars(promise).items() if inspect.isfunction(thing) and not name.startswith("_")
    }


def _kept(promise: type, thing: type) -> dict[str, str]:
    """What of a promise a class does not keep, and why."""
    wrong = {name: "missing" for name in vars(promise) if not name.startswith("_") and not hasattr(thing, name)}
    for name, promised in _calls(promise).items():
        given = inspect.getattr_static(thing, name, None)
        if not inspect.isfunction(given):
            wrong[name] = "missing"
        elif inspect.iscoroutinefunction(given) != inspect.iscoroutinefunction(promised):
            wrong[name] = "awaited or not"
        elif list(inspect.signature(given).parameters) != list(inspect.signature(promised).parameters):
            wrong[name] = "other arguments"
    return wrong


def _made(name: str) -> Platform:
    kind = room(name).Settings
    examples = {field: (info.examples or [None])[0] for field, info in kind.model_fields.items() if info.is_required()}
    return room(name).make(kind(**examples))


def test_there_are_platforms() -> None:
    assert {"slack", "discord", "terminal"} <= set(folders())


@pytest.mark.parametrize("name", folders())
def test_a_platform_has_the_same_files_as_every_other(name: str) -> None:
    assert {path.name for path in (ROOT / "bots" / name).iterdir()} >= PLATFORM_FILES


@pytest.mark.parametrize("name", folders())
def test_a_platform_says_what_it_needs(name: str) -> None:
    kind = room(name).Settings

    assert issubclass(kind, PlatformSettings)
    assert not kind.model_fields or kind.model_config.get("env_prefix") == f"{name}_".upper()
    for field, info in kind.model_fields.items():
        assert not info.is_required() or (info.description and info.examples), field
    assert name == "terminal" or required(kind)


@pytest.mark.anyio
@pytest.mark.parametrize("name", folders())
async def test_a_platform_keeps_the_promise_of_platforms(name: str) -> None:
    made = _made(name)

    assert made.name == name
    assert _kept(Platform, type(made)) == {}


@pytest.mark.anyio
@pytest.mark.parametrize("name", folders())
async def test_a_platform_keeps_what_else_it_promises(name: str) -> None:
    """Each is noticed by its methods: with other arguments it would not be called as it expects, and nobody told."""
    made = type(_made(name))

    for promise in (Writer, Namer, Homed, Heard):
        own = {method for method in vars(promise).keys() - vars(Platform).keys() if not method.startswith("_")}
        assert own
        assert _kept(promise, made) == {} or not any(hasattr(made, method) for method in own)
    if required(room(name).Settings):
        lacking = [promise.__name__ for promise in (Writer, Homed, Heard) if _kept(promise, made)]
        assert not lacking, f"{made.__name__} has tokens, so it keeps these of core/contract.py, too: {lacking}"


@pytest.mark.parametrize("name", folders())
def test_a_platform_keeps_the_promise_of_screens(name: str) -> None:
    module = importlib.import_module(f"bots.{name}.screen")
    screens = [
        thing for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and thing.__name__.endswith("Screen")
    ]  # fmt: skip

    assert screens
    for screen in screens:
        assert _kept(Screen, screen) == {}


@pytest.mark.parametrize("name", folders())
def test_a_platform_reads_payloads_without_io(name: str) -> None:
    doc = importlib.import_module(f"bots.{name}.parse").__doc__ or ""

    assert "No I/O." in doc


def test_a_promise_that_is_not_kept_is_noticed() -> None:
    class Half:
        name = "half"

        async def run(self, inbox: object) -> None: ...
        def close(self) -> None: ...
        async def read(self, file: object) -> bytes:
            return b""

    assert _kept(Platform, Half) == {
        "open": "missing",
        "close": "awaited or not",
        "screen": "missing",
        "read": "other arguments",
        "before": "missing",
    }
