"""What the processes of an installation tell each other about the budgets that they share. No I/O."""

from dataclasses import dataclass

from core.contract import Bucket


@dataclass(frozen=True, slots=True)
class Account:
    """One bucket as one process tells the others of it: what it keeps there, and what became of its calls.

    `held`: edits that are kept for the ends of its messages. `weight`: the part of all held edits that counts. `burst`:
    the calls that the bucket holds at most if it refills. `live`: its replies that are being written; `left`: the
    seconds that they still have before them, added up; `rate`: how many replies a second came lately.

    Its calls since it last told, by their ids. `ended`: those that came back, each with how many seconds ago. `unused`:
    those that were not made. `refused`: those of `ended` that met a 429, each with the seconds from now for which
    nothing may go out.
    """

    bucket: Bucket
    held: int = 0
    weight: float = 1
    burst: float = 1
    live: int = 0
    left: float = 0
    rate: float = 0
    ended: tuple[tuple[int, float], ...] = ()
    unused: tuple[int, ...] = ()
    refused: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class WishedCall:
    """A call that a process would like to make, if the others leave room for it. `id` counts its own calls, from 1.

    Buckets are named by the indexes of their accounts in the same letter. `charged`: those that the call is counted
    in. `spared`: those that must have a free call more than is held for ends. `opens`: the call begins a new message,
    so one more edit is held in each of `spared` from then on.
    """

    id: int
    charged: tuple[int, ...]
    spared: tuple[int, ...] = ()
    opens: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What all other processes together know of one bucket.

    `used`: for each of their calls the seconds until it counts no more, ascending. `held`, `live`, `left` and `rate`:
    as in their Accounts, added up. `frozen`: seconds until anything may go out after a 429. `level`: how many calls a
    bucket that refills holds now, or when it is no longer frozen; None: it does not refill.
    """

    used: tuple[float, ...] = ()
    held: int = 0
    live: int = 0
    left: float = 0
    rate: float = 0
    frozen: float = 0
    level: float | None = None


NOBODY = News()
