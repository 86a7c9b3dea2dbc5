"""A model in a simulated world: every call writes words that no other call writes, and some calls fail."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.contract import Json, Reply
from core.dialogue import Answer, Offer, Prompt, Usage
from core.draft import Draft
from core.errors import Busy, ChatError, Declined, Unreachable
from tests.simulator.timeline import Timeline
from tests.simulator.trace import Trace

MODEL = "oracle-1"
MEMORY = "remembered:"
"""How a memory begins; the calls follow that gave the answers it stands for."""


class Mistake(Exception):
    """Something that nobody foresaw."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: the prompt as it came."""

    at: float
    bot: int
    prompt: Prompt


@dataclass(slots=True)
class Whims:
    """Chances of a call, and how it is written: seconds before it begins and between two pieces, pieces, words each."""

    fails_first: float = 0.0
    fails_later: float = 0.0
    withdraws: float = 0.0
    surprises: float = 0.0
    thinks: tuple[float, float] = (0.2, 1.5)
    pause: tuple[float, float] = (0.05, 0.4)
    pieces: tuple[int, int] = (2, 20)
    words: int = 3
    context: int = 0
    """Tokens of a conversation; 0: so many that no memory is ever made."""
    sums_up: tuple[float, float] = (0.5, 4.0)


@dataclass(frozen=True, slots=True)
class Known:
    """Nothing, as of a model that nobody has heard of."""

    context: int = 0
    longest: int = 100
    images: bool = False
    pdf: bool = False


@dataclass(eq=False)
class Oracle:
    """The model's service, which remembers what it was asked."""

    timeline: Timeline
    trace: Trace
    whims: Whims = field(default_factory=Whims)
    asked: list[Asked] = field(default_factory=list)
    mistakes: int = 0


class Voice:
    """The `Model` of one simulated process."""

    def __init__(self, oracle: Oracle, bot: int) -> None:
        self._oracle = oracle
        self._bot = bot

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        oracle, whims, random = self._oracle, self._oracle.whims, self._oracle.timeline.random
        oracle.asked.append(Asked(oracle.timeline.now, self._bot, prompt))
        number, draft = len(oracle.asked), Draft(prompt.begun)
        oracle.trace.note(f"bot {self._bot}", f"asks call {number} after {len(prompt.messages) - 1} messages")
        pieces = random.randint(*whims.pieces)
        fault = self._fault()
        fails_at = random.randint(1, pieces) if fault and random.random() < whims.fails_later else 0
        await asyncio.sleep(random.uniform(*whims.thinks))
        if fault and not fails_at:
            raise fault
        for piece in range(pieces):
            words = [f"c{number}w{piece * whims.words + word}" for word in range(whims.words)]
            draft.append((" " if draft.length else "") + " ".join(words))
            reply.write(draft)
            await asyncio.sleep(random.uniform(*whims.pause))
            if fault and piece + 1 == fails_at:
                raise fault
            if random.random() < whims.withdraws:
                draft = Draft(prompt.begun)
                reply.write("")
        return answered(str(draft) or f"c{number}w0")

    def _fault(self) -> Exception | None:
        draw, whims = self._oracle.timeline.random.random(), self._oracle.whims
        if draw < whims.surprises:
            self._oracle.mistakes += 1
            return Mistake()
        if draw < whims.surprises + whims.fails_first:
            kinds: Sequence[type[ChatError]] = (Busy, Unreachable, Declined)
            return self._oracle.timeline.random.choice(kinds)()
        return None

    async def remember(self, prompt: Prompt, tell: Callable[[str], None]) -> Sequence[Mapping[str, Json]]:
        oracle = self._oracle
        oracle.trace.note(f"bot {self._bot}", f"asks for a summary of {len(prompt.messages)} messages")
        await asyncio.sleep(oracle.timeline.random.uniform(*oracle.whims.sums_up))
        if fault := self._fault():
            raise fault
        told = briefly(str(message["content"]) for message in prompt.messages[1::2])
        return {"role": "user", "content": "What was said?"}, {
            "role": "assistant",
            "content": " ".join((MEMORY, *told)),
        }

    async def count(self, prompt: Prompt) -> int:
        return 0

    async def model(self, name: str) -> Known:
        return Known(self._oracle.whims.context)

    async def models(self) -> Sequence[Offer]:
        return (Offer(MODEL),)

    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        return {}


def briefly(answers: Iterable[str]) -> tuple[str, ...]:
    """Which calls gave these answers, a memory's among them."""
    return tuple(
        call
        for answer in answers
        for call in (answer.split()[1:] if answer.startswith(MEMORY) else [answer.partition("w")[0]])
    )


def answered(text: str) -> Answer:
    return Answer(text, "end_turn", ({"role": "assistant", "content": text},), Usage(), MODEL)
