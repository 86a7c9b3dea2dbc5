"""The product with one safeguard taken out, from the outside: what breaks then is what it is good for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from core.contract import Bucket, Page, Screen
from core.store import Claim, Lease, Store
from core.store.server import sources
from tests.simulator.bot import Variant
from tests.simulator.valkey import CLOCK

FENCE = "return l[1] == fence and l[2] == turn and l[3] == '1'"


class Blind:
    """A screen that finds nothing."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.speaks = screen.speaks
        self.status_seconds = screen.status_seconds
        self.lasts = screen.lasts
        self.tables_apart, self.most_pieces = screen.tables_apart, screen.most_pieces
        self.head = screen.head

    @property
    def size(self) -> int:
        return self.screen.size

    def measure(self, text: str) -> int:
        return self.screen.measure(text)

    def buckets(self, call: str) -> Sequence[Bucket]:
        return self.screen.buckets(call)

    def unnoticed(self, id: str) -> bool:
        return self.screen.unnoticed(id)

    async def post(self, page: Page, nonce: str) -> str:
        return await self.screen.post(page, nonce)

    async def edit(self, id: str, page: Page) -> None:
        await self.screen.edit(id, page)

    async def remove(self, id: str) -> None:
        await self.screen.remove(id)

    async def status(self, text: str) -> None:
        await self.screen.status(text)

    async def find(self, nonce: str) -> str | None:
        return None


class Endless(Lease):
    """A lease that never looks at the clock."""

    __slots__ = ()

    def held(self, within: float = 0) -> bool:
        return True


class Careless(Store):
    """A store that hands out such leases."""

    async def claim(self) -> Claim | None:
        claim = await super().claim()
        if claim is None:
            return None
        return replace(claim, lease=Endless(*(getattr(claim.lease, part.name) for part in fields(Lease))))


@dataclass(frozen=True)
class Ablation:
    """`texts`: the scripts."""

    name: str
    variant: Variant = field(default_factory=Variant)
    texts: Callable[[], Mapping[str, str]] = lambda: sources(CLOCK)


def unfenced() -> Mapping[str, str]:
    """The scripts, which take everybody for who holds the turn."""
    texts = {name: text.replace(FENCE, "return true") for name, text in sources(CLOCK).items()}
    assert not any(FENCE in text for text in texts.values())
    assert all("return true" in text for text in texts.values())
    return texts


ABLATIONS = (
    Ablation("without looking for what was posted", Variant(screen=Blind)),
    Ablation("without the guard of the lease", Variant(store=Careless)),
    Ablation("without the fence", texts=unfenced),
)
