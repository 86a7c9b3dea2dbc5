"""The budgets of the platforms, spent by all processes together: one trip for all that one of them has to say."""

from collections.abc import Sequence

from core.contract import Json
from core.sharing import Account, News, WishedCall
from core.store.keys import Names
from core.store.words import Run

FLIGHT_SECONDS = 6.0
"""A call whose end we never hear of (its process died) is over after that: platform calls time out in 5 s or less."""
CREW_SECONDS = 15.0
"""What a process holds is believed so long after it last told: by then others have claimed what a dead one began."""
LEARNT_WINDOWS = 1440
"""How many windows a bucket is believed to refill after a refusal: Slack's minutes make a day."""


class Sharing:
    """The governor's `Others`. Who we are goes along with every script."""

    def __init__(self, run: Run, names: Names) -> None:
        self._run = run
        self._names = names

    async def take(
        self, accounts: Sequence[Account], asked: Sequence[WishedCall]
    ) -> tuple[Sequence[bool], Sequence[News]]:
        """Whether each call may be made, and news of each account. Sent twice it takes once. Raises StoreDown."""
        said, told = await self._run(
            "take",
            buckets=[self._told(account) for account in accounts],
            calls=[[one.id, _indexes(one.charged), _indexes(one.spared), one.opens] for one in asked],
            flight_ms=_ms(FLIGHT_SECONDS),
            crew_ms=_ms(CREW_SECONDS),
            learnt_windows=LEARNT_WINDOWS,
        )
        return [bool(one) for one in said], [_news(one) for one in told]

    def _told(self, account: Account) -> dict[str, Json]:
        bucket = account.bucket
        return {
            "name": self._names.pseudonym("bucket", f"{bucket.name}\0{bucket.scope}"),
            "calls": bucket.calls,
            "ms": _ms(bucket.seconds),
            "burst": account.burst,
            "held": account.held,
            "weight": account.weight,
            "live": account.live,
            "left": _ms(account.left),
            "rate": account.rate,
            "ended": [[id, _ms(ago)] for id, ago in account.ended],
            "unused": account.unused,
            "refused": [[id, _ms(seconds)] for id, seconds in account.refused],
        }


def _indexes(found: Sequence[int]) -> Sequence[int]:
    return [index + 1 for index in found]  # Lua counts from 1


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _news(told: Sequence[int]) -> News:
    frozen, level, held, live, left, rate, *used = told
    return News(
        used=tuple(ms / 1000 for ms in used),
        held=held,
        live=live,
        left=left / 1000,
        rate=rate / 1000,
        frozen=frozen / 1000,
        level=level / 1000 if level >= 0 else None,
    )
