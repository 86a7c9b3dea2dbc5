"""What will run, and all that stands in its way, said at once."""

import secrets
from pathlib import Path

import pytest

from bots import plan
from bots.plan import TERMINAL, folders, room
from core.environment import ENV_FILE
from core.errors import SettingsError
from core.settings import KEY_ADVICE, required
from tests.bots.conftest import Write

KEY = "ANTHROPIC_API_KEY=sk-ant-of-a-test\n"
SLACK = "SLACK_BOT_TOKEN=xoxb-1-example\nSLACK_APP_TOKEN=xapp-1-example\n"


def _problems(only: str = "") -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        plan.plan(only)
    return caught.value.problems


def test_a_folder_is_a_platform_and_a_file_is_none(env: Write) -> None:
    assert {"slack", TERMINAL} <= set(folders())
    assert "plan" not in folders()


def test_an_env_file_that_nobody_can_read_is_said_once(env: Write) -> None:
    env("")
    ENV_FILE.write_bytes(b"STREAM=\xff\n")

    assert _problems().count(".env is not UTF-8 text: save it as UTF-8.") == 1


def test_what_has_its_tokens_runs(env: Write) -> None:
    env(KEY + SLACK)

    ready = plan.plan()

    assert list(ready.rooms) == ["slack"]
    assert [made.name for made in ready.platforms().values()] == ["slack"]


def test_with_nothing_set_the_key_and_the_tokens_are_named(env: Write) -> None:
    env("")
    key, tokens = _problems()

    assert key == f"ANTHROPIC_API_KEY is missing: {KEY_ADVICE}"
    for name in folders():
        assert all(token in tokens for token in required(room(name).Settings))
    assert "parley chat" in tokens


def test_a_platform_that_is_asked_for_by_name_must_have_its_tokens(env: Write) -> None:
    env(KEY)
    problems = _problems("slack")

    assert [problem.partition(" ")[0] for problem in problems] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_one_token_of_two_is_not_taken_for_none(env: Write) -> None:
    env(KEY + "SLACK_BOT_TOKEN=xoxb-1-example\n")
    (problem,) = _problems()

    assert problem.startswith("SLACK_APP_TOKEN is missing: ")


def test_all_sections_are_told_at_once(env: Write) -> None:
    env("SLACK_BOT_TOKEN=nonsense\nSLACK_APP_TOKEN=xapp-1-x\nSTREAM=fast\nHISTORY_KEY=short\nUSER_RATES=1/day\n")
    problems = _problems()

    assert [problem.partition(" ")[0] for problem in problems] == [
        "ANTHROPIC_API_KEY",
        "HISTORY_KEY:",
        "STREAM:",
        "SLACK_BOT_TOKEN:",
        "USER_RATES",
    ]


def test_keys_that_seal_must_be_keys(env: Write) -> None:
    env(KEY + SLACK + "HISTORY_KEY=short\nPSEUDONYM_KEY=short\n")
    problems = _problems()

    assert [problem.partition(" ")[0] for problem in problems] == ["HISTORY_KEY:", "PSEUDONYM_KEY:"]


def test_several_keys_may_seal(env: Write) -> None:
    env(f"{KEY}{SLACK}HISTORY_KEY={secrets.token_hex(32)},{secrets.token_hex(32)}\n")

    assert plan.plan().settings.history_key is not None


def test_the_terminal_runs_only_when_asked_and_without_a_key_when_offline(env: Write) -> None:
    assert list(plan.plan(TERMINAL, offline=True).rooms) == [TERMINAL]


def test_no_problem_repeats_a_value(env: Write) -> None:
    env("ANTHROPIC_API_KEY=Wombat-7\nSLACK_BOT_TOKEN=Wombat-7\nHISTORY_KEY=Wombat-7\n")
    told = " ".join(_problems())

    assert "Wombat" not in told


def test_a_mistyped_name_in_the_environment_is_a_hint(env: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTROPIC_API_KEY", "sk-ant-of-a-test")

    assert "ANTROPIC_API_KEY is no setting of Parley. Did you mean ANTHROPIC_API_KEY?" in plan.hints()


def test_a_proxy_of_an_unknown_kind_is_a_hint(env: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("PROXY" in hint for hint in plan.hints())

    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    assert any(hint.startswith("HTTPS_PROXY") for hint in plan.hints())


def test_a_file_without_certificates_is_a_hint(env: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Path(__file__)))

    assert any(hint.startswith("SSL_CERT_FILE") for hint in plan.hints())


def test_what_is_wrong_with_a_tool_stands_beside_all_else(env: Write) -> None:
    env("TOOLS=foo\nSLACK_BOT_TOKEN=xoxb-1")

    with pytest.raises(SettingsError) as caught:
        plan.plan(check=lambda chosen: [f"TOOLS: {chosen.tools[0]}"])

    assert "TOOLS: foo" in caught.value.problems
    assert any("ANTHROPIC_API_KEY" in problem for problem in caught.value.problems)


def test_what_is_wrong_with_a_tool_stands_beside_an_engine_setting_that_is_wrong(env: Write) -> None:
    env(f"{KEY}{SLACK}TOOLS=foo\nSTREAM=yes\n")

    with pytest.raises(SettingsError) as caught:
        plan.plan(check=lambda chosen: [f"TOOLS: {chosen.tools[0]}"])

    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["STREAM", "TOOLS"]


def test_an_env_file_that_is_a_folder_is_a_hint(env: Write) -> None:
    ENV_FILE.unlink()
    ENV_FILE.mkdir()

    assert ".env is a folder: no setting is read from it." in plan.hints()


def test_an_env_file_that_others_can_read_is_a_hint(env: Write) -> None:
    ENV_FILE.touch(0o600)
    assert not any("chmod" in hint for hint in plan.hints())

    ENV_FILE.chmod(0o640)
    assert any("chmod 600 .env" in hint for hint in plan.hints())


def test_a_platform_may_stream_in_its_own_way(env: Write) -> None:
    env(KEY + SLACK + "DISCORD_TOKEN=" + "x" * 30 + "\nSTREAM=final\nDISCORD_STREAM=off\n")

    ready = plan.plan()

    assert ready.streams() == {"discord": "off"}
    assert ready.settings.stream == "final"


def test_a_line_that_cannot_be_read_stops_the_start_beside_all_else(env: Write) -> None:
    env(f"{KEY}SLACK_BOT_TOKEN=xoxb-1-example\nALLOWED_USERS: U012AB3CD\nSTREAM=fast\n")
    problems = _problems()

    assert [problem.split(" ")[0] for problem in problems] == ["STREAM:", "SLACK_APP_TOKEN", ".env,"]
    assert problems[-1].startswith(".env, line 3, is not NAME=value")
    assert problems[-1] in plan.mistyped()


def test_a_data_directory_where_others_may_write_is_a_hint(env: Write, tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    env(f"DATA_DIR={tmp_path}\n")
    assert any("DATA_DIR" in hint for hint in plan.hints())

    tmp_path.chmod(0o755)
    assert not any("DATA_DIR" in hint for hint in plan.hints())
