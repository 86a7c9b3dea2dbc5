"""The usage line: every call, every column, in a file that only grows; and never a wait on the loop."""

import json
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.dialogue import Call, Usage
from core.errors import SettingsError
from core.events import UsageLost
from core.telling import LogEvent, heard_by
from core.usage import UsageLog, files, line
from tests.strangers import not_ours, open_folder

CALL = Call(
    model="claude-sonnet-5-5",
    usage=Usage(input=10, output=200, cache_read=900, cache_write_5m=60, cache_write_1h=30, thinking=50, searches=1),
    cost=0.0123456789,
    seconds=2.34567,
    first_token=0.45678,
    stop="end_turn",
    attempts=2,
    request_id="req_1",
    error="",
    user="person234567abcd",
    place="place2345672abcd",
)
COLUMNS = {
    "time": str, "model": str, "input": int, "output": int, "cache_read": int, "cache_write_5m": int,
    "cache_write_1h": int, "cache_share": float, "thinking": int, "searches": int, "estimated": bool, "cost": float,
    "first_token": float, "seconds": float, "stop": str, "error": str, "attempt": int, "request_id": str,
    "place": str, "person": str,
}  # fmt: skip


def read(folder: Path) -> list[dict[str, Any]]:
    """As `pandas.read_json(file, lines=True)` does: an object a line."""
    return [json.loads(text) for file in sorted(folder.glob("usage-*.jsonl")) for text in file.read_text().splitlines()]


def test_a_line_has_the_same_columns_of_the_same_types_whatever_became_of_the_call(tmp_path: Path) -> None:
    cut = replace(CALL, usage=Usage(estimated=True), cost=0.0, seconds=0.0, first_token=0.0, stop="", error="cut")
    log = UsageLog(tmp_path, "w1")
    log.note(CALL)
    log.note(cut)
    log.close()

    found = read(tmp_path)

    assert [{name: type(value) for name, value in one.items()} for one in found] == [COLUMNS, COLUMNS]
    assert [one["estimated"] for one in found] == [False, True]


def test_a_line_says_what_was_used() -> None:
    told = line(CALL, 1_795_257_120.5)

    assert told["time"] == "2026-11-21T10:32:00.500+00:00"
    assert (told["input"], told["cache_read"], told["cache_share"]) == (10, 900, 0.9)
    assert (told["cost"], told["first_token"], told["seconds"], told["attempt"]) == (0.01234568, 0.4568, 2.3457, 2)
    assert (told["place"], told["person"]) == (CALL.place, CALL.user)


def test_an_unknown_cost_is_null_and_never_zero(tmp_path: Path) -> None:
    log = UsageLog(tmp_path, "w1")
    log.note(replace(CALL, cost=None))
    log.close()

    assert '"cost": null' in next(tmp_path.iterdir()).read_text()


def test_each_day_and_each_worker_has_a_file_that_only_grows(tmp_path: Path) -> None:
    for worker in ("w1", "w2", "w1"):
        times = iter([1_795_257_120.0, 1_795_257_120.0 + 86_400])
        log = UsageLog(tmp_path / "deep" / "er", worker, clock=times.__next__)
        log.note(CALL)
        log.note(CALL)
        log.close()

    files = {file.name: len(file.read_text().splitlines()) for file in (tmp_path / "deep" / "er").iterdir()}
    assert files == {
        "usage-2026-11-21-w1.jsonl": 2,
        "usage-2026-11-22-w1.jsonl": 2,
        "usage-2026-11-21-w2.jsonl": 1,
        "usage-2026-11-22-w2.jsonl": 1,
    }


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    log = UsageLog(tmp_path / "usage", "w1")
    log.note(CALL)
    log.close()

    (file,) = (tmp_path / "usage").iterdir()
    assert (file.stat().st_mode & 0o777, (tmp_path / "usage").stat().st_mode & 0o777) == (0o600, 0o700)


def test_whoever_notes_a_line_never_waits(tmp_path: Path) -> None:
    log = UsageLog(tmp_path, "w1")
    began = time.perf_counter()
    for _ in range(2_000):
        log.note(CALL)
    each = (time.perf_counter() - began) / 2_000
    log.close()

    assert each < 0.001
    assert len(read(tmp_path)) == 2_000


def test_a_folder_that_cannot_be_written_to_is_told_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    log = UsageLog(tmp_path / "file" / "usage", "w1")
    log.note(CALL)
    log.close()

    assert [record.getMessage() for record in caplog.records] == ["usage lost code=ENOTDIR lines=1"]


def test_a_full_disk_leaves_whole_lines_alone_and_tells_how_many_are_lost(tmp_path: Path) -> None:
    told: list[LogEvent] = []
    length, (soft, hard) = len(json.dumps(line(CALL, 0))) + 1, resource.getrlimit(resource.RLIMIT_FSIZE)

    with heard_by(told.append):
        log = UsageLog(tmp_path, "w1")
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * length + length // 2, hard))  # two lines and a half
        try:
            for _ in range(5):
                log.note(CALL)
            log.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log = UsageLog(tmp_path, "w1")
        log.note(CALL)
        log.close()

    assert len(read(tmp_path)) == 3
    assert [(event.code, event.lines) for event in told if isinstance(event, UsageLost)] == [("EFBIG", 3)]


def test_lines_that_are_another_users_are_told_with_what_to_do() -> None:
    with open_folder() as folder:
        theirs = folder / "usage-2026-11-22-w1.jsonl"
        theirs.touch()

        with not_ours(theirs), pytest.raises(SettingsError) as error:
            files(folder)

    assert "`chown`" in error.value.problems[0]
