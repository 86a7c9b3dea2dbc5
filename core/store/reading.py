"""What claim and look answer, opened. No I/O. Raises Unreadable."""

from collections.abc import Callable, Sequence
from typing import Any

from core.contract import Final, Message, Turn
from core.store.lease import Claim, Lease
from core.store.records import Errand
from core.store.vault import Vault
from core.store.words import pairs


def texts(
    vault: Vault, sealed: Sequence[bytes], place: str, turn: str
) -> tuple[Message, Errand, tuple[str, ...], Final | None]:
    """A turn's message, errand, ids on the screen and final."""
    message = vault.message(sealed[0], place, turn)
    errand = vault.errand(sealed[1], place, turn) or Errand(message.id)
    return message, errand, vault.shown(sealed[2], place, turn), vault.final(sealed[3], place, turn)


def leased(reply: Sequence[Any], clock: Callable[[], float], deadline: float) -> Lease:
    """The lease of a claim, until `deadline` by `clock`."""
    record, line, fence, _, stop, place, _, _, exchange, pool = map(bytes.decode, reply[:10])
    return Lease(
        turn=record,
        fence=int(fence),
        clock=clock,
        deadline=deadline,
        record=record,
        line=line,
        place=place,
        exchange=exchange,
        pool=pool,
        stopped=stop == "1",
    )


def claimed(vault: Vault, reply: Sequence[Any], lease: Lease) -> Claim:
    """The turn of a lease with its history; the lease learns the turn's own id."""
    attempt, root, first_id = int(reply[3]), reply[6].decode(), reply[7].decode()
    history, first, own, around, done, since = reply[14:]
    progress = vault.progress(done, lease.place, lease.record)
    message, errand, shown, final = texts(vault, reply[10:14], lease.place, lease.record)
    turn = Turn(errand.id, lease.fence, attempt, message, errand.of, errand.begun, shown, final, progress, errand.stood)
    lease.turn = turn.id
    exchanges = [(root, first_id, first)] if first else []
    exchanges += [(lease.place, id, text) for id, text in pairs(history)]
    choices = vault.choices((root, pairs(around)), (lease.place, pairs(own)))
    return Claim(turn, lease, vault.exchanges(exchanges), choices, int(since) / 1000)
