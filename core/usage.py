"""The usage line: one line of JSON for each call to the model, in usage-DATE-WORKER.jsonl, only ever appended to.

time            when the call ended, UTC, ISO 8601         model         as it answered
input           tokens of the prompt, cache aside          output        tokens, thinking included
cache_read      tokens read from the prompt cache          cache_share   their part of the whole prompt, 0 to 1
cache_write_5m, cache_write_1h   tokens written to it      thinking      tokens
searches        of the web                                 estimated     the stream was cut before it told its output
cost            US dollars; null: the price is not known   first_token   seconds to the first text; 0: there was none
seconds         of the whole call                          stop          the API's stop reason; "" when it was cut
attempt         which call of its answer, from 1           error         what went wrong; "" when nothing did
request_id      the API's                                  place, person pseudonyms, as in the log; place: the channel
"""

import errno
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.allowance import PARTS, parts
from core.dialogue import Call
from core.errors import SettingsError
from core.events import UsageLost
from core.folders import make, opened
from core.telling import Slug, emit

MOST_AT_ONCE = 1_000
"""Lines that are written together."""
GATHER = 0.05
"""Seconds for more lines to come: handing the processor to and fro for each would take longer than writing it."""


def line(call: Call, at: float) -> dict[str, bool | int | float | str | None]:
    """A call's columns. `at` is the time of its end, in seconds since 1970."""
    used = call.usage
    return {
        "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        "model": call.model,
        "input": used.input,
        "output": used.output,
        "cache_read": used.cache_read,
        "cache_write_5m": used.cache_write_5m,
        "cache_write_1h": used.cache_write_1h,
        "cache_share": round(used.cache_read / used.prompt, 4) if used.prompt else 0.0,
        "thinking": used.thinking,
        "searches": used.searches,
        "estimated": used.estimated,
        "cost": None if call.cost is None else parts(call.cost) / PARTS,
        "first_token": round(call.first_token, 4),
        "seconds": round(call.seconds, 4),
        "stop": call.stop,
        "error": call.error,
        "attempt": call.attempts,
        "request_id": call.request_id,
        "place": call.place,
        "person": call.user,
    }


def files(folder: Path) -> Sequence[Path]:
    """All that hold usage lines, the oldest first. Raises SettingsError when one is not ours to read and change."""
    found = sorted(folder.glob("usage-*.jsonl"))
    for file in found:
        try:
            os.close(os.open(file, os.O_RDWR))
        except PermissionError:
            raise SettingsError(
                [f"{file} belongs to another user: run this as root, or `chown` it to whoever runs the bot."]
            ) from None
    return found


class UsageLog:
    """Writes the lines, in a thread of its own: `note` never waits. `worker` tells the files of processes apart."""

    def __init__(self, folder: Path, worker: str, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._worker = worker
        self._clock = clock
        self._lines: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def note(self, call: Call) -> None:
        columns = line(call, self._clock())
        self._lines.put((str(columns["time"])[:10], json.dumps(columns)))

    def close(self) -> None:
        """Return when all is written; within 5 s."""
        self._lines.put(None)
        self._thread.join(5)

    def _run(self) -> None:
        ended = False
        while not ended:
            found = [self._lines.get()]
            if found != [None]:
                time.sleep(GATHER)
            while len(found) < MOST_AT_ONCE and not self._lines.empty():
                found.append(self._lines.get())
            ended = None in found
            for day, text in _by_day(one for one in found if one):
                self._append(day, text)

    def _append(self, day: str, text: str) -> None:
        lines, taken = text.encode(), 0
        try:
            make(self._folder)
            name = self._folder / f"usage-{day}-{self._worker}.jsonl"
            file = opened(name, os.O_WRONLY | os.O_APPEND)
            before = os.fstat(file).st_size
            try:
                while taken < len(lines):
                    taken += os.write(file, lines[taken:])
            except OSError:
                taken = lines.rfind(b"\n", 0, taken) + 1
                os.ftruncate(file, before + taken)  # a full disk takes half a line, which would spoil the next one
                raise
            finally:
                os.close(file)
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, type(error).__name__)
            emit(UsageLost(code=Slug.of(code), lines=lines.count(b"\n", taken)))


def _by_day(lines: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each day with its lines in one text."""
    found: dict[str, list[str]] = {}
    for day, text in lines:
        found.setdefault(day, []).append(f"{text}\n")
    return ((day, "".join(texts)) for day, texts in found.items())
