"""Starts workers by forking: imports the bot once, then each line on stdin starts one more `parley` process.

A line is JSON: {"command", "log", "cwd", "env", "without", "pace"}; the answer, a line too, is {"pid"}. When a worker
has ended its {"pid", "code"} is written. The workers are killed when stdin ends. Importing takes two seconds of a core,
and a storm starts some hundred workers: this is why they are forked. What runs in them is `parley` from its first line
on.
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

from bots.__main__ import main
from bots.plan import folders, room
from tests.chaos.ablation import take_out
from tests.chaos.pace import hasten

PR_SET_PDEATHSIG = 1


def prepare() -> None:
    """All imports that a worker will need."""
    for name in folders():
        room(name)
    for name in ("anthropic", "redis.asyncio.client", "aiohttp"):
        import_module(name)
    gc.freeze()
    assert threading.active_count() == 1, "a fork would lose the other threads"


def start(order: dict[str, Any]) -> int:
    """A new process; its id. A forked copy of this one, which becomes `parley`."""
    pid = os.fork()
    if pid == 0:
        become(order)
    return pid


def become(order: dict[str, Any]) -> NoReturn:
    code = 70
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for old, new in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(old, new)
        os.closerange(3, 64)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.argv = ["parley", order["command"]]
        take_out(order["without"])
        hasten(order["pace"])
        code = _run()
    finally:
        os._exit(code)


def _run() -> int:
    try:
        main()
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
