"""What stands beside the code: lock files, settings by name, the container, the words about it all."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis

import core
from bots.plan import folders, room
from bots.slack.setup import manifest
from core.commands import TABLE
from core.settings import Section, Settings, names
from core.store.embedded import find_binary

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / ".cache" / "compose" / "docker-compose"
LOCKS = ("requirements.lock", "requirements-dev.lock")


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# Lock files


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", _text(lock), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_carries_no_address(lock: str) -> None:
    assert not re.search(r"https?:|file:|git\+|--(?:extra-)?index|--find-links|--trusted-host", _text(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", _text(lock), flags=re.MULTILINE)

    assert [block.partition("==")[0] for block in blocks if block and "--hash=sha256:" not in block] == []


def test_what_is_tested_is_what_is_shipped() -> None:
    shipped, tested = (_pins(lock) for lock in LOCKS)

    assert shipped.items() <= tested.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    asked = [re.split(r"[\[<>=~; ]", line)[0].lower().replace(".", "-") for line in project["dependencies"]]

    assert set(asked) <= set(_pins("requirements.lock"))


def test_what_is_imported_is_a_dependency_of_ours() -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    asked = {re.split(r"[\[<>=~; ]", line)[0].lower().replace("-", "_") for line in project["dependencies"]}
    called = {
        "discord": "discord.py",
        "dotenv": "python_dotenv",
        "pydantic_core": "pydantic",
        "markdown_it": "markdown_it_py",
    }
    ours = {"core", "bots", "playground", *sys.stdlib_module_names}

    found = {
        top
        for folder in ("core", "bots", "playground")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if (top := name.partition(".")[0]) and top not in ours
    }

    assert {called.get(top, top) for top in found} <= asked | {
        "httpx2",
        "yarl",
    }  # the errors of anthropic, the addresses of aiohttp


# Settings by name


def _kinds() -> Iterator[type[Section]]:
    yield Settings
    for name in folders():
        yield room(name).Settings


SETTINGS = sorted(name for kind in _kinds() for name in names(kind))


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("file", [".env.example", "README.md"])
def test_every_setting_is_explained(file: str, name: str) -> None:
    assert re.search(rf"(?<![A-Z_]){name}(?![A-Z_])", _text(file))


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    named = re.findall(r"(?<![A-Z_])([A-Z][A-Z_]+)=", _text(".env.example"))

    assert [name for name in named if name not in SETTINGS] == []


def test_the_example_as_it_is_sets_nothing() -> None:
    given = [line for line in _text(".env.example").splitlines() if line and not line.startswith("#")]

    assert [line for line in given if not line.endswith("=")] == []


def test_defaults_in_the_example_are_the_defaults() -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", _text(".env.example"), re.MULTILINE))
    examples = {"CLAUDE_EFFORT", "CLAUDE_THINKING", "CLAUDE_FALLBACK_MODEL", "SYSTEM_PROMPT", "REDIS_URL", "LOG_FORMAT"}
    examples |= {"USAGE_DIR", "TOOLS", "MCP_SERVERS", "PRICES_FILE"}

    for kind in _kinds():
        for name, (field, info) in zip(names(kind), kind.model_fields.items(), strict=True):
            if name in shown and name not in examples:
                read = kind.__pydantic_validator__.validate_assignment(kind.model_construct(), field, shown[name])
                assert getattr(read, field) == info.get_default(), name


# What is said about it


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_readme_knows_every_command(name: str) -> None:
    assert re.search(rf"^\| `{name}`", _text("README.md"), re.MULTILINE)


def test_files_that_are_linked_to_are_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("**/*.md")]
    for page in pages:
        links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_this_version_is_in_the_changelog() -> None:
    text = _text("CHANGELOG.md")

    assert re.fullmatch(r"\d+\.\d+\.\d+", core.__version__)
    assert f"## [{core.__version__}]" in text or "## [Unreleased]" in text


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert _text("LICENSE").startswith("MIT License")
    assert tomllib.loads(_text("pyproject.toml"))["project"]["license"] == "MIT"


@pytest.mark.parametrize("file", [".ci/run", ".ci/fetch"])
def test_scripts_can_be_run_and_stop_at_the_first_failure(file: str) -> None:
    assert os.access(ROOT / file, os.X_OK)
    assert "\nset -euo pipefail\n" in _text(file)


# Slack's manifest


def _manifest(*, basic: bool) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(manifest(basic=basic))
    return read


def test_slacks_manifest_connects_from_inside() -> None:
    settings = _manifest(basic=False)["settings"]

    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert "app_mention" in settings["event_subscriptions"]["bot_events"]


def test_the_basic_manifest_has_everything_but_the_agent_features() -> None:
    full, basic = _manifest(basic=False), _manifest(basic=True)

    del full["features"]["agent_view"]
    full["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    full["settings"]["event_subscriptions"]["bot_events"].remove("agent_session_stopped")
    assert basic == full


# The container


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(_text("docker-compose.yml"))
    return read


@pytest.mark.parametrize("name", ["bot", "store"])
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = _compose()["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith(("0", "root"))
    assert service["ulimits"] == {"core": 0}
    assert "ports" not in service
    assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])
    assert "configs" not in service  # Compose writes them into the container, which is read-only: it would never start


def test_the_store_is_reached_from_inside_only() -> None:
    compose = _compose()

    assert compose["services"]["store"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_the_bot_waits_for_its_store_and_has_time_to_drain() -> None:
    bot = _compose()["services"]["bot"]

    assert bot["depends_on"] == {"store": {"condition": "service_healthy"}}
    assert bot["environment"]["REDIS_URL"] == "redis://store:6379/0"
    assert int(bot["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_seconds"].default


def test_the_stores_configuration_loses_nothing(tmp_path: Path) -> None:
    binary = find_binary()
    assert binary is not None
    program, *options = shlex.split(_compose()["services"]["store"]["command"])
    assert program == "valkey-server"
    server = subprocess.Popen(
        [binary.path, *options, "--port", "0", "--unixsocket", "s", "--dir", "."],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    with server, Redis(unix_socket_path=str(tmp_path / "s")) as redis:
        redis.ping()
        said = {
            name: redis.config_get(name)[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "save")
        }
        server.terminate()

    assert said == {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": ""}


def test_the_image_takes_no_secret_and_no_root() -> None:
    dockerfile, ignored = _text("Dockerfile"), _text(".dockerignore").splitlines()
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE)

    assert "*" in ignored
    assert sorted(copied) == sorted(line[1:] for line in ignored if line.startswith("!"))
    assert "--require-hashes" in dockerfile
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]


def _config(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(PLUGIN), "--project-directory", str(folder), "config", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.system
def test_compose_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(_text("docker-compose.yml"))
    (tmp_path / ".env").write_text(_text(".env.example"))

    assert _config(tmp_path, "--quiet").stderr == ""


@pytest.mark.system
def test_compose_asks_the_bot_itself_how_it_is(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(_text("docker-compose.yml"))
    (tmp_path / ".env").touch()
    asked = json.loads(_config(tmp_path, "--format", "json").stdout)["services"]["bot"]["healthcheck"]
    means, program, *arguments = asked["test"]
    [ours] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", _text("Dockerfile"), re.MULTILINE)
    said = subprocess.run([sys.executable, *arguments, "--help"], capture_output=True, text=True, check=True).stdout

    assert (means, program) == ("CMD", "python")
    assert [program, *arguments] == json.loads(ours)
    assert "HTTP_PORT" in said


@pytest.mark.system
def test_compose_does_not_accept_just_anything(tmp_path: Path) -> None:
    broken = _text("docker-compose.yml").replace("service_healthy", "service_happy")
    (tmp_path / "docker-compose.yml").write_text(broken)
    (tmp_path / ".env").touch()

    assert _config(tmp_path, "--quiet").returncode != 0
