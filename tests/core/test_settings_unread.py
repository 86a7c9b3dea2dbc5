"""What of .env cannot be read: each line is named, and the rest is looked at nonetheless."""

from pathlib import Path

import pytest

from core import settings
from core.limits import Window
from core.settings import Settings
from tests.core.env_file import CANARY, Pager, write

pytestmark = pytest.mark.usefixtures("bare")


def test_each_line_of_the_env_file_that_is_no_setting_is_named() -> None:
    settings.ENV_FILE.write_text(
        "# who may ask\n\n\nALLOWED_USERS: U012AB3CD\nHISTORY_DAYS=7\n\nUSER_RATE 3/minute\n"
        f"export STREAM=final\nSYSTEM_PROMPT='two\nlines'\nLOG_LEVEL=\"{CANARY}\nDRAIN_SECONDS=5\n",
        "utf-8",
    )

    told = settings.unread()

    assert [sentence.partition(" is ")[0] for sentence in told] == [
        ".env, line 4,",
        ".env, line 7,",
        ".env, line 11,",
    ]
    assert CANARY not in "".join(told)
    assert settings.read(Settings).settings is not None


@pytest.mark.parametrize("line", ["ALLOWED_USERS", "export ALLOWED_USERS  # the team"])
def test_a_name_that_stands_alone_is_no_setting(line: str) -> None:
    settings.ENV_FILE.write_text(f"HISTORY_DAYS=7\n{line}\n", "utf-8")

    assert [sentence.partition(" is ")[0] for sentence in settings.unread()] == [".env, line 2,"]


def test_no_line_is_named_where_all_are_settings_or_there_is_no_text(tmp_path: Path) -> None:
    write(HISTORY_DAYS="7", ALLOWED_USERS="")
    assert settings.unread() == ()

    settings.ENV_FILE.write_bytes(b"\xff\xfe")
    assert settings.unread() == ()

    settings.ENV_FILE.unlink()
    assert settings.unread() == ()


def test_what_is_wrong_has_its_default_where_the_rest_is_looked_at() -> None:
    write(STREAM="yes", USER_RATE="ten", ANTHROPIC_API_KEY="no-key", TOOLS="websearch", HISTORY_DAYS="7")
    found = settings.readable(Settings)

    assert found is not None
    assert (found.stream, found.user_rate[0], found.anthropic_api_key) == ("edit", Window(10, 60), None)
    assert (found.tools, found.history_days) == (("websearch",), 7)


def test_of_what_lacks_something_required_or_is_no_text_nothing_is_looked_at() -> None:
    write(STREAM="yes")
    assert settings.readable(Pager) is None

    settings.ENV_FILE.write_bytes(b"\xff\xfe")
    assert settings.readable(Settings) is None
