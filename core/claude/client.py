"""Claude: asks for one answer, writes it as it comes, tries again what may be tried again. Raises ChatErrors only."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from secrets import token_hex
from typing import Final

from core import errors
from core.claude import diagnosis, ending, failures, remembering, rounds
from core.claude.answering import Answering, begin
from core.claude.api import Api, Timeouts
from core.claude.calling import Caller
from core.claude.ending import Ending, Then
from core.claude.failures import Failure
from core.claude.gate import Cooldown, Due, Gate, LocalCooldown, Purse, Slot
from core.claude.models import Model, Models, problem
from core.claude.outages import Outages
from core.claude.price import Prices
from core.claude.request import Request
from core.claude.retry import Dice, Patience, cooling, delay, elsewhere
from core.claude.stream import Incoming, Raw
from core.claude.using import use
from core.content import Messages
from core.contract import Reply
from core.dialogue import IN_FLIGHT, Answer, Offer, OnCall, Prompt
from core.events import ModelRetried
from core.limits import spoken
from core.settings import PUBLIC_API
from core.telling import Slug, emit

_PATIENCE: Final = Patience()
_TIMEOUTS: Final = Timeouts()


class Claude:
    """One per process: its client keeps the connections. `in_flight` calls at most at once, in the order they came.

    `on_call` hears of every request after its end, in the task that asked for the answer. `clock` and `sleep` belong
    together; both in seconds.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = PUBLIC_API,
        cache_ttl: str = "5m",
        fallback_model: str = "",
        in_flight: int = IN_FLIGHT,
        prices: Prices | None = None,
        cooldown: Cooldown | None = None,
        purse: Purse | None = None,
        on_call: OnCall | None = None,
        patience: Patience = _PATIENCE,
        timeouts: Timeouts = _TIMEOUTS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: Dice = random.random,
    ) -> None:
        self._api = Api(api_key, base_url, in_flight, timeouts)
        self._models = Models(self._api.fetch, clock)
        self._gate = Gate(in_flight)
        self._cooldown = cooldown or LocalCooldown(clock)
        self._purse = purse
        self._prices = prices or Prices()
        self._caller = Caller(self._api, self._gate, self._prices, patience.silence, clock, on_call)
        self._outages = Outages(clock)
        self._cache_ttl = cache_ttl
        self._fallback = fallback_model
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._dice = dice
        self.unheard: Failure | None = None
        """Why the last `check` learnt nothing of the models."""

    async def check(self, models: Sequence[str] = ()) -> tuple[str, ...]:
        """Ask the API once, at the start: a sentence for each thing that is wrong with the key or with these models.

        An API that does not answer, or is in trouble, is no reason not to start: then `unheard` says why.
        """
        self.unheard = await self._models.load()
        if self.unheard is not None:
            return tuple(filter(None, [await self._refusal(self.unheard)]))
        found = []
        for name in dict.fromkeys((*models, self._fallback)):
            failure = await self._models.resolve(name) if name else None
            if name and (failure is None or failure.kind is errors.UnknownModel):
                said = problem(name, self._models.known(name), await self._models.all())
                found.append(said if name in models or not said else f"CLAUDE_FALLBACK_MODEL: {said}")
        return tuple(filter(None, found))

    async def _refusal(self, failure: Failure) -> str:
        """Why no answer can be had. Not every gateway, nor every key, has the list of models: that alone is none."""
        if not diagnosis.is_of_list(failure):
            return diagnosis.refusal(failure)
        try:
            await self._api.knock()
        except failures.RAISED as error:
            return diagnosis.refusal(failures.translated(error))
        return ""

    def retiring(self, models: Sequence[str]) -> tuple[Offer, ...]:
        """Which of these models will be retired, as far as `check` was told."""
        known = filter(None, map(self._models.known, dict.fromkeys((*models, self._fallback))))
        return tuple(Offer(one.id, retires=one.retires) for one in known if one.retires)

    async def models(self) -> tuple[Offer, ...]:
        """The models that the key may use, the newest first; none when the API did not tell."""
        found, words = await self._models.all(), self._prices.words
        return tuple(Offer(one.id, words(one.id), one.retires, one.takes) for one in found)

    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        """As an Offer's, also of a model's other names."""
        return await self._models.takes(model)

    async def model(self, name: str) -> Model:
        """What a model can; of an unknown one only its name."""
        return await self._models.of(name)

    async def close(self) -> None:
        """Cut what still runs, close the connections."""
        await self._models.close()
        await self._api.close()

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        """The answer, written into the reply as it comes. Raises ChatErrors, and what purse and prompt do.

        Cancelling ends the stream, and the tools.
        """
        one = begin(prompt, reply, self._clock())
        one.due = Due(self._patience.deadline, self._clock)
        if prompt.progress is None:  # else what was thought is bound to the tools that it had
            one.leave(one.kit.without(self._outages.among(prompt.tools), failures.DOWN))
        try:
            async with one.due:
                end = await self._finished(one)
        except TimeoutError:
            why = failures.OVERDUE if one.due.begun else failures.CROWDED
            end = ending.broken_off(why, has_text=one.writing.has_text)
        # Raised out here, an error carries no other one behind it: those hold the whole request and the key.
        if end.error is None:
            self._outages.note(one.kit.down)
            if left_out := one.kit.left_out:
                emit(left_out)
            return one.answer(end)
        if isinstance(end.error, errors.Declined):
            one.writing.withdraw()
        raise end.error

    async def remember(self, prompt: Prompt, tell: Callable[[str], None]) -> Messages:
        """What may stand for the prompt's messages from now on: the conversation in short. Raises as `answer` does.

        The API makes it where it can, else the model is asked for a summary. `tell` hears of waiting.
        """
        one = begin(prompt, remembering.Aside(tell), self._clock())
        one.sums_up, one.due = True, Due(self._patience.memory, self._clock)
        try:
            async with one.due:
                found = await self._summed(one)
        except TimeoutError:
            found = failures.OVERDUE.error()
        if isinstance(found, errors.ChatError):
            raise found
        return found

    async def count(self, prompt: Prompt) -> int:
        """The tokens of a prompt, by the API's own count; 0 when it does not tell."""
        model = await self._models.of(prompt.model)
        try:
            return await self._api.count(Request(prompt, model, tuple(prompt.messages), ""))
        except (*failures.RAISED, ValueError):
            return 0

    async def _summed(self, one: Answering) -> Messages | errors.ChatError:
        while True:
            outcome = await self._asked(one)
            if isinstance(outcome, Incoming):
                found = remembering.made(outcome)
                if not isinstance(found, errors.Empty) or not await self._briefer(one, outcome):
                    return found
                continue
            end = await self._failed(one, outcome)
            if end is not None:
                return end.error or outcome.error()

    async def _briefer(self, one: Answering, incoming: Incoming) -> bool:
        """Whether the next call asks for less thought."""
        before, model = one.prompt, await self._models.of(one.model)
        one.prompt = remembering.briefly(before, incoming, model)
        return one.prompt != before

    async def _finished(self, one: Answering) -> Ending:
        if one.waiting:
            await self._use(one)
        while True:
            outcome = await self._asked(one)
            if isinstance(outcome, Failure):
                end = await self._failed(one, outcome)
            else:
                end = await self._ended(one, outcome)
            if end is not None:
                return end

    async def _ended(self, one: Answering, incoming: Incoming) -> Ending | None:
        one.writing.close()
        if one.chosen and (failure := failures.OF_STOP.get(incoming.stop)):
            return await self._failed(one, failure)
        content = incoming.content()
        pauses = self._patience.pauses - one.pauses if content else 0
        tools = self._rounds_left(one) if one.prompt.tools and rounds.calls(content) else None
        end = one.without_words(incoming.stop, content) or ending.ended(
            incoming.stop, has_text=one.writing.has_text, pauses=pauses, tools=tools
        )
        match end.then:
            case Then.OVER:
                return end
            case Then.INSIST:
                one.insist(content)
            case Then.USE:
                one.wait(content)
                await self._use(one)
            case Then.RESUME:
                one.pause(content)
        return None

    def _rounds_left(self, one: Answering) -> int:
        return 0 if one.brief else self._patience.rounds - one.rounds

    async def _use(self, one: Answering) -> None:
        """All tools that the newest message asks for, and the note of what they gave."""
        calls = one.waiting.missing
        one.writing.show(ending.using(call["name"] for call in calls))
        one.go_on(await use(calls, one.prompt.tools, lambda some: self._keep(one, some)))
        one.writing.show(ending.ASKING)

    async def _keep(self, one: Answering, results: Sequence[Raw]) -> None:
        if one.prompt.keep is not None:
            await one.prompt.keep(one.progress(results))

    async def _failed(self, one: Answering, failure: Failure) -> Ending | None:
        """Wait for the next try, or None of it: then the answer ends here. A chore slows nobody."""
        failure = replace(failure, cools=failure.cools and not one.sums_up)
        one.tries = one.tries.failed(grew=one.writing.grown > 0)
        if one.writing.grown:
            one.paused = ()
        if one.asks_for_less(failure):
            return None
        if failure.kind is errors.Declined:
            one.writing.withdraw()
        if not failure.again:
            failure = one.go_back() or failure
        if self._may_switch(one) and elsewhere(failure, one.tries, self._patience):
            if failure.cools:
                await self._cooldown.begin(one.model, cooling(failure, self._patience))
            one.switch(self._fallback, failure)
            return None
        wait = delay(failure, one.tries, self._patience, one.due.left, self._dice)
        if wait is None:
            return ending.broken_off(failure, has_text=one.writing.has_text)
        emit(ModelRetried(code=Slug.of(failure.code), attempt=one.calls, wait=wait))
        if failure.cools:
            await self._cooldown.begin(one.model, wait)
        one.tries = one.tries.slept(wait)
        await self._pause(one, wait)
        return None

    def _may_switch(self, one: Answering) -> bool:
        return not one.stays and one.model != self._fallback != ""

    async def _pause(self, one: Answering, seconds: float) -> None:
        is_told = seconds >= self._patience.worth_telling
        if is_told:
            one.writing.wait_for(ending.waiting(spoken(seconds)))
        await self._sleep(seconds)
        if is_told:
            one.writing.show(ending.ASKING)

    async def _asked(self, one: Answering) -> Incoming | Failure:
        """One call, when it is its turn. Who waits for the API, or for room in a budget, lets others pass meanwhile."""
        while True:
            waits = one.writing.waits
            async with self._gate.passed(
                lambda ahead: one.writing.wait_for(ending.ahead(ahead)), first=one.calls > 0
            ) as slot:
                if one.writing.waits > waits:
                    one.writing.show(ending.ASKING)
                if (left := await self._cooling(one)) <= 0:
                    return await self._in_turn(one, slot)
            if left >= one.due.left:
                return Failure(errors.Busy, "cooldown", retry_after=left)
            await self._pause(one, left + self._dice() * min(left, self._patience.base))

    async def _in_turn(self, one: Answering, slot: Slot) -> Incoming | Failure:
        if one.prompt.check is not None:
            one.prompt.check()
        body = await self._request(one)
        hold = await self._held(one, body, slot)
        return hold if isinstance(hold, Failure) else await self._caller.call(one, body, hold)

    async def _held(self, one: Answering, body: Request, slot: Slot) -> str | Failure:
        """The id under which the purse keeps what the call may cost; it is settled when the call is noted."""
        if self._purse is None or not self._purse.is_limited:
            return ""
        id, waits = token_hex(8), one.writing.waits
        dollars, tokens = self._caller.at_most(body)

        def aside() -> AbstractAsyncContextManager[None]:
            one.writing.wait_for(ending.BUDGET_SHORT)
            return slot.lent()

        try:
            await self._purse.hold(id, one.prompt.user, dollars, tokens, aside)
        except errors.Spent as error:
            return Failure(errors.Spent, "budget", retry_after=error.retry_after, advice=error.advice)
        if one.writing.waits > waits:
            one.writing.show(ending.ASKING)
        return id

    async def _cooling(self, one: Answering) -> float:
        """Seconds until the API may be asked again; where that is long, the fallback is asked instead."""
        left = await self._cooldown.left(one.model)
        if left < self._patience.worth_telling or not self._may_switch(one):
            return left
        one.switch(self._fallback, Failure(errors.Busy, "cooldown", again=True, retry_after=left))
        return await self._cooldown.left(one.model)

    async def _request(self, one: Answering) -> Request:
        prompt = one.prompt
        needs = prompt.effort or prompt.thinking or prompt.tools or one.uses_compaction
        model = await self._models.of(one.model) if needs else self._models.known(one.model) or Model(one.model)
        compacts, messages = model.compacts and not one.plain, one.asks()
        if not compacts:
            messages = remembering.readable(messages)
        if not one.sums_up:
            mute = self._rounds_left(one) <= 0
            return Request(prompt, model, messages, self._cache_ttl, mute=mute, container=one.container)
        messages = messages if compacts else remembering.asked(messages)
        short = replace(prompt, max_tokens=min(prompt.max_tokens, remembering.LONGEST))
        return Request(short, model, messages, self._cache_ttl, mute=True, compacts=compacts)
