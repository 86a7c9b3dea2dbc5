"""Starts processes by forking: imports all once, then each line on stdin starts one more `parley` or playground.

A line is JSON: {"command", "out", "err", "cwd", "env"}, with "command" as it would be typed ("parley run"); the answer,
a line too, is {"pid"}. Without "err", standard error is this process'; with "terminal" that is all three of them. What
is "without" something has it taken out of the bot (ablation.py), and a "pace" shortens its leases (pace.py). When a
process has ended its {"pid", "code"} is written. All are killed when stdin ends. Importing takes two seconds of a core,
and a storm starts some hundred workers: this is why they are forked. What runs in them is the program from its first
line on.
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import playground.__main__ as playground
from bots.__main__ import main
from bots.plan import folders, room
from tests.chaos.ablation import take_out
from tests.chaos.pace import hasten

PR_SET_PDEATHSIG = 1
PROGRAMS = {"parley": main, "playground": playground.main}


def prepare() -> None:
    """All imports that a worker will need."""
    for name in folders():
        room(name)
    for name in ("anthropic", "redis.asyncio.client", "aiohttp", "bots.serve"):
        import_module(name)
    for name in playground.NAMES:
        import_module(f"playground.{name}")
    gc.freeze()
    assert threading.active_count() == 1, "a fork would lose the other threads"


def start(order: dict[str, Any]) -> int:
    """A new process; its id. A forked copy of this one, which becomes the program."""
    out = _opened(order.get("out", os.devnull))
    err = _opened(order["err"]) if "err" in order else 2
    pid = os.fork()
    if pid == 0:
        become(order, out, err)
    for file in {out, err} - {2}:
        os.close(file)
    return pid


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def become(order: dict[str, Any], out: int, err: int) -> NoReturn:
    code = 70
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        inner = os.open(os.devnull, os.O_RDONLY)
        if "terminal" in order:
            os.setsid()  # then the terminal is this session's
            inner = out = err = os.open(order["terminal"], os.O_RDWR)
        for old, new in ((inner, 0), (out, 1), (err, 2)):
            os.dup2(old, new)
        os.closerange(3, 64)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.argv = order["command"].split()
        take_out(order.get("without", ""))
        hasten(order.get("pace", 1.0))
        code = _run(PROGRAMS[sys.argv[0]])
    finally:
        os._exit(code)


def _run(program: Callable[[], None]) -> int:
    try:
        program()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # what Python itself does at the end of a process
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
    return 0


def say(told: dict[str, int]) -> None:
    os.write(1, f"{json.dumps(told)}\n".encode())


def bury() -> None:
    """Tell of every worker that has ended."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            say({"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def serve() -> None:
    """Until stdin ends."""
    woken, bell = os.pipe()
    for end in (woken, bell):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(bell)
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            bury()
        if 0 in ready:
            part = os.read(0, 65_536)
            if not part:
                return
            *lines, rest = (rest + part).split(b"\n")
            _obey(lines)


def _obey(lines: Iterable[bytes]) -> None:
    for line in lines:
        say({"pid": start(json.loads(line))})


if __name__ == "__main__":
    prepare()
    say({"pid": os.getpid()})
    serve()  # its end takes the workers with it: they are told by the kernel
