"""Whether a storm broke a promise: reads the screens, the requests to Claude and the logs. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from core.errors import GivenUp
from tests.chaos import scene
from tests.chaos.scene import Place, Question
from tests.chaos.watch import Request, Version

ATTEMPTS = 5
"""Claims of one turn after which the bot gives up, in words."""
HASTE = 1.0
"""Seconds by which two processes' log lines may disagree about what came first."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker took a turn. `ended`: when that worker was killed, infinity when it was not."""

    at: float
    worker: int
    attempt: int
    killed: float


@dataclass(frozen=True, slots=True)
class Takeover:
    """A turn whose worker was killed, and when another one claimed it and made progress to see, if it lived so long.

    `down`: seconds meanwhile in which there was no Redis; they do not count.
    """

    question: int
    killed: float
    claimed: float
    progress: float | None
    down: float = 0.0

    @property
    def seconds(self) -> float:
        return self.claimed - self.killed - self.down


@dataclass
class Evidence:
    """All that was seen. `accepted`, `claims` and `ended` come from the logs, the rest from outside of the bot."""

    questions: Sequence[Question]
    screens: Mapping[tuple[str, str], Sequence[Version]]
    requests: Sequence[Request]
    accepted: Mapping[int, float] = field(default_factory=dict)
    claims: Mapping[int, Sequence[Claim]] = field(default_factory=dict)
    committed: Mapping[int, float] = field(default_factory=dict)
    undelivered: frozenset[str] = frozenset()
    thawed: Mapping[int, Sequence[float]] = field(default_factory=dict)
    """When a worker that had been frozen went on."""


@dataclass
class Verdict:
    """What is wrong, by kind: the kinds are always all there, so that a table shows its zeros."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    asked_again: list[str] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    never_delivered: list[int] = field(default_factory=list)
    ended_anew: list[int] = field(default_factory=list)

    KINDS = ("lost", "twice", "text", "stale", "order", "roles", "history", "strays", "asked_again")

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(getattr(self, kind)) for kind in self.KINDS}

    @property
    def problems(self) -> list[str]:
        return [f"{kind}: {told}" for kind in self.KINDS for told in getattr(self, kind)]


class Checker:
    """One storm. `downs`: from when to when there was no Redis."""

    def __init__(self, evidence: Evidence, downs: Sequence[tuple[float, float]] = ()) -> None:
        self.seen = evidence
        self.downs = downs
        self.by_number = {question.number: question for question in evidence.questions}
        self.messages, self.strays = self._by_question()
        self.final = {number: at for number in self.by_number if (at := self._final(number)) is not None}
        """When each question's answer stood for the first time."""
        self.verdict = Verdict()
        self.unlogged = 0

    def check(self) -> Verdict:
        for question in self.seen.questions:
            self._check_answer(question)
        for request in self.seen.requests:
            self._check_request(request)
        self._check_closings()
        self.verdict.strays += [f"a message without an owner: {versions[-1].message}" for versions in self.strays]
        return self.verdict

    # The screens

    def _by_question(self) -> tuple[dict[int, list[Sequence[Version]]], list[Sequence[Version]]]:
        """The messages of each question's answer in their order, and those of which it cannot be told."""
        by_id = {(question.place.platform, question.id): question.number for question in self.seen.questions}
        found: dict[int, list[Sequence[Version]]] = defaultdict(list)
        strays = []
        for (platform, _), versions in sorted(self.seen.screens.items(), key=lambda one: float(one[0][1])):
            about = {number for version in versions for number in scene.numbers(version.text)}
            about |= {by_id[key] for version in versions if (key := (platform, version.turn)) in by_id}
            if len(about) == 1:
                found[about.pop()].append(versions)
            elif not versions[-1].deleted:
                strays.append(versions)
        return found, strays

    def _final(self, number: int) -> float | None:
        finals = [one.at for versions in self.messages.get(number, ()) for one in versions if one.is_final]
        return min(finals, default=None)

    def _check_answer(self, question: Question) -> None:
        verdict, number, label = self.verdict, question.number, question.label
        standing = [versions for versions in self.messages.get(number, []) if not versions[-1].deleted]
        if number not in self.final or not standing:
            if question.events and set(question.events) <= self.seen.undelivered:
                verdict.never_delivered.append(number)
            else:
                verdict.lost.append(f"{label} ({question.place.platform}) has no finished answer")
            return
        shown = [versions[-1].text for versions in standing]
        if self._is_given_up(number, shown):
            verdict.given_up.append(number)
        elif _plain(shown) != _plain([scene.answer(number)]):
            repeated = len(set(map(_first_part, shown))) < len(shown)
            kind = verdict.twice if repeated else verdict.text
            kind.append(f"{label} shows {len(shown)} messages, {sum(map(len, shown))} characters")
        elif sum(bool(versions[-1].buttons) for versions in standing) != 1:
            verdict.text.append(f"{label} has not exactly one message with buttons")
        self._check_rest(question)

    def _check_rest(self, question: Question) -> None:
        """After its end an answer changes no more; one that ends anew, where that is right, is told apart."""
        end = self.final[question.number]
        for versions in self.messages[question.number]:
            for one, other in pairwise([version for version in versions if version.at >= end]):
                if self._ends_anew(question.number, one, other):
                    self.verdict.ended_anew.append(question.number)
                elif (one.text, one.buttons, one.deleted) != (other.text, other.buttons, other.deleted):
                    how = "went" if other.deleted else f"had {len(other.text)} of {len(one.text)} characters"
                    self.verdict.stale.append(f"{question.label} {how} {other.at - end:.2f} s after its end")

    def _ends_anew(self, number: int, one: Version, gone: Version) -> bool:
        """Whether a message went when the same end stood below it: who takes an answer over cannot tell that it ended.

        So late answers end that nobody would be told of else; the whole answer stands all the time.
        """
        others = [version for versions in self.messages[number] for version in versions if version.at < gone.at]
        is_whole = any(other.is_final and other.text == one.text and other.message != gone.message for other in others)
        died = any(self.final[number] < claim.at < gone.at for claim in self.seen.claims.get(number, ()))
        return gone.deleted and died and is_whole

    def _is_given_up(self, number: int, shown: Sequence[str]) -> bool:
        """The bot said that it gives up, and had reason to."""
        claims = max((claim.attempt for claim in self.seen.claims.get(number, ())), default=0)
        return len(shown) == 1 and GivenUp.advice in shown[0] and claims > ATTEMPTS

    # The requests

    def _check_request(self, request: Request) -> None:
        verdict, question = self.verdict, self.by_number.get(request.number)
        if question is None:
            verdict.history.append(f"a request about no question at {request.at:.2f}")
            return
        if request.roles != ("user", "assistant") * (len(request.roles) // 2) + ("user",):
            verdict.roles.append(f"{question.label}: {' '.join(role[0] for role in request.roles)}")
        late = request.at > self.seen.committed.get(question.number, float("inf")) + HASTE
        if late and not self._was_on_its_way(request):
            verdict.asked_again.append(
                f"{question.label}, {request.at - self.seen.committed[question.number]:.2f} s late"
            )
        self._check_order(request, question)
        self._check_history(request, question)

    def _was_on_its_way(self, request: Request) -> bool:
        """A worker that froze when it had looked whether the turn is still its own sends the call when it thaws."""
        workers = {claim.worker for claim in self.seen.claims.get(request.number, ())}
        return any(0 <= request.at - at < HASTE for worker in workers for at in self.seen.thawed.get(worker, ()))

    def _check_order(self, request: Request, question: Question) -> None:
        """Who was accepted before this one was claimed, and stands before it in its line, has his answer already."""
        claims = self.seen.claims.get(question.number, ())
        if not claims or claims[0].attempt > 1:
            return  # the log of its first claim died with its worker
        for other in self.seen.questions:
            if other.line != question.line or not _before(other, question):
                continue
            accepted = self.seen.accepted.get(other.number, float("inf"))
            if accepted + HASTE < claims[0].at and self.final.get(other.number, float("inf")) > request.at:
                self.verdict.order.append(f"{question.label} was asked before {other.label} had its answer")

    def _check_history(self, request: Request, question: Question) -> None:
        told = self.verdict.history
        known = [number for number, _ in request.history]
        label = question.label
        if len(set(known)) < len(known):
            told.append(f"{label} is told something twice: {known}")
        for number, said in request.history:
            other = self.by_number.get(-1 if number is None else number)
            if other is None or not _shares(other, question):
                told.append(f"{label} is told of {number}, which is of another place")
            elif said != scene.answer(other.number):
                told.append(f"{label} is told another answer of {other.label} than was given")
        for other in self.seen.questions:
            done = self.final.get(other.number, float("inf")) < request.at - HASTE / 10
            is_due = other.line == question.line and other is not question and done and self._is_kept(other)
            if is_due and other.number not in known:
                told.append(f"{label} is not told of {other.label}, answered before in its line")

    def _is_kept(self, question: Question) -> bool:
        return question.number not in self.verdict.given_up

    def _check_closings(self) -> None:
        """What the last question of a place is told is all that was said there."""
        last = {request.number: request for request in self.seen.requests}
        for closing in self.seen.questions:
            if not closing.closing or closing.number not in last:
                continue
            told = [number for number, _ in last[closing.number].history]
            for place, expected in self._expected(closing):
                if missing := [scene.label(number) for number in expected if number not in told]:
                    self.verdict.history.append(f"{place.platform} {place.name} has forgotten {', '.join(missing)}")

    def _expected(self, closing: Question) -> Iterator[tuple[Place, list[int]]]:
        here = [one for one in self.seen.questions if one.place == closing.place and not one.closing]
        roots = [one for one in self.seen.questions if one.number == closing.place.root]
        yield closing.place, [one.number for one in (*roots, *here) if self._is_kept(one) and one.number in self.final]

    # Times

    def takeovers(self) -> list[Takeover]:
        """Of each turn whose worker was killed: when another one went on with it.

        Where an attempt is missing, somebody else had it in between, and died before its log told when (`unlogged`).
        """
        found = []
        self.unlogged = 0
        for number, claims in self.seen.claims.items():
            for one, other in pairwise(claims):
                if not (one.at < one.killed < other.at and one.worker != other.worker):
                    continue
                if other.attempt > one.attempt + 1:
                    self.unlogged += 1
                else:
                    down = sum(max(0.0, min(end, other.at) - max(begin, one.killed)) for begin, end in self.downs)
                    found.append(Takeover(number, one.killed, other.at, self._progress(number, other), down))
        return found

    def _progress(self, number: int, claim: Claim) -> float | None:
        """When a claim first showed: a request to Claude, a change on the screen. None: it was killed before that."""
        requests = (request.at for request in self.seen.requests if request.number == number)
        versions = (one.at for versions in self.messages.get(number, ()) for one in versions)
        later = [at for at in (*requests, *versions) if at >= claim.at]
        first = min(later, default=None)
        return first if first is not None and first < claim.killed else None


def _before(one: Question, other: Question) -> bool:
    return float(one.order) < float(other.order)


def _shares(one: Question, other: Question) -> bool:
    return one.place == other.place or one.number == other.place.root


def _plain(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())


def _first_part(text: str) -> str:
    return text.strip()[:40]


def facts(
    lines: Iterable[tuple[int, float, dict[str, Any]]], turns: Mapping[str, int]
) -> tuple[dict[int, float], dict[int, list[Claim]], dict[int, float]]:
    """From the logs, as (worker, when it was killed, line): when each question was accepted, claimed, and committed.

    `turns` tells which question a pseudonym means.
    """
    accepted: dict[int, float] = {}
    claims: dict[int, list[Claim]] = defaultdict(list)
    committed: dict[int, float] = {}
    for worker, killed, line in lines:
        number, at = turns.get(str(line.get("turn"))), line["monotonic"]
        if number is None:
            continue
        match line.get("event"):
            case "accepted" if line["outcome"] == "accepted":
                accepted[number] = min(at, accepted.get(number, at))
            case "claimed":
                claims[number].append(Claim(at, worker, line["attempt"], killed))
            case "turn ended":
                committed[number] = min(at, committed.get(number, at))
    for found in claims.values():
        found.sort(key=lambda claim: claim.at)
    return accepted, claims, committed
