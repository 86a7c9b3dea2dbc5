"""Python runs this file at its start when its folder is on PYTHONPATH: it makes the shipped program fail from inside.

A message that says SABOTAGE goes through everything that can carry a text to where it does not belong: an exception
with a cause and a note, a warning, another library's log, a thread, a task that nobody waits for, a callback, a
destructor, a coroutine that nobody awaits. SABOTAGE-DOOR makes the door fail, SABOTAGE-ALL ends the program.
PLAIN=1: the program logs as most do; the same search must then find what it looks for.

BIRTHS=descriptor: everything is loaded once, and each line on standard input, {"env", "folder", "out", "err"}, is one
more life: a fork of this process goes on from here as the program that was started, with its first line. Its id and its
exit code are told to that descriptor.
"""

import asyncio
import gc
import json
import logging
import os
import select
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from core import logs
from core.contract import Event, Verdict
from core.door import Door
from core.prompts import Prompts
from core.store import Claim
from core.worker import Worker

_LOOK_SECONDS = 0.02
_prompt, _accept, _found = Prompts.of, Door.accept, Worker._found
_doom: list[str] = []


class _Grave:
    def __init__(self, text: str) -> None:
        self.text = text

    def __del__(self) -> None:
        raise ValueError(self.text)


def _raise(text: str) -> None:
    raise ValueError(text)


async def _araise(text: str) -> None:
    _raise(text)


def _everything(text: str) -> None:
    warnings.warn(text, ResourceWarning, stacklevel=1)
    logging.getLogger("stranger").error("what was said: %s", text, extra={"text": text}, stack_info=True)
    logging.getLogger(f"stranger.{text}").debug(f"it was {text}")  # noqa: G004  # as slack_sdk does
    thread = threading.Thread(target=_raise, args=(text,), name=text)
    thread.start()
    thread.join()
    asyncio.create_task(_araise(text), name=text)  # noqa: RUF006  # nobody waits for it: that is the point
    asyncio.get_running_loop().call_soon(_raise, text)
    _Grave(text)
    _araise(text)  # type: ignore[unused-coroutine]  # nobody awaits it: that is the point
    try:
        _raise(text)
    except ValueError as error:
        error.add_note(text)
        raise ExceptionGroup(text, [KeyError(text), type(text[:90], (Exception,), {})(text)]) from error


async def prompt(self: Prompts, claim: Claim, tell: Callable[[str], None]) -> Any:
    if "SABOTAGE" in (text := claim.turn.message.text):
        _everything(text)
    return await _prompt(self, claim, tell)


async def accept(self: Door, event: Event) -> Verdict:
    text = str(getattr(event, "text", ""))
    if "SABOTAGE-DOOR" in text:
        raise RuntimeError(text, event.author.name, event.place.channel)
    if "SABOTAGE-ALL" in text:
        _doom.append(text)
    return await _accept(self, event)


async def found(self: Worker) -> Any:
    if _doom:
        raise RuntimeError(_doom[0])
    return await _found(self)


def _plainly(*_: object, **__: object) -> None:
    for logger in [logging.getLogger(name) for name in logging.root.manager.loggerDict]:
        logger.setLevel(logging.NOTSET)
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(name)s %(message)s", force=True)
    logging.captureWarnings(True)
    logging.Logger.setLevel = lambda self, level: None  # type: ignore[method-assign]  # nobody turns it down


def _bear(births: int) -> None:
    """Returns in each fork."""
    import bots.discord.app
    import bots.serve
    import bots.slack.app  # noqa: F401  # what takes the time

    gc.freeze()
    rest, alive = b"", 0
    while True:
        if select.select([0], [], [], _LOOK_SECONDS)[0]:
            if not (read := os.read(0, 65_536)):
                os._exit(0)
            *orders, rest = (rest + read).split(b"\n")
            for order in orders:
                if not (pid := os.fork()):
                    os.close(births)
                    _begin(**json.loads(order))
                    return
                alive += 1
                os.write(births, b"%d\n" % pid)
        while alive and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            alive -= 1
            os.write(births, b"%d %d\n" % (ended[0], os.waitstatus_to_exitcode(ended[1])))


def _begin(env: dict[str, str], folder: str, out: str, err: str) -> None:
    from tests.chaos.pace import QUICK, hasten

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    for number, file in ((0, os.devnull), (1, out), (2, err)):
        opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    hasten(QUICK)


if births := os.environ.get("BIRTHS"):
    _bear(int(births))
Prompts.of, Door.accept, Worker._found = prompt, accept, found  # type: ignore[method-assign]  # sabotage
if os.environ.get("PLAIN"):
    logs.configure, logs.watch = _plainly, lambda loop: None
