"""Settings: from three places, all that is wrong at once, no value ever repeated."""

import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn
from hypothesis import strategies as st
from pydantic import SecretStr

from core import settings
from core.dialogue import EFFORTS
from core.environment import ENV_FILE
from core.limits import Window
from core.settings import Reading, Settings
from core.store.sealing import parse_keys
from tests.core.env_file import CANARY, Pager, write

pytestmark = pytest.mark.usefixtures("bare")


def _read(**values: str) -> Settings:
    write(**values)
    reading = settings.read(Settings)
    assert reading.problems == ()
    assert reading.settings is not None
    return reading.settings


def _problems(**values: str) -> tuple[str, ...]:
    write(**values)
    return settings.read(Settings).problems


def test_without_any_setting_everything_has_its_default() -> None:
    reading = settings.read(Settings)

    assert reading.problems == ()
    assert reading.settings is not None
    assert reading.settings.claude_model == "claude-sonnet-5-5"
    assert reading.settings.user_rate == (Window(10, 60), Window(100, 86400))
    assert reading.settings.timezone is UTC
    assert reading.settings.anthropic_api_key is None


def test_an_empty_value_is_no_value() -> None:
    assert _read(CLAUDE_EFFORT="", DRAIN_SECONDS="", REDIS_URL="").redis_url is None


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISTORY_DAYS", "7")

    assert _read(HISTORY_DAYS="8", DRAIN_SECONDS="5").history_days == 7


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("where", ["environment", "env file"])
def test_a_secret_can_stand_in_a_file_of_its_own(
    where: str, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(mark + "sk-ant-of-a-file\n", encoding="utf-8")
    if where == "environment":
        monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(file))

    read = _read(**({} if where == "environment" else {"ANTHROPIC_API_KEY_FILE": str(file)}))

    assert read.anthropic_api_key == SecretStr("sk-ant-of-a-file")


def test_the_environment_goes_before_a_file_that_the_env_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prompt").write_text("from a file")
    monkeypatch.setenv("SYSTEM_PROMPT", "from the environment")

    assert _read(SYSTEM_PROMPT_FILE="prompt").system_prompt == "from the environment"


def test_a_value_and_a_file_for_it_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "prompt").write_text(CANARY)

    assert _problems(SYSTEM_PROMPT="Be kind", SYSTEM_PROMPT_FILE="prompt") == (
        "SYSTEM_PROMPT: set it or SYSTEM_PROMPT_FILE, not both.",
    )


def test_a_file_that_cannot_be_read_is_told_by_the_name_of_its_setting(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")

    assert _problems(HISTORY_KEY_FILE=f"/{CANARY}", PSEUDONYM_KEY_FILE="bytes", REDIS_URL_FILE=str(tmp_path)) == (
        "REDIS_URL: REDIS_URL_FILE names a file that this user cannot read as text.",
        "HISTORY_KEY: HISTORY_KEY_FILE names a file that is not there.",
        "PSEUDONYM_KEY: PSEUDONYM_KEY_FILE names a file that this user cannot read as text.",
    )


def test_all_that_is_wrong_is_named_at_once() -> None:
    problems = _problems(
        ANTHROPIC_API_KEY="no-key",
        CLAUDE_MAX_TOKENS="lots",
        CLAUDE_EFFORT="huge",
        REDIS_PREFIX="Two Words",
        HISTORY_DAYS="-1",
        USER_RATE="ten",
        TIMEZONE="Mars/Olympus",
        STREAM="fast",
        LOG_LEVEL="loud",
        DRAIN_SECONDS="601",
        ANTHROPIC_BASE_URL="https://gateway.example/v1",
    )

    assert [problem.partition(":")[0] for problem in problems] == [
        "CLAUDE_MAX_TOKENS",
        "CLAUDE_EFFORT",
        "REDIS_PREFIX",
        "HISTORY_DAYS",
        "USER_RATE",
        "TIMEZONE",
        "STREAM",
        "LOG_LEVEL",
        "DRAIN_SECONDS",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CLAUDE_MAX_TOKENS", "2.5", "write a whole number from 1 to 128000."),
        ("CLAUDE_MAX_TOKENS", "0", "write a number from 1 to 128000."),
        ("CLAUDE_EFFORT", "huge", "choose one of low, medium, high, xhigh, max."),
        ("CLAUDE_MODEL", "the best one", "write a model's id, such as claude-sonnet-5-5."),
        ("STREAM", "fast", "choose one of edit, final, off."),
        ("TIMEZONE", "Mars/Olympus", "write a time zone such as UTC or Europe/Berlin."),
        ("TIMEZONE", "../../etc/passwd", "write a time zone such as UTC or Europe/Berlin."),
        ("ANTHROPIC_BASE_URL", "api.example", "write a whole address that begins with https:// or http://."),
        ("USER_RATE", "0/minute", '"0/minute" would refuse everybody: allow at least 1, or write none for no limit.'),
        ("REDIS_PREFIX", "x" * 33, "write up to 32 small letters, digits, - and _."),
    ],
)
def test_each_problem_says_what_to_write(name: str, value: str, sentence: str) -> None:
    assert _problems(**{name: value}) == (f"{name}: {sentence}",)


def test_a_key_of_the_claude_api_has_its_shape() -> None:
    (problem,) = _problems(ANTHROPIC_API_KEY=CANARY)

    assert problem.startswith("ANTHROPIC_API_KEY: a key of the Claude API begins with sk-ant-: make one at ")
    assert _read(ANTHROPIC_API_KEY="sk-ant-api03-x").anthropic_api_key is not None


def test_a_gateway_may_have_keys_of_any_shape() -> None:
    assert _read(ANTHROPIC_API_KEY="anything", ANTHROPIC_BASE_URL="http://127.0.0.1:8082").anthropic_api_key is not None


def test_where_there_must_be_a_key_it_is_asked_for_among_all_else() -> None:
    write(STREAM="fast")

    problems = settings.read(settings.KeyedSettings).problems

    assert [problem.partition(":")[0] for problem in problems] == ["ANTHROPIC_API_KEY is missing", "STREAM"]


@pytest.mark.parametrize("key", [b64encode(bytes(32)).decode(), "ab" * 32, urlsafe_b64encode(b"\xff" * 32).decode()])
def test_a_key_that_seals_is_32_bytes_as_the_store_reads_them(key: str) -> None:
    read = _read(HISTORY_KEY=f"{key}, {key}", PSEUDONYM_KEY=key)

    assert read.history_key is not None
    assert read.pseudonym_key is not None
    assert len(parse_keys("HISTORY_KEY", read.history_key.get_secret_value())) == 2
    assert len(parse_keys("PSEUDONYM_KEY", read.pseudonym_key.get_secret_value())) == 1


@pytest.mark.parametrize("key", ["short", "ab" * 31, b64encode(bytes(31)).decode() + "x", f"{'ab' * 32},"])
def test_what_is_no_such_key_is_refused(key: str) -> None:
    problems = _problems(HISTORY_KEY=key, PSEUDONYM_KEY=f"{key}")

    assert [problem.partition(":")[0] for problem in problems] == ["HISTORY_KEY", "PSEUDONYM_KEY"]


def test_lists_and_windows_take_spaces_and_commas() -> None:
    read = _read(ADMINS="U1, U2 U3", USER_RATE="3/minute, 20/day", CHANNEL_RATE="none", ALLOWED_SPACES="T1")

    assert read.admins == ("U1", "U2", "U3")
    assert read.allowed_spaces == ("T1",)
    assert read.user_rate == (Window(3, 60), Window(20, 86400))
    assert read.channel_rate == ()


def test_words_may_be_written_as_people_write_them() -> None:
    read = _read(LOG_LEVEL="debug", STREAM=" Final ", LOG_FORMAT="JSON", CLAUDE_EFFORT="High", CACHE_TTL="1H")

    assert (read.log_level, read.stream, read.log_format) == ("DEBUG", "final", "json")
    assert (read.claude_effort, read.cache_ttl) == ("high", "1h")


@pytest.mark.parametrize("name", ["ALLOWED_SPACES", "ALLOWED_CHANNELS", "ALLOWED_USERS", "ALLOWED_ROLES", "ADMINS"])
def test_a_list_of_ids_takes_no_word_that_would_stand_for_nobody(name: str) -> None:
    assert _problems(**{name: "T012AB3CD U012AB3CD, 123456789012345678"}) == ()
    for wrong in ("all", "none", "ALL", "DM", "@bob", "<@U012AB3CD>", "#general", "U012AB3CD Bob", "*"):
        (problem,) = _problems(**{name: wrong})
        assert problem.startswith(f"{name}: write ids, such as ")
        assert problem.endswith("or leave it empty.")
    assert (_problems(**{name: "dm"}) == ()) == (name == "ALLOWED_SPACES")


@pytest.mark.parametrize("dollars", ["0", "-1", "inf", "1e400", "nan", "1e300", "a lot"])
def test_a_budget_is_a_number_that_can_be_counted_to(dollars: str) -> None:
    assert _read(DAILY_BUDGET_USD="0.01").daily_budget_usd == 0.01

    told = "write a number of more than 0, up to 10,000,000."
    assert _problems(DAILY_BUDGET_USD=dollars) == (f"DAILY_BUDGET_USD: {told}",)


@pytest.mark.parametrize("url", ["https://[::1", "https://host:port", "host", "ftp://host", "https://"])
def test_what_is_no_address_is_told_how_to_write_one(url: str) -> None:
    (problem,) = _problems(ANTHROPIC_BASE_URL=url)

    assert problem == "ANTHROPIC_BASE_URL: write a whole address that begins with https:// or http://."


@pytest.mark.skipif(sys.platform != "linux", reason="a file that even root cannot read is hard to come by")
def test_an_env_file_that_cannot_be_read_is_told() -> None:
    (problem,) = settings.read(Settings, Path("/proc/self/mem")).problems

    assert problem == "/proc/self/mem cannot be read (Input/output error): make it a file that this user may read."


def test_a_time_zone_is_one_of_the_worlds() -> None:
    write(TIMEZONE="Europe/Berlin")
    read = settings.read(Settings).settings

    assert read is not None
    assert read.timezone == ZoneInfo("Europe/Berlin")


def test_the_efforts_are_those_of_the_effort_command() -> None:
    for effort in EFFORTS:
        assert _read(CLAUDE_EFFORT=effort).claude_effort == effort


def test_a_file_that_is_no_text_is_told() -> None:
    ENV_FILE.write_bytes(b"STREAM=\xff\n")

    assert settings.read(Settings).problems == (".env is not UTF-8 text: save it as UTF-8.",)


def test_a_platform_without_its_tokens_is_off() -> None:
    write(PAGER_LOUD="maybe")

    assert settings.read(Pager) == Reading(problems=("PAGER_TOKEN is missing: print it at the pager.",), absent=True)


def test_a_platform_with_its_tokens_is_on() -> None:
    write(PAGER_TOKEN="pg-1", PAGER_LOUD="on")

    reading = settings.read(Pager)

    assert reading.problems == ()
    assert reading.settings is not None
    assert (reading.settings.token.get_secret_value(), reading.settings.loud) == ("pg-1", True)


def test_a_platform_with_a_token_says_all_that_is_wrong_with_it() -> None:
    write(PAGER_TOKEN=CANARY, PAGER_LOUD="maybe", PAGER_BEEPS="0")

    assert settings.read(Pager) == Reading(
        problems=(
            "PAGER_TOKEN: a pager's token begins with pg-.",
            "PAGER_BEEPS: write a number of 1 or more.",
            "PAGER_LOUD: write on or off.",
        )
    )


_VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="'\"`$#\\"), min_size=1
)


@drawn(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([name for name in settings.names(Settings) if name != "USER_RATE"]), _VALUES))
def test_whatever_is_written_reading_ends_and_repeats_no_value(values: Mapping[str, str]) -> None:
    marked = {name: f"{CANARY}{value}" for name, value in values.items()}
    write(**marked)

    reading = settings.read(Settings)

    told = " ".join(reading.problems) + repr(reading)
    assert CANARY not in told.replace(f'"{CANARY}'.lower(), "")
    assert (reading.settings is None) <= bool(reading.problems)


@pytest.mark.parametrize(
    "url",
    [
        "redis://h:6379/0",
        "rediss://u:p@h",
        "unix:///run/redis.sock",
        "redis+sentinel://a:1,b:2/mine",
        "rediss+cluster://h:1",
    ],
)
def test_every_form_of_a_redis_url_passes(url: str) -> None:
    assert _read(REDIS_URL=url).redis_url == SecretStr(url)


def test_a_running_bot_is_not_changed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read(HISTORY_DAYS="8")
    monkeypatch.setenv("HISTORY_DAYS", "9")

    assert read.history_days == 8


def test_a_path_may_begin_with_the_home_of_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "prompt").write_text("Be kind")

    read = _read(DATA_DIR="~/parley-data", USAGE_DIR="~/usage", SYSTEM_PROMPT_FILE="~/prompt")

    assert (read.data_dir, read.usage_dir) == (tmp_path / "parley-data", tmp_path / "usage")
    assert read.system_prompt == "Be kind"


def test_a_home_that_nobody_has_is_told() -> None:
    assert _problems(DATA_DIR="~nobody-of-that-name/data") == (
        "DATA_DIR: write the whole path: nobody here has that home.",
    )


def test_what_is_wrong_has_its_default_where_the_rest_is_looked_at() -> None:
    write(STREAM="yes", USER_RATE="ten", ANTHROPIC_API_KEY="no-key", TOOLS="websearch", HISTORY_DAYS="7")
    found = settings.readable(Settings)

    assert found is not None
    assert (found.stream, found.user_rate[0], found.anthropic_api_key) == ("edit", Window(10, 60), None)
    assert (found.tools, found.history_days) == (("websearch",), 7)


def test_of_what_lacks_something_required_or_is_no_text_nothing_is_looked_at() -> None:
    write(STREAM="yes")
    assert settings.readable(Pager) is None

    ENV_FILE.write_bytes(b"\xff\xfe")
    assert settings.readable(Settings) is None
