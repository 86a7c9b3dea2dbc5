"""What people said cannot reach the log, by no way and at no level; what happened does."""

import asyncio
import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from core import events, logs
from core.telling import Slug, emit

CANARY = "Wombat-7"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """`configure` takes over the whole process: give it back."""
    root = logging.getLogger()
    handlers, level, factory = list(root.handlers), root.level, logging.getLogRecordFactory()
    hooks = sys.excepthook, sys.unraisablehook, warnings.showwarning, logging.raiseExceptions
    threads = threading.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.setLogRecordFactory(factory)
    sys.excepthook, sys.unraisablehook, warnings.showwarning, logging.raiseExceptions = hooks
    threading.excepthook = threads
    for name in logs.PINNED:
        logging.getLogger(name).setLevel(logging.NOTSET)


def _configured(level: str = "DEBUG", format: logs.Format | None = None) -> io.StringIO:
    out = io.StringIO()
    logs.configure(level, format, out)
    return out


def _lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _raise() -> None:
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        error.add_note(CANARY)
        raise ValueError(f"about {CANARY}") from error


def _caught() -> ValueError:
    try:
        _raise()
    except ValueError as error:
        return error
    raise AssertionError


def test_an_event_is_one_line_of_json_with_its_facts() -> None:
    out = _configured()

    emit(events.Stopped(seconds=1.23456, clean=True))

    (line,) = _lines(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert line == {"level": "INFO", "event": "stopped", "seconds": 1.2346, "clean": True}


def test_an_event_with_an_exception_tells_its_type_and_where_it_was_raised() -> None:
    out = _configured()

    emit(events.StoreTrouble(call=Slug("claim"), code=Slug("Lost")), _caught())

    (line,) = _lines(out)
    assert line["exception"] == "ValueError < KeyError"
    assert [frame.rsplit(":", 1)[1] for frame in line["frames"]] == ["_raise", "_caught", "_raise"]
    assert line["frames"][0].startswith("tests/core/test_logs.py:")
    assert CANARY not in out.getvalue()


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_of_a_foreign_line_only_its_place_is_left_at_every_level(level: str) -> None:
    out = _configured()
    number = logging.getLevelNamesMapping()[level]
    foreign = logging.getLogger("json.decoder")

    foreign.log(number, f"said {CANARY}")
    foreign.log(number, "said %s", CANARY, extra={"said": CANARY}, exc_info=_caught(), stack_info=True)
    foreign.log(number, {"said": CANARY})

    lines = _lines(out)
    assert [(line["level"], line["logger"]) for line in lines] == [(level, "json.decoder")] * 3
    assert all(re.fullmatch(r"tests/core/test_logs\.py:\d+", line["where"]) for line in lines)
    assert CANARY not in out.getvalue()


def test_a_line_that_cannot_be_written_is_not_told_to_anybody_else(capsys: pytest.CaptureFixture[str]) -> None:
    out = _configured()
    out.close()

    logging.getLogger("json.decoder").error(CANARY)

    assert capsys.readouterr().err == ""


@pytest.mark.anyio
async def test_lines_of_one_turn_of_the_loop_are_written_in_one_piece() -> None:
    pieces: list[str] = []

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    logs.configure("DEBUG", None, Out())
    log = logging.getLogger("json.decoder")
    log.info("one")
    other = threading.Thread(target=log.warning, args=("two",))
    other.start()
    other.join()
    log.error("three")
    await asyncio.sleep(0)
    log.info("four")
    await asyncio.sleep(0)

    levels = [[json.loads(line)["level"] for line in piece.splitlines()] for piece in pieces if piece]
    assert levels == [["INFO", "WARNING"], ["ERROR"], ["INFO"]]  # a thread has no loop, and waits for none


def test_what_is_logged_at_a_loops_very_end_is_written() -> None:
    out, loop = _configured("INFO"), asyncio.new_event_loop()
    loop.call_soon(loop.stop)
    loop.call_soon(logging.getLogger("json.decoder").info, "late")
    loop.run_forever()
    loop.close()
    assert _lines(out) == []

    for handler in logging.getLogger().handlers:
        handler.flush()  # as logging does when the process ends

    assert [line["level"] for line in _lines(out)] == ["INFO"]


def test_a_handler_that_a_library_brings_along_sees_no_text_either() -> None:
    _configured()
    out = io.StringIO()
    own = logging.StreamHandler(out)
    own.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    foreign = logging.getLogger("email.library")
    foreign.addHandler(own)
    try:
        foreign.error("said %s", CANARY, exc_info=_caught())
    finally:
        foreign.removeHandler(own)

    assert out.getvalue().startswith("email ValueError < KeyError")
    assert CANARY not in out.getvalue()


def test_a_record_that_was_made_elsewhere_is_reduced_when_it_is_written() -> None:
    out = _configured()
    error = _caught()
    record = logging.LogRecord(
        "json", logging.ERROR, __file__, 1, f"said {CANARY}", None, (ValueError, error, error.__traceback__)
    )

    logging.getLogger().handle(record)
    logging.getLogger().handle(
        logging.makeLogRecord({"name": "email", "msg": CANARY, "levelname": "INFO", "levelno": 20})
    )

    assert [line["logger"] for line in _lines(out)] == ["json", "email"]
    assert CANARY not in out.getvalue()


def test_handlers_of_before_are_taken_off() -> None:
    before = io.StringIO()
    old = logging.StreamHandler(before)
    for logger in (logging.getLogger(), logging.getLogger("early.library")):
        logger.addHandler(old)
    logging.getLogger("early.library").propagate = False

    out = _configured()
    logging.getLogger("early.library").error(CANARY)

    assert before.getvalue() == ""
    assert len(_lines(out)) == 1


@pytest.mark.parametrize(
    "name", ["anthropic._base_client", "httpx2", "discord.gateway", "slack_sdk.web", "slack_bolt.AsyncApp"]
)
def test_chatty_libraries_stay_quiet_at_debug(name: str) -> None:
    out = _configured("DEBUG")

    logging.getLogger(name).debug(CANARY)

    assert out.getvalue() == ""


def test_a_level_holds_for_our_events_and_for_libraries() -> None:
    out = _configured("ERROR")

    emit(events.Connected(platform=Slug("slack")))
    logging.getLogger("discord.client").warning("w")
    logging.getLogger("discord.client").error("e")

    assert [line["level"] for line in _lines(out)] == ["ERROR"]


def test_what_a_library_says_again_and_again_is_written_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    out, clock = _configured(), [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    for clock[0] in (1, 2, 3, 60, 62):
        logging.getLogger("discord.client").error("e")
        try:
            raise OSError(CANARY)
        except OSError:
            logging.getLogger("discord.client").exception("e")
        emit(events.Connected(platform=Slug("slack")))

    told = [line.get("event") or line.get("exception", "") for line in _lines(out)]
    assert sorted(told) == ["", "", "OSError", "OSError", *["connected"] * 5]


def test_on_a_terminal_lines_are_for_people() -> None:
    out = _configured("INFO", logs.Format.TEXT)

    emit(events.StoreTrouble(call=Slug("claim"), code=Slug("Lost")), _caught())

    first, *frames = out.getvalue().splitlines()
    told = "store trouble  call=claim  code=Lost  exception=ValueError < KeyError"
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d WARNING  {told}", first)
    assert frames[0].startswith("    tests/core/test_logs.py:")


def test_an_exception_group_tells_the_types_of_all_it_holds() -> None:
    left = logs.reduced(ExceptionGroup(CANARY, [OSError(CANARY), ExceptionGroup(CANARY, [TimeoutError(CANARY)])]))

    assert left.exception == "ExceptionGroup < OSError < ExceptionGroup < TimeoutError"


def test_a_circle_of_causes_comes_to_an_end() -> None:
    one, two = ValueError(CANARY), KeyError(CANARY)
    one.__cause__, two.__cause__ = two, one

    assert logs.reduced(one).exception == "ValueError < KeyError"


def test_of_a_long_chain_so_many_are_told_and_no_more() -> None:
    error = KeyError()
    for _ in range(2 * logs.CHAIN):
        error, error.__cause__ = KeyError(), error

    assert logs.reduced(error).exception.split(" < ") == ["KeyError"] * logs.CHAIN


def test_whoever_ends_the_program_or_a_thread_on_purpose_is_no_fault() -> None:
    out = _configured()

    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    threading.excepthook(threading.ExceptHookArgs((SystemExit, SystemExit(), None, None)))

    assert _lines(out) == []


def test_a_name_made_up_from_a_text_does_not_pass_as_code() -> None:
    made = type(f"Error about {CANARY}!", (json.JSONDecodeError,), {"__module__": "builtins"})
    in_a_function = type("Local", (made,), {"__qualname__": "f.<locals>.Local"})

    assert logs.reduced(made(CANARY, "", 0)).exception == "json.decoder.JSONDecodeError"
    assert logs.reduced(in_a_function(CANARY, "", 0)).exception == "json.decoder.JSONDecodeError"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("json.decoder", "json.decoder"),
        (f"json.{CANARY}", "json"),
        (CANARY, "-"),
        (f"{CANARY}.json", "-"),
        ("parley", "parley"),
        ("root", "-"),
    ],
)
def test_a_logger_is_told_as_far_as_it_is_a_module(name: str, said: str) -> None:
    out = _configured()

    logging.getLogger(name).error("x")

    assert [line["logger"] for line in _lines(out)] == [said]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (logs.__file__, "core/logs.py"),
        (json.__file__, "json/__init__.py"),
        (pytest.__file__, "pytest/__init__.py"),
        ("/home/wombat/secret/tool.py", "tool.py"),
        ("<string>", "<string>"),
    ],
)
def test_a_file_is_told_without_the_folders_of_this_machine(path: str, said: str) -> None:
    assert logs.short(path) == said


@pytest.mark.anyio
async def test_what_fails_unheard_in_the_loop_is_told_without_its_words() -> None:
    out = _configured()
    loop = asyncio.get_running_loop()
    logs.watch(loop)
    task = asyncio.create_task(asyncio.sleep(0), name=CANARY)

    loop.call_exception_handler({"message": CANARY, "exception": _caught(), "task": task})
    loop.call_exception_handler({"message": CANARY, "task": task})
    await task

    first, second = _lines(out)
    assert first["exception"] == "ValueError < KeyError"
    assert second["frames"][0].endswith(":sleep")
    assert CANARY not in out.getvalue()


ALL_WAYS = f"""
import asyncio, gc, logging, resource, sys, threading, traceback, warnings
sys.path.insert(0, sys.argv[2])
if sys.argv[1] == "ours":
    from core import logs
    logs.configure("DEBUG")
else:
    logging.basicConfig(level="DEBUG")
    logging.captureWarnings(True)
text = "{CANARY[:4]}" + "{CANARY[4:]}"
logging.getLogger("a.library").debug(f"said {{text}}")
logging.getLogger("a.library").error("said %s", text, exc_info=ValueError(text))
logging.getLogger("a.library").error("%d", text)
warnings.warn(text)
thread = threading.Thread(target=lambda: [][text])
thread.start()
thread.join()
class Grave:
    def __del__(self): raise ValueError(text)
Grave()
async def main():
    if sys.argv[1] == "ours":
        logs.watch(asyncio.get_running_loop())
    async def fail(): raise RuntimeError(text)
    asyncio.get_running_loop().call_soon(lambda: {{}}[text])
    forgotten = asyncio.create_task(fail(), name=text)
    await asyncio.sleep(0.01)
    del forgotten
    gc.collect()
asyncio.run(main())
if sys.argv[1] == "ours":
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
def local(said): raise SystemError(said)
local(text)
"""


def _all_ways(whose: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", ALL_WAYS, whose, os.getcwd()],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_whole_process_says_what_failed_and_nothing_of_what_was_said() -> None:
    run = _all_ways("ours")

    assert run.returncode == 1
    assert run.stdout == ""
    assert CANARY not in run.stderr
    said = [json.loads(line) for line in run.stderr.splitlines()]
    told = {line["logger"]: line.get("exception") for line in said}
    assert told["uncaught"] == "SystemError"
    assert told["thread"] == "TypeError"
    assert told["unraisable"] == "ValueError"
    assert told["warnings"] == "UserWarning"
    assert [line["exception"] for line in said if line["logger"] == "loop"] == ["KeyError", "RuntimeError"]


def test_the_same_process_with_a_plain_log_gives_everything_away() -> None:
    """The positive control: every way that is shut above is open without us."""
    assert _all_ways("plain").stderr.count(CANARY) > 8
