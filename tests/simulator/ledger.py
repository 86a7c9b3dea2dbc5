"""What the scripts did, read as the story of each turn and of each place's history. No I/O."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.contract import Final
from core.dialogue import Exchange
from tests.simulator.keys import VAULT
from tests.simulator.redis import Ran


@dataclass(frozen=True, slots=True)
class Claim:
    """A process took a turn. `knows`: the answers of the history just then, once for each time it was told."""

    at: float
    bot: int
    fence: int
    attempt: int
    knows: list[tuple[str, ...]]


@dataclass(slots=True)
class Owed:
    """A turn from its acceptance to its end. Times are the world's; None: it did not happen."""

    turn: str
    line: str
    place: str
    order: int
    accepted: float
    exchange: str
    root: str = ""
    root_turn: str = ""
    claims: list[Claim] = field(default_factory=list)
    epoch: int = 0
    final: Final | None = None
    committed: float | None = None
    done: float | None = None
    dropped: float | None = None
    stopped: float | None = None
    deleted: float | None = None

    @property
    def is_open(self) -> bool:
        return self.done is None and self.dropped is None

    def holder(self, at: float) -> Claim | None:
        """Who had it then."""
        return next((claim for claim in reversed(self.claims) if claim.at <= at), None)


@dataclass
class Ledger:
    """Reads scripts in the order in which they ran; knows the rules of the history by itself, not from Redis."""

    turns: dict[str, Owed] = field(default_factory=dict)
    histories: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Of each place: exchange -> what was answered, in order."""
    memories: dict[str, str] = field(default_factory=dict)
    """Of each place: the exchange that is one now."""
    known: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Of each place: the exchanges that its memory knows of."""
    _epochs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _resets: dict[str, str] = field(default_factory=dict)

    def read(self, scripts: Sequence[Ran]) -> None:
        for ran in scripts:
            step = getattr(self, f"_{ran.script}", None)
            if step:
                step(ran)

    def of(self, exchange: str) -> list[Owed]:
        """The turns that answered this question, the first one first."""
        return [owed for owed in self.turns.values() if owed.exchange == exchange]

    def _accept(self, ran: Ran) -> None:
        named = ran.named
        if named["turn"] not in self.turns and ran.reply.startswith(b"accepted"):
            self.turns[named["turn"]] = Owed(
                named["turn"], named["line"], named["place"], named["order"], ran.at, named["turn"],
                named["root"], named["rt"],
            )  # fmt: skip

    def _again(self, ran: Ran) -> None:
        named, old = ran.named, self.turns.get(ran.named["old"])
        if old and named["turn"] not in self.turns and ran.reply.startswith(b"accepted"):
            self.turns[named["turn"]] = Owed(
                named["turn"], old.line, old.place, named["order"], ran.at, old.exchange, old.root, old.root_turn
            )

    def _claim(self, ran: Ran) -> None:
        if not ran.reply[0]:
            return
        owed, fence = self.turns[ran.reply[0].decode()], int(ran.reply[2])
        if owed.claims and owed.claims[-1].fence == fence:
            owed.claims[-1].knows.append(self._known(owed))  # the same claim, sent again
            return
        owed.epoch = self._epochs[owed.place]
        owed.claims.append(Claim(ran.at, ran.bot, fence, int(ran.reply[3]), [self._known(owed)]))

    def _known(self, owed: Owed) -> tuple[str, ...]:
        """The answers that a prompt must have: of the thread's root, then of the place, up to the one replaced."""
        root = self.histories[owed.root].get(owed.root_turn) if owed.root else None
        is_known = self.memories.get(owed.place) in self.histories[owed.place]  # by the memory, which stands first
        told = [root] if root is not None and not self._epochs[owed.place] and not is_known else []
        for exchange, answer in self.histories[owed.place].items():
            if exchange == owed.exchange:
                break
            told.append(answer)
        return tuple(told)

    def _commit(self, ran: Ran) -> None:
        owed = self.turns.get(ran.named["turn"])
        if owed is None or not ran.reply or not ran.effective or owed.final is not None:
            return
        owed.final = VAULT.final(ran.sealed[0], owed.place, owed.turn)
        owed.committed = ran.at
        if len(ran.sealed) < 2 or not ran.sealed[1] or owed.deleted or owed.epoch != self._epochs[owed.place]:
            return
        (exchange,) = VAULT.exchanges([(owed.place, owed.exchange, ran.sealed[1])])
        self.histories[owed.place][owed.exchange] = answer(exchange)

    def _compact(self, ran: Ran) -> None:
        place, memory, replaced = ran.named["place"], ran.named["memory"], ran.named["replaces"]
        history = self.histories[place]
        if not ran.reply or memory in history:
            return
        (exchange,) = VAULT.exchanges([(place, memory, ran.sealed[0])])
        assert list(history)[: len(replaced)] == replaced
        assert not ran.named["rt"] or ran.named["rt"] in self.histories[ran.named["root"]]
        self.histories[place] = {memory: answer(exchange)} | {
            other: text for other, text in history.items() if other not in replaced
        }
        self.memories[place] = memory
        self.known[place] |= {*replaced, ran.named["rt"]} - {""}

    def _forget(self, exchange: str) -> None:
        """No memory may know of it any more."""
        for place in [place for place, known in self.known.items() if exchange in known]:
            self.histories[place].pop(self.memories.pop(place, ""), None)
            self.known[place].clear()

    def _done(self, ran: Ran) -> None:
        owed = self.turns.get(ran.named["turn"])
        if owed and ran.reply > 0 and owed.done is None:
            owed.done = ran.at

    def _reset(self, ran: Ran) -> None:
        place, token = ran.named["place"], ran.named["token"]
        if self._resets.get(place) == token:
            return  # the same, sent again
        self._resets[place] = token
        self._epochs[place] += 1
        self.histories[place].clear()
        self.known[place].clear()

    def _stop(self, ran: Ran) -> None:
        owed = self.turns.get(ran.named["turn"])
        if owed and ran.reply and owed.stopped is None:
            owed.stopped = ran.at

    def _change(self, ran: Ran) -> None:
        owed = self.turns.get(ran.named["turn"])
        if owed is None or not ran.reply or ran.sealed[0]:
            return
        if ran.effective:
            owed.dropped = ran.at
        owed.deleted = owed.deleted or ran.at
        for other in self.of(owed.exchange):
            if other.is_open:
                other.deleted = other.deleted or ran.at
        self.histories[owed.place].pop(owed.exchange, None)
        self._forget(owed.exchange)


def answer(exchange: Exchange) -> str:
    """What the model said in it, as text."""
    return str(exchange.messages[-1]["content"])
