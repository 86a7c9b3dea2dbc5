"""The only way to a log. Our events pass whole; of every other record only where it came from is left, at every level.

What libraries write may hold what somebody said: in the message, its arguments, an exception's text, a local variable.
So a foreign record is reduced while it is made, before any handler can see it, to its logger, level, file and line, and
of an exception to its type and frames.
"""

import asyncio
import io
import json
import logging
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import inf
from pathlib import Path
from types import CodeType, TracebackType
from typing import TextIO

from core.telling import LOGGER, LogEvent, facts, title

PINNED = {
    "anthropic": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "discord": logging.INFO,
    "dotenv.main": logging.ERROR,
    "slack_bolt": logging.INFO,
    "slack_sdk": logging.INFO,
}
"""Below these levels the libraries write whole requests and events: reduced, such lines would say nothing. Of dotenv's
warnings that would be so as well: core/environment.py tells what they are about.
"""

FRAMES = 40
"""So many frames of an exception are written, the inmost ones."""
CHAIN = 8
"""So many exceptions of a chain are written: the one that was raised, what caused it, what it holds."""

SAME_SECONDS = 60.0
"""What a library, or a fault of ours, writes again and again is written once in so many seconds."""
MOST_TOLD = 500
"""So many such lines are remembered."""

_OURS = frozenset((LOGGER, "uncaught", "unraisable", "thread", "loop", "warnings"))

_ROOT = Path(__file__).parents[1]
_LIBRARIES = re.compile(r"site-packages|dist-packages|python3\.\d+|lib-dynload")
_NOT_CODE = re.compile(r"[^A-Za-z0-9_.<>/-]")


class Format(StrEnum):
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of an exception, or of a line that a library wrote. `frames` are file:line:function, inmost last."""

    exception: str = ""
    frames: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.exception, *self.frames]).strip()


def configure(level: str = "INFO", format: Format | None = None, stream: TextIO | None = None) -> None:
    """Make this the process's only log, on standard error: readable on a terminal, JSON lines elsewhere.

    Call it before anything else; again when the settings are known.
    """
    out = stream or sys.stderr
    chosen = format or (Format.TEXT if out.isatty() else Format.JSON)
    handler = _Gathered(out)
    handler.setFormatter(_Text() if chosen is Format.TEXT else _Json())
    handler.addFilter(_Seldom())
    logging.raiseExceptions = False  # it would print the record that failed
    # Nobody reads these, and finding them out is a third of what a line costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.setLogRecordFactory(_Record)
    _take_over(handler, logging.getLevelNamesMapping()[level])
    _hook()
    _no_core_dumps()


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Reduce what a loop says about callbacks that failed and tasks that nobody waited for."""
    loop.set_exception_handler(_in_loop)


# Reduction


def reduced(error: BaseException | None) -> Reduced:
    """An exception, with what caused it and what it holds, without a word of theirs."""
    chain = [] if error is None else list(_chain(error, []))
    frames = [frame for link in reversed(chain) for frame in _frames(link.__traceback__)]
    return Reduced(" < ".join(_kind(type(link)) for link in chain), tuple(frames[-FRAMES:]))


def _chain(error: BaseException, seen: list[BaseException]) -> Iterator[BaseException]:
    if len(seen) >= CHAIN or any(error is other for other in seen):
        return
    seen.append(error)
    yield error
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for other in (*inner, *([earlier] if earlier else [])):
        yield from _chain(other, seen)


def _frames(tb: TracebackType | None) -> Iterator[str]:
    for frame, line in traceback.walk_tb(tb):
        yield _frame(frame.f_code, line)


def _frame(code: CodeType, line: int) -> str:
    return f"{short(code.co_filename)}:{line}:{_as_code(code.co_name)}"


def short(path: str) -> str:
    """A file without the folders of this machine: from the library's or our own top on, else its name alone."""
    file = Path(path)
    tops = [index for index, part in enumerate(file.parts) if _LIBRARIES.fullmatch(part)]
    if tops:
        return _as_code("/".join(file.parts[tops[-1] + 1 :]))
    return _as_code(file.relative_to(_ROOT).as_posix() if file.is_relative_to(_ROOT) else file.name)


def _kind(kind: type) -> str:
    """The name of an exception's class, as its module knows it.

    A class that was made while the program ran may be named after a text: the nearest class above it is named instead.
    """
    known = next(above for above in kind.__mro__ if _is_in_its_module(above))
    return _as_code(known.__name__ if known.__module__ == "builtins" else f"{known.__module__}.{known.__qualname__}")


def _is_in_its_module(kind: type) -> bool:
    found: object = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind


def _logger(name: str) -> str:
    """The part of a logger's name that is a module's, or one of ours: the rest may have been made of anything."""
    if name in _OURS:
        return name
    parts = name.split(".")
    tops = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((_as_code(top) for top in tops if top in sys.modules or top in _OURS), "-")


def _as_code(name: str) -> str:
    """A name in code, made short and plain: it should be no text of anybody's, but nobody can be sure."""
    return _NOT_CODE.sub("_", name)[-100:]


class _Record(logging.LogRecord):
    """A record that holds an event of ours, or nothing but what is left of a foreign one."""

    def __init__(  # noqa: PLR0917  # logging's own signature
        self,
        name: str | None,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: object = None,
        exc_info: object = None,
        func: str | None = None,
        sinfo: str | None = None,
    ) -> None:
        self.left = msg if isinstance(msg, Reduced) else _left(exc_info)
        kept = msg if isinstance(msg, LogEvent) else self.left
        super().__init__(_logger(name or ""), level, pathname, lineno, kept, None, None, func)


def _left(exc_info: object) -> Reduced:
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    return reduced(error if isinstance(error, BaseException) else None)


# Lines


def line(record: logging.LogRecord) -> Mapping[str, object]:
    """A record as the facts of one line, whoever made it."""
    event = record.msg if isinstance(record.msg, LogEvent) else None
    left = record.left if isinstance(record, _Record) else _left(record.exc_info)
    said = {"event": title(type(event)), **facts(event)} if event else _origin(record)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    broken = {"exception": left.exception, "frames": left.frames} if left.exception else {}
    return {"at": at, "level": _as_code(record.levelname), **said, **broken}


def _origin(record: logging.LogRecord) -> dict[str, object]:
    where = {"where": f"{short(record.pathname)}:{record.lineno}"} if record.pathname else {}
    return {"logger": _logger(record.name), **where}


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(line(record))


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = dict(line(record))
        at, level = str(said.pop("at"))[:19].replace("T", " "), said.pop("level")
        what = said.pop("event", None) or said.pop("logger")
        frames = said.pop("frames", ())
        words = [f"{at} {level:<8} {what}", *(f"{key}={value}" for key, value in said.items())]
        below = [f"\n    {frame}" for frame in frames] if isinstance(frames, tuple) else []
        return "  ".join(words) + "".join(below)


class _Seldom(logging.Filter):
    """Lets a line that is no event of ours pass, and none that is just like it for a while: they come in floods."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, LogEvent):
            return True
        left = record.left if isinstance(record, _Record) else None
        what, now = (record.name, record.levelno, record.pathname, record.lineno, left), time.monotonic()
        if now - self._told.get(what, -inf) < SAME_SECONDS:
            return False
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[what] = now
        return True


class _Gathered(logging.StreamHandler[io.StringIO]):
    """Writes together what is logged in one turn of a loop, at its end: each write is a call of the system.

    Where no loop runs a line is written at once. A killed process loses the lines of that one turn.
    """

    def __init__(self, out: TextIO) -> None:
        super().__init__(io.StringIO())
        self._out = out
        self._due: asyncio.AbstractEventLoop | None = None

    def flush(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write()
            return
        if loop is not self._due:
            self._due = loop
            loop.call_soon(self._write)

    def _write(self) -> None:
        with self.lock or nullcontext():
            self._due, lines, self.stream = None, self.stream.getvalue(), io.StringIO()
            with suppress(OSError, ValueError):  # closed, or its reader is gone
                self._out.write(lines)
                self._out.flush()


# Taking over


def _take_over(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    known = [root, *(logger for logger in root.manager.loggerDict.values() if isinstance(logger, logging.Logger))]
    for logger in known:
        for old in tuple(logger.handlers):
            logger.removeHandler(old)
        logger.propagate = True
    root.addHandler(handler)
    root.setLevel(level)
    for name, lowest in PINNED.items():
        logging.getLogger(name).setLevel(max(level, lowest))


def _hook() -> None:
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread
    warnings.showwarning = _warned


def _say(name: str, level: int, left: Reduced, path: str = "", line: int = 0) -> None:
    logger = logging.getLogger(name)
    if logger.isEnabledFor(level):
        logger.handle(_Record(name, level, path, line, left))


def _uncaught(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _say("uncaught", logging.CRITICAL, reduced(error))


def _unraisable(said: "sys.UnraisableHookArgs") -> None:
    _say("unraisable", logging.ERROR, reduced(said.exc_value))


def _in_thread(said: threading.ExceptHookArgs) -> None:
    if not issubclass(said.exc_type, SystemExit):
        _say("thread", logging.ERROR, reduced(said.exc_value))


def _in_loop(loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    error, task = context.get("exception"), context.get("task", context.get("future"))
    left = reduced(error if isinstance(error, BaseException) else None)
    code = getattr(task.get_coro(), "cr_code", None) if isinstance(task, asyncio.Task) else None
    frames = (_frame(code, code.co_firstlineno),) if isinstance(code, CodeType) else ()
    _say("loop", logging.ERROR, Reduced(left.exception or "-", left.frames or frames))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _say("warnings", logging.WARNING, Reduced(_kind(category)), filename, lineno)


def _no_core_dumps() -> None:
    """A core dump is the process's memory: all that was said. Where the system has no such limit there are none."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
