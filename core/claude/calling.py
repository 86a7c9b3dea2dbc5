"""One call of the API: the answer as it comes, what went wrong with it, and what it used."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.claude import failures
from core.claude.answering import Answering
from core.claude.api import Api, drained
from core.claude.estimate import largest
from core.claude.failures import Failure
from core.claude.feed import Feed, feed_of
from core.claude.gate import Gate
from core.claude.headroom import headroom
from core.claude.listening import Listening
from core.claude.price import Prices
from core.claude.request import Request
from core.claude.stream import Incoming, whole
from core.dialogue import Call, Headroom, OnCall, Usage


@dataclass(slots=True)
class _Noted:
    """What is noted of one request while it runs."""

    began: float
    first_token: float = 0
    request_id: str = ""
    headroom: tuple[Headroom, ...] = ()
    hold: str = ""
    error: str = "cancelled"  # until it ends in any other way


class Caller:
    """Makes the calls, and tells `on_call` of each."""

    def __init__(
        self, api: Api, gate: Gate, prices: Prices, silence: float, clock: Callable[[], float], on_call: OnCall | None
    ) -> None:
        """`silence`: seconds without a word, in the middle of a text, after which a stream is taken to hang."""
        self._api, self._gate, self._prices = api, gate, prices
        self._silence, self._clock, self._on_call = silence, clock, on_call
        self._us: dict[str, bool] = {}  # whether a model was used in the US alone when it was last heard of

    def at_most(self, body: Request) -> tuple[float | None, int]:
        """What a call may cost at the most, in dollars (None: nobody knows) and tokens."""
        most = largest(body, us=self._us.get(body.model.id, True))
        return self._prices.cost(body.model.id, most), most.output + most.prompt

    async def call(self, one: Answering, body: Request, hold: str) -> Incoming | Failure:
        """Make one, of this answer. `hold`: the id under which the purse keeps what it may cost."""
        one.calls += 1
        if not one.sums_up:  # somebody waits behind a summary: it has its time and no more
            one.due.begin()
        one.writing.open(resumed=bool(one.paused))
        call = _Noted(self._clock(), hold=hold)
        listening = Listening(one.writing, lambda: self._first_text(one, call))
        try:
            failure = await (self._fetch if one.sums_up else self._read)(call, listening, body)
            call.error = failure.code if failure else ""
        finally:
            self._note(one, call, listening.incoming, body)
        one.hear(listening.incoming)
        return failure or listening.incoming

    async def _read(self, call: _Noted, listening: Listening, body: Request) -> Failure | None:
        try:
            async with self._api.stream(body) as response:
                call.request_id = failures.slug(response.headers.get("request-id", ""))
                call.headroom = headroom(response.headers)
                return await self._listened(listening, feed_of(response))
        except failures.RAISED as error:
            failure = failures.translated(error)
            call.request_id = call.request_id or failure.request_id
            return failure

    async def _fetch(self, call: _Noted, listening: Listening, body: Request) -> Failure | None:
        """In one piece: a half summary is none."""
        try:
            message, headers = await self._api.whole(body)
        except failures.RAISED as error:
            failure = failures.translated(error)
            call.request_id = failure.request_id
            return failure
        except ValueError:
            return failures.GARBLED
        call.request_id = failures.slug(headers.get("request-id", ""))
        call.headroom = headroom(headers)
        listening.incoming = whole(message)
        return None

    async def _listened(self, listening: Listening, feed: Feed) -> Failure | None:
        """Take in the stream to the message's end; what went wrong, or None."""
        events, heard = 0, self._clock()
        async for chunk in feed:
            listening.feed(chunk)
            if listening.events > events:
                events, heard = listening.events, self._clock()
            elif self._clock() - heard > self._silence:
                listening.stall()
            if listening.over:
                break
            if listening.incoming.phase == "text" and (breath := self._gate.breath):
                await feed.rest(partial(listening.writing.rest, breath))
        if listening.incoming.ended:
            await drained(feed)
        return listening.outcome()

    def _first_text(self, one: Answering, call: _Noted) -> None:
        if not call.first_token:
            call.first_token = self._clock() - call.began
            one.first_token = one.first_token or self._clock() - one.began

    def _note(self, one: Answering, call: _Noted, incoming: Incoming, body: Request) -> None:
        """Add up what was used, and tell it."""
        usage = incoming.usage(body.cache_ttl) if incoming.started else Usage()
        model = incoming.model or body.model.id
        one.usage.append(usage)
        if incoming.started:
            self._us[body.model.id] = usage.us
        one.request_id = call.request_id or one.request_id
        one.answered_by = incoming.model or one.answered_by
        if self._on_call is None:
            return
        details = Call(
            model=failures.slug(model),
            usage=usage,
            cost=self._prices.paid(body.model.id, model, usage),
            seconds=self._clock() - call.began,
            first_token=call.first_token,
            stop=failures.slug(incoming.stop),
            attempts=one.calls,
            request_id=call.request_id,
            error=call.error,
            user=one.prompt.user,
            place=one.prompt.place,
            hold=call.hold,
            headroom=call.headroom,
        )
        self._on_call(details)
