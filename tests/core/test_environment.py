"""What stands in the environment and in .env beside settings: told apart, named by its line, kept from others."""

from pathlib import Path

import pytest

from core import environment, settings
from core.environment import ENV_FILE
from core.settings import Settings
from tests.core.env_file import CANARY, Pager, write

pytestmark = pytest.mark.usefixtures("bare")


def test_each_line_of_the_env_file_that_is_no_setting_is_named() -> None:
    ENV_FILE.write_text(
        "# who may ask\n\n\nALLOWED_USERS: U012AB3CD\nHISTORY_DAYS=7\n\nUSER_RATE 3/minute\n"
        f"export STREAM=final\nSYSTEM_PROMPT='two\nlines'\nLOG_LEVEL=\"{CANARY}\nDRAIN_SECONDS=5\n",
        "utf-8",
    )

    told = environment.unread()

    assert [sentence.partition(" is ")[0] for sentence in told] == [".env, line 4,", ".env, line 7,", ".env, line 11,"]
    assert CANARY not in "".join(told)
    assert settings.read(Settings).settings is not None


@pytest.mark.parametrize("line", ["ALLOWED_USERS", "export ALLOWED_USERS  # the team"])
def test_a_name_that_stands_alone_is_no_setting(line: str) -> None:
    ENV_FILE.write_text(f"HISTORY_DAYS=7\n{line}\n", "utf-8")

    assert [sentence.partition(" is ")[0] for sentence in environment.unread()] == [".env, line 2,"]


def test_no_line_is_named_where_all_are_settings_or_there_is_no_text(tmp_path: Path) -> None:
    write(HISTORY_DAYS="7", ALLOWED_USERS="")
    assert environment.unread() == ()

    ENV_FILE.write_bytes(b"\xff\xfe")
    assert environment.unread() == ()

    ENV_FILE.unlink()
    assert environment.unread() == ()


KNOWN = (*settings.names(Settings), *settings.names(Pager))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ANTROPIC_API_KEY", "ANTHROPIC_API_KEY"),
        ("USER_RATES", "USER_RATE"),
        ("PAGER_TOKN", "PAGER_TOKEN"),
        ("DAILY_BUDGET_US", "DAILY_BUDGET_USD"),
        ("allowed_chanels", "ALLOWED_CHANNELS"),
    ],
)
def test_a_mistyped_name_is_noticed(given: str, meant: str) -> None:
    assert list(environment.misspelt([given], KNOWN)) == [
        f"{given.upper()} is no setting of Parley. Did you mean {meant}?"
    ]


@pytest.mark.parametrize(
    "name", ["PATH", "COMPOSE_PROJECT_NAME", "PAGER_TOKEN", "HISTORY_KEY_FILE", "SYSTEM_PROMPT_FILE"]
)
def test_a_name_of_ours_or_of_another_program_is_left_alone(name: str) -> None:
    assert list(environment.misspelt([name], KNOWN)) == []


def test_a_name_much_like_one_that_is_set_means_something_else() -> None:
    assert list(environment.misspelt(["PAGER_TOKEN_2", "PAGER_TOKEN"], KNOWN)) == []


def test_names_without_a_value_are_not_in_the_env_file() -> None:
    write(STREAM="edit", ADMINS="")

    assert environment.in_env_file() == ("STREAM",)


def test_an_env_file_that_others_can_read_is_noticed() -> None:
    write(STREAM="edit")
    ENV_FILE.chmod(0o600)
    assert not environment.is_open_to_others()

    ENV_FILE.chmod(0o644)
    assert environment.is_open_to_others()


def test_a_child_is_told_no_secret() -> None:
    given = {"PATH": "/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": "/x", "TZ": "UTC", "PYTHONPATH": "/y", "HOME": "/z"}
    kept = {"SLACK_BOT_TOKEN", "ANTHROPIC_API_KEY_FILE", "REDIS_URL", "AWS_SECRET_ACCESS_KEY", "PATHS", "LD", "lc_x"}

    assert environment.bare({**given, **dict.fromkeys(kept, CANARY)}) == given


def test_an_env_file_that_is_no_text_names_nothing() -> None:
    ENV_FILE.write_bytes(b"STREAM=\xff\n")

    assert environment.in_env_file() == ()
