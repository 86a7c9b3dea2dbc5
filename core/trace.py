"""What the log tells of a turn, from the door to its end: numbers, slugs and pseudonyms."""

import time
from dataclasses import dataclass, replace

from core.contract import Event, Final, Message, Outcome, Press
from core.dialogue import Answer, Usage
from core.events import (
    Accepted,
    Claimed,
    DataErased,
    MemoryFailed,
    PlatformTrouble,
    Pressed,
    Refusal,
    Refused,
    Remembered,
    TurnDone,
    TurnEnded,
    TurnFailed,
    TurnLost,
)
from core.store import Admission, Claim, Erased, Store
from core.telling import Pseudonym, Slug, emit


@dataclass(frozen=True, slots=True)
class Trace:
    """Writes the events of turns under the pseudonyms of this installation."""

    store: Store

    def accepted(self, message: Message, admission: Admission) -> None:
        emit(
            Accepted(
                platform=Slug.of(message.place.platform),
                turn=self._turn(message, message.id),
                place=self.place(message),
                person=self.person(message),
                outcome=admission.outcome,
                ahead=admission.ahead,
                length=len(message.text),
                text=self.store.pseudonym("text", message.text),
                files=len(message.files),
            )
        )

    def refused(self, event: Event, reason: Refusal, retry_after: float) -> None:
        emit(
            Refused(
                platform=Slug.of(event.place.platform),
                turn=self._turn(event, event.id),
                place=self.place(event),
                person=self.person(event),
                reason=reason,
                retry_after=retry_after,
            )
        )

    def pressed(self, press: Press, outcome: Outcome) -> None:
        emit(
            Pressed(
                platform=Slug.of(press.place.platform),
                turn=self._turn(press, press.id),
                of=self._turn(press, press.turn),
                place=self.place(press),
                person=self.person(press),
                action=press.action,
                outcome=outcome,
            )
        )

    def claimed(self, claim: Claim) -> None:
        message = claim.turn.message
        emit(
            Claimed(
                turn=self._of(claim),
                attempt=claim.turn.attempt,
                waited=max(0.0, time.time() - message.at),
                exchanges=len(claim.exchanges),
            )
        )

    def done(self, claim: Claim, seconds: float) -> None:
        turn = self._of(claim)
        emit(TurnDone(turn=turn, attempt=claim.turn.attempt, seconds=seconds))

    def failed(self, claim: Claim, error: Exception) -> None:
        emit(TurnFailed(turn=self._of(claim), attempt=claim.turn.attempt), error)

    def lost(self, claim: Claim) -> None:
        emit(TurnLost(turn=self._of(claim), attempt=claim.turn.attempt))

    def remembered(self, message: Message, exchanges: int, seconds: float, error: str = "") -> None:
        emit(Remembered(place=self.place(message), exchanges=exchanges, seconds=seconds, error=Slug.of(error)))

    def memory_failed(self, claim: Claim, error: Exception) -> None:
        emit(MemoryFailed(turn=self._of(claim)), error)

    def unpainted(self, claim: Claim, code: str) -> None:
        platform = Slug.of(claim.turn.message.place.platform)
        emit(PlatformTrouble(platform=platform, call=Slug("end"), code=Slug.of(code), retry_after=0))

    def ended(self, claim: Claim, final: Final, answer: Answer | None, error: str, seconds: float) -> None:
        message, usage = claim.turn.message, answer.usage if answer else Usage()
        emit(
            TurnEnded(
                turn=self._of(claim),
                place=self.place(message),
                person=self.person(message),
                attempt=claim.turn.attempt,
                seconds=seconds,
                first_token=answer.first_token if answer else 0,
                model=Slug.of(answer.model if answer else ""),
                stop=Slug.of(answer.stop if answer else ""),
                error=Slug.of(error),
                request_id=Slug.of(answer.request_id if answer else ""),
                calls=answer.attempts if answer else 0,
                input=usage.input,
                output=usage.output,
                cache_read=usage.cache_read,
                cache_write=usage.written,
                length=len(final.text),
                text=self.store.pseudonym("text", final.text),
            )
        )

    def erased(self, event: Event, erased: Erased) -> None:
        emit(
            DataErased(
                platform=Slug.of(event.place.platform),
                place=self.place(event),
                turns=erased.turns,
                exchanges=erased.exchanges,
                places=erased.places,
            )
        )

    def person(self, event: Event) -> Pseudonym:
        return self.store.payer(event.place.platform, event.author.id)

    def place(self, event: Event) -> Pseudonym:
        return self.store.site(event.place)

    def channel(self, event: Event) -> Pseudonym:
        """The place at the top of a thread: what is asked there counts together."""
        return self.store.site(replace(event.place, thread=""))

    def _of(self, claim: Claim) -> Pseudonym:
        return self._turn(claim.turn.message, claim.turn.id)

    def _turn(self, event: Event, id: str) -> Pseudonym:
        return self.store.pseudonym("turn", f"{event.place.platform}:{id}")
