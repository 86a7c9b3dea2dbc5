"""What the processes of an installation tell each other about the budgets that they share. No I/O."""

from dataclasses import dataclass

from core.contract import Bucket


@dataclass(frozen=True, slots=True)
class Account:
    """One bucket as one process sees it: what it keeps there, and what became of its calls since it last told.

    `held` edits are kept for the ends of its messages; of all that are held the part `weight` counts. Its `live`
    replies have `left` seconds before them, all together; `rate` more have come a second. `burst` is the most that
    the bucket holds if it refills. `ended`: calls that came back, and how many seconds ago; `unused`: calls that were
    not made; `refused`: those of `ended` that were refused, and for how many seconds from now.
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
class Asked:
    """A call that a process would make. `id` is its own count, from 1.

    `charged`: indexes of the accounts that pay for it; `spared`: of those that must have a call more than is held.
    `opens`: from then on one more edit is held in each of the latter.
    """

    id: int
    charged: tuple[int, ...]
    spared: tuple[int, ...] = ()
    opens: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """The same bucket as all others see it, together.

    `used`: in how many seconds each of their calls counts no more, ascending. `frozen`: seconds until anything may go
    out. `level`: how many calls a bucket that refills holds now (when it is frozen: then); None: it does not refill.
    """

    used: tuple[float, ...] = ()
    held: int = 0
    live: int = 0
    left: float = 0
    rate: float = 0
    frozen: float = 0
    level: float | None = None


NOBODY = News()
