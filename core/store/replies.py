"""What claim and look answer, opened. No I/O."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from core.contract import Change, Final, Message, Press, Turn
from core.dialogue import Choices, Exchange
from core.newest import Newest
from core.store.lease import Claim, Lease
from core.store.records import Origin
from core.store.sealing import Unreadable
from core.store.vault import Vault
from core.store.words import pairs

TIMES = 5
"""How often what cannot be read here is left to others: in a rotation of keys, and while a release is rolled out, one
process can read what another cannot."""
_MOST = 1_000

T = TypeVar("T")


def texts(
    vault: Vault, sealed: Sequence[bytes], place: str, turn: str
) -> tuple[Message, Origin, tuple[str, ...], Final | None]:
    """A turn's message, origin, ids on the screen and final. Raises Unreadable."""
    message = vault.message(sealed[0], place, turn)
    origin = vault.origin(sealed[1], place, turn) or Origin(message.id)
    return message, origin, vault.shown(sealed[2], place, turn), vault.final(sealed[3], place, turn)


def pressed(
    vault: Vault, sealed: Sequence[bytes], place: str, turn: str, press: Press
) -> tuple[Message, Origin, tuple[str, ...]] | None:
    """What a press makes of a turn: its message, the press's address laid over its own, origin and ids on the screen.

    None when it cannot be read.
    """
    try:
        message, before, shown, final = texts(vault, sealed, place, turn)
    except Unreadable:
        return None
    question = replace(message, address={**message.address, **press.address})
    return question, before.again(press.id, press.action, final.text if final else ""), shown


def edited(vault: Vault, sealed: bytes, place: str, turn: str, change: Change) -> tuple[bytes, bool]:
    """A message as an edit left it, sealed, and whether it has fewer files.

    b"" when it cannot be read: then it stays as it is, and holds nobody up.
    """
    try:
        message = vault.message(sealed, place, turn)
    except Unreadable:
        return b"", False
    files = tuple(file for file in message.files if change.files is None or file.ref in change.files)
    now = replace(message, text=change.text or "", files=files)
    return vault.seal_message(now, place, turn), files != message.files


def leased(reply: Sequence[Any], clock: Callable[[], float], deadline: float) -> Lease:
    """The lease of a claim, until `deadline` by `clock`."""
    record, line, fence, _, stop, place, _, _, exchange, pool = map(bytes.decode, reply[:10])
    lease = Lease(
        fence=int(fence),
        clock=clock,
        deadline=deadline,
        record=record,
        line=line,
        place=place,
        exchange=exchange,
        pool=pool,
        stopped=stop == "1",
        epoch=reply[20].decode(),
    )
    lease.learn(reply[22])
    return lease


class _Eyes:
    """They read what can be read. `why`: what was wrong with the first that could not; None when all could."""

    def __init__(self) -> None:
        self.why: Unreadable | None = None

    def read(self, opened: Callable[[], T]) -> T | None:
        try:
            return opened()
        except Unreadable as unreadable:
            self.why = self.why or unreadable
            return None


def claimed(vault: Vault, reply: Sequence[Any], lease: Lease) -> tuple[Claim | None, Unreadable | None]:
    """The turn of a lease with its history, and why not all of that could be read; the lease learns the turn's own id.

    No claim: not even who asked is to be read.
    """
    eyes, place, record = _Eyes(), lease.place, lease.record
    m, e, s, f = reply[10:14]
    message = eyes.read(lambda: vault.message(m, place, record))
    asked = message or eyes.read(lambda: vault.asked(m, place, record))
    if asked is None:
        return None, eyes.why
    origin = eyes.read(lambda: vault.origin(e, place, record) or Origin(asked.id))
    final = eyes.read(lambda: vault.final(f, place, record))
    unread = eyes.why is not None and final is None
    # Without its origin it must not be taken for the answer that stands on the screen: it has a name of its own then.
    of, shown = (origin, eyes.read(lambda: vault.shown(s, place, record)) or ()) if origin else (Origin(record), ())
    progress = eyes.read(lambda: vault.progress(reply[18], place, record))
    lease.turn, lease.shown = of.id, shown
    turn = Turn(of.id, lease.fence, int(reply[3]), asked, of.of, of.begun, shown, final, progress, of.stood)

    past, choices, root, why = _around(vault, reply, place)
    since, keeps = int(reply[19]) / 1000 if reply[19].isdigit() else 0, reply[21] == b"1"
    return Claim(turn, lease, past, choices, since, why is not None, unread, of.payer, root, keeps), eyes.why or why


def _around(
    vault: Vault, reply: Sequence[Any], place: str
) -> tuple[tuple[Exchange, ...], Choices, str, Unreadable | None]:
    """What was said before and what was chosen; the id of the exchange at the root; why not all of it can be read."""
    eyes, root, first_id = _Eyes(), reply[6].decode(), reply[7].decode()
    history, first, own, around = reply[14:18]
    grown = (eyes.read(partial(vault.exchanges, [(root, first_id, first)])) or ()) if first else ()
    sealed = [(place, id, text) for id, text in pairs(history)]
    past = [*grown, *(one for each in sealed for one in eyes.read(partial(vault.exchanges, [each])) or ())]
    choices, why = chosen(vault, (root, pairs(around)), (place, pairs(own)))
    return tuple(past), choices, grown[0].id if grown else "", eyes.why or why


def chosen(vault: Vault, *found: tuple[str, Sequence[tuple[str, bytes]]]) -> tuple[Choices, Unreadable | None]:
    """What can be read of (place, its choices) each, a later one's counting more; and why that is not all."""
    eyes = _Eyes()
    if all_of_them := eyes.read(partial(vault.choices, *found)):
        return all_of_them, None
    readable = [
        (place, [one for one in all_of_it if eyes.read(partial(vault.choices, (place, [one])))])
        for place, all_of_it in found
    ]
    return vault.choices(*readable), eyes.why


class Yielding:
    """Counts how often something was left to others who may read it.

    `pause`: seconds for them to claim it. `absence`: how long a turn that nobody here can read stays out of its line.
    """

    pause, absence = 5.0, 60.0

    def __init__(self, times: int = TIMES) -> None:
        self._times = times
        self._left: Newest[str, int] = Newest(_MOST)

    def is_over(self, what: str) -> bool:
        """Whether that was often enough. If not, it is once more now."""
        count = self._left.pop(what, 0)
        self._left[what] = min(count + 1, self._times)
        return count >= self._times
