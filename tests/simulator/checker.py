"""Whether a world kept the promises: each accepted message answered once, in order, and not painted over. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from core import history
from core.canvas import CALL_SECONDS
from core.contract import Final, Page
from core.errors import ChatError
from core.store import LEASE_SECONDS
from tests.simulator.bot import Bot
from tests.simulator.chat import NAME, Chat, Post
from tests.simulator.keys import NAMES
from tests.simulator.ledger import Claim, Ledger, Owed
from tests.simulator.nemesis import Gone
from tests.simulator.oracle import MEMORY, Asked, briefly
from tests.simulator.redis import DEADLINE, Weather

RECOVERY = LEASE_SECONDS + Weather().slowest + 0.5
"""Seconds from a process's end until somebody else has its turns. A renewal that is on its way then still counts."""
_LEFT_OUT = str(history.LEFT_OUT[1]["content"])
KINDS = ("lost", "twice", "text", "stale", "order", "roles", "history", "asked", "slow", "fault")


@dataclass
class Verdict:
    """What is wrong, by kind; and how long it took until a dead process's turns were taken up, in seconds."""

    problems: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    takeovers: list[float] = field(default_factory=list)

    def add(self, kind: str, problems: Iterable[str]) -> None:
        self.problems[kind] += problems

    @property
    def is_fine(self) -> bool:
        return not any(self.problems.values())

    def __str__(self) -> str:
        return "\n".join(f"{kind}: {problem}" for kind, found in self.problems.items() for problem in found)


@dataclass(frozen=True)
class Evidence:
    """All that was seen. `histories`: of each place, what Redis has in the end. `rested`: it all came to an end."""

    ledger: Ledger
    chat: Chat
    asked: Sequence[Asked]
    bots: Sequence[Bot]
    gone: Sequence[Gone]
    trouble: Sequence[tuple[float, float]]
    histories: Mapping[str, Mapping[str, str]]
    names: Mapping[str, str]
    rested: bool
    mistakes: int

    def name(self, pseudonym: str) -> str:
        return self.names.get(pseudonym, pseudonym)


def judge(evidence: Evidence) -> Verdict:
    verdict = Verdict()
    verdict.add("lost", lost(evidence))
    verdict.add("twice", twice(evidence))
    verdict.add("text", texts(evidence))
    verdict.add("stale", stale(evidence))
    verdict.add("order", order(evidence))
    verdict.add("roles", roles(evidence))
    verdict.add("history", histories(evidence))
    verdict.add("history", memories(evidence))
    verdict.add("asked", asked_in_vain(evidence))
    verdict.add("fault", faults(evidence))
    verdict.takeovers = [seconds for _, seconds in takeovers(evidence)]
    verdict.add("slow", (f"{evidence.name(turn)} waited {s:.3f}" for turn, s in takeovers(evidence) if s > RECOVERY))
    return verdict


# What stands on the screen


def lost(evidence: Evidence) -> Iterator[str]:
    if not evidence.rested:
        yield "it never comes to an end"
    for owed in evidence.ledger.turns.values():
        if owed.is_open or (owed.final is None and owed.dropped is None):
            yield f"{evidence.name(owed.turn)} has no end"


def twice(evidence: Evidence) -> Iterator[str]:
    """A page that was posted while it stood there already."""
    by_nonce = defaultdict[tuple[str, str], list[Post]](list)
    for post in evidence.chat.posts.values():
        by_nonce[post.exchange, post.nonce].append(post)
    for (exchange, _), posts in by_nonce.items():
        for one, other in pairwise(posts):
            gone = one.versions[-1].at if one.page is None else float("inf")
            if gone > other.versions[0].at:
                yield f"{one.id} and {other.id} of {exchange}"


def texts(evidence: Evidence) -> Iterator[str]:
    """What stands there is what was committed last, with its buttons, and nothing else."""
    for exchange, owed in _ends(evidence.ledger).items():
        final, name = owed.final or Final(""), evidence.name(exchange)
        pages = [post.page for post in evidence.chat.of(name) if post.page]
        if owed.deleted:  # then nobody waits for it, and no button would find it
            if not pages:
                continue
            final = final if pages[-1].buttons else replace(final, buttons=())
        if _words(page.text for page in pages) != _words([final.text, final.note]):
            yield f"{name} shows something else than its end"
        elif [page.buttons for page in pages] != [()] * (len(pages) - 1) + [final.buttons]:
            yield f"{name} has other buttons than its end"
    answered = {evidence.name(owed.exchange) for owed in evidence.ledger.turns.values() if owed.final}
    for post in evidence.chat.posts.values():
        if post.page and post.exchange not in answered:
            yield f"{post.id} stands there for {post.exchange}, which has no end"


def stale(evidence: Evidence) -> Iterator[str]:
    """Touched by who had lost the turn, or changed after its end stood there."""
    for post in evidence.chat.posts.values():
        ended: Page | None = None
        for version in post.versions:
            owed = evidence.ledger.turns.get(NAMES.turn(NAME, version.hand.turn))
            holder = owed.holder(version.at) if owed else None
            if holder is None or holder.fence != version.hand.fence:
                yield f"{post.id} of {post.exchange} was touched by bot {version.hand.bot} under an old fence"
            elif ended and version.page != ended and owed and owed.done and version.at > owed.done:
                yield f"{post.id} of {post.exchange} was changed after its end"
            if version.page and version.page.final:
                ended = version.page


def _ends(ledger: Ledger) -> dict[str, Owed]:
    """The last turn of each exchange that has an end."""
    return {owed.exchange: owed for owed in ledger.turns.values() if owed.final}


def _words(parts: Iterable[str]) -> list[str]:
    return [word for part in parts for word in part.replace("*", "").split()]


# Order and memory


def order(evidence: Evidence) -> Iterator[str]:
    """In a line, who was there in time goes first: no earlier message waits while a later one is begun."""
    lines = defaultdict[str, list[Owed]](list)
    for owed in evidence.ledger.turns.values():
        lines[owed.line].append(owed)
    for line in lines.values():
        for one in line:
            for other in line:
                if one.order < other.order and other.claims and one.accepted < other.claims[0].at < _begun(one):
                    yield f"{evidence.name(other.turn)} before {evidence.name(one.turn)}"
                if one is not other and one.claims and other.claims and _overlap(one, other):
                    yield f"{evidence.name(one.turn)} and {evidence.name(other.turn)} at once"


def _begun(owed: Owed) -> float:
    if owed.claims:
        return owed.claims[0].at
    return owed.dropped if owed.dropped is not None else float("inf")


def _overlap(one: Owed, other: Owed) -> bool:
    ended = one.done if one.done is not None else one.dropped
    return one.claims[0].at < other.claims[0].at and (ended is None or other.claims[0].at < ended)


def roles(evidence: Evidence) -> Iterator[str]:
    for number, asked in enumerate(evidence.asked, 1):
        found = [message["role"] for message in asked.prompt.messages]
        if found != ["user", "assistant"] * (len(found) // 2) + ["user"]:
            yield f"call {number}: {found}"


def histories(evidence: Evidence) -> Iterator[str]:
    """What Redis remembers is what was answered; and that is what is shown, unless a later attempt failed."""
    for place in sorted({*evidence.histories, *evidence.ledger.histories}):
        due = evidence.ledger.histories.get(place, {})
        if list(due.items()) != list(evidence.histories.get(place, {}).items()):
            yield f"Redis remembers {list(evidence.histories.get(place, {}))} of {list(due)}"
        for exchange, told in due.items():
            if exchange == evidence.ledger.memories.get(place):
                continue
            ends = [owed.final for owed in evidence.ledger.of(exchange) if owed.final and owed.final.text]
            if not ends or ends[-1].text != told:
                yield f"{evidence.name(exchange)} is remembered with another text than its end"


def memories(evidence: Evidence) -> Iterator[str]:
    """Each prompt holds the answers that the history held when its turn was claimed, in their order."""
    for number, asked in enumerate(evidence.asked, 1):
        owed = _asked_for(evidence, asked)
        claim = owed.holder(asked.at) if owed else None
        claims = [claim for claim in owed.claims if claim.bot == asked.bot and claim.at <= asked.at] if owed else []
        if not claim or not claims:
            yield f"call {number} is for nothing that was claimed"
            continue
        said = tuple(str(message["content"]) for message in asked.prompt.messages[1:-1:2])
        if said not in claims[-1].knows and not _known_briefly(said, claims[-1]):
            yield f"call {number} knows {len(said)} answers of {len(claims[-1].knows[-1])}"


def _known_briefly(said: tuple[str, ...], claim: Claim) -> bool:
    """Where there are memories: one may have been made since the claim, and what is left out is noted."""
    if not any(text.startswith((MEMORY, _LEFT_OUT)) for known in (said, *claim.knows) for text in known):
        return False
    due = [briefly(known) for known in claim.knows]
    if _LEFT_OUT not in said:
        return briefly(said) in due
    place = said.index(_LEFT_OUT)
    first, newest = briefly(said[:place]), briefly(said[place + 1 :])
    return any(known[: len(first)] == first and known[len(known) - len(newest) :] == newest for known in due)


def asked_in_vain(evidence: Evidence) -> Iterator[str]:
    """No call for a turn that had its end, or was stopped, when it was claimed."""
    for number, asked in enumerate(evidence.asked, 1):
        owed = _asked_for(evidence, asked)
        claims = [claim.at for claim in owed.claims if claim.bot == asked.bot and claim.at <= asked.at] if owed else []
        if owed and claims and owed.committed is not None and owed.committed < claims[-1]:
            yield f"call {number} for {evidence.name(owed.turn)}, which had its end"
        if owed and claims and owed.stopped is not None and owed.stopped < claims[-1]:
            yield f"call {number} for {evidence.name(owed.turn)}, which was stopped"


def _asked_for(evidence: Evidence, asked: Asked) -> Owed | None:
    """The turn that this process had last of the question it asks about."""
    words = str(asked.prompt.messages[-1]["content"]).split()
    exchange = NAMES.turn(NAME, words[words.index("question") + 1])
    mine = [
        (claim.at, owed.turn)
        for owed in evidence.ledger.of(exchange)
        for claim in owed.claims
        if claim.bot == asked.bot and claim.at <= asked.at
    ]
    return evidence.ledger.turns[max(mine)[1]] if mine else None


# Processes


def faults(evidence: Evidence) -> Iterator[str]:
    for bot in evidence.bots:
        yield from (f"bot {bot.number}: {fault}" for fault in bot.faults)
    apologies = sum(
        bool(owed.final and owed.final.note == ChatError.advice) for owed in _ends(evidence.ledger).values()
    )
    if apologies > evidence.mistakes:
        yield f"{apologies} apologies for {evidence.mistakes} mistakes of the model"


def takeovers(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """Turns of a process that was gone, and seconds until somebody else had them, where somebody could all the time."""
    for gone in evidence.gone:
        for owed in evidence.ledger.turns.values():
            holder = owed.holder(gone.at)
            if holder is None or holder.bot != gone.bot or (owed.done is not None and owed.done <= gone.at + 1.0):
                continue
            until = gone.at + RECOVERY
            if not _somebody_could(evidence, gone, until):
                continue
            after = [claim.at for claim in owed.claims if claim.at > gone.at]
            yield owed.turn, (after[0] if after else float("inf")) - gone.at


def _somebody_could(evidence: Evidence, gone: Gone, until: float) -> bool:
    """Whether nothing else was wrong, and another process was there from before until after."""
    if gone.back is not None and gone.back <= until:
        return False
    if any(start <= until and gone.at - DEADLINE <= end for start, end in evidence.trouble):
        return False
    return any(
        bot.number != gone.bot
        and bot.born < gone.at - 1.0
        and (bot.died is None or bot.died > until + CALL_SECONDS)
        and not bot.is_leaving
        and not any(other.bot == bot.number and _meets(other, gone.at - 1.0, until) for other in evidence.gone)
        for bot in evidence.bots
    )


def _meets(gone: Gone, start: float, end: float) -> bool:
    return gone.at <= end and (gone.back is None or gone.back >= start)
