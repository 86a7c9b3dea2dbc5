"""A live reply: the text so far, and when it is painted. The `Reply` that people see."""

import asyncio
from collections.abc import Awaitable
from math import inf
from types import TracebackType
from typing import Self

from core.canvas import Canvas, Ending, Journal, Stroke, Unheld
from core.contract import Action, Screen, Turn
from core.draft import Draft
from core.errors import ScreenError, StoreError, Throttled, TooBig, Uncertain
from core.governor import Governor, Permit
from core.lull import Lull
from core.precedence import Need
from core.sign import SETTLE_SECONDS, Sign
from core.trouble import note

GATHER = 0.02
"""Seconds that the first text waits for more: a first message of one token is no use."""
NEWEST = 0.03
"""Seconds that a paint waits for the newest words: what the model sends is read only now and then."""
NOTHING_NEW = 0.05
"""Seconds until a text that grew without showing more is looked at again."""
UNOPENED = 0.25
"""Seconds after which the status tells of a text that may not be shown yet."""
SIGN_SECONDS = 0.5
"""So long a sign waits for its turn; then it is seen whether something else is more urgent."""
BACKOFF = 0.5
"""Seconds until a call whose fate is unknown is tried again; they double with each such failure."""
LONGEST_BACKOFF = 15.0
"""Seconds between two such tries, at the most."""
LASTING = 3
"""So many such failures one after the other are no hiccup any more, but trouble for whoever runs this."""
UNHELD = 0.25
"""Seconds after which it is seen again whether the lease is ours, which Redis could not be asked to renew."""
VANISHINGS = 3
"""A message that was deleted this often comes back only once more: with the last text."""
THINKING = "Thinking…"
WRITING = "Writing…"
"""The status of a text that may not be shown yet."""


class LiveReply:
    """Shows one answer while it is written. `async with` owns the task that paints.

    `stream`: "edit" shows the text while it grows; "final" a status, then the whole text; "off" the first sign only,
    then the whole text.
    """

    def __init__(
        self, screen: Screen, governor: Governor, journal: Journal, turn: Turn, *, stream: str = "edit"
    ) -> None:
        self._canvas = Canvas(screen, journal, turn)
        self._wake, self._lull = asyncio.Event(), Lull()
        self._is_taken_over = turn.attempt > 1
        self._sign = Sign(screen, self._wake.set, may_stand=self._is_taken_over)
        self._buckets, self._governor, self._stream = screen.buckets, governor, stream
        self._platform = turn.message.place.platform
        self._speaks, self._writing = screen.speaks, WRITING if screen.speaks else THINKING
        self._text: Draft | str = ""
        self._length = self._seen = 0  # characters, written and painted
        self._version = self._painted = 0
        self._since = 0.0  # when there was text first, in the loop's time
        self._status = "" if turn.final else THINKING
        self._ending: Ending | None = None
        self._guess: str | None = None  # the next call, when it is neither a first post nor an edit
        self._failures = 0
        self._not_before = 0.0  # no call before this, in the loop's time
        self._no_progress_before = 0.0
        self._no_sign_before = 0.0
        self._is_leaving = False

    @property
    def text(self) -> str:
        """The whole text so far."""
        return str(self._text)

    def write(self, text: Draft | str) -> None:
        length = text.length if isinstance(text, Draft) else len(text)
        turned = bool(length) != bool(self._length)
        self._text, self._length = text, length
        self._version += 1
        self._ticket.unseen(length - self._seen)
        if length:
            self._status = ""
        if turned:
            self._since = _now()
            self._ticket.withdraw()  # a sign may wait for its turn, or progress on what is withdrawn now
        self._lull.heard()
        if turned or self._stream == "edit":
            self._wake.set()

    def status(self, text: str) -> None:
        if self._stream != "off":
            self._status = text if self._speaks else THINKING
            if self._sign.shown == self._writing != self._status:
                self._ticket.withdraw()  # a first text may wait for its turn for as long as that stands
            self._wake.set()

    async def rest(self, seconds: float) -> None:
        await self._lull.rest(seconds)

    async def greeted(self) -> None:
        """Until the first signs of this answer and of those asked for at the same time are sent; not for long."""
        await self._governor.greetings.given(self)

    async def end(
        self, note: str = "", buttons: tuple[Action, ...] = (), *, watched: bool = False, unasked: bool = False
    ) -> None:
        self._ending = Ending(note, buttons, watched, unasked)
        self._ticket.withdraw()
        self._wake.set()
        await asyncio.wait([self._painting])
        self._painting.result()

    async def __aenter__(self) -> Self:
        self._ticket, self._entered = self._governor.enter(self._buckets), _now()
        self._ticket.hold(self._canvas.unfinished)
        if self._status:
            self._governor.greetings.owe(self)
        self._painting = asyncio.create_task(self._paint())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """No call is cut off in the middle, however often we are told to hurry: discord.py would not recover."""
        self._is_leaving = True
        self._ticket.withdraw()
        self._wake.set()
        was_cancelled = False
        while not self._painting.done():
            try:
                await asyncio.wait([self._painting])
            except asyncio.CancelledError:
                was_cancelled = True
        self._ticket.close()
        self._governor.greetings.give(self)
        failure = self._painting.exception()
        if was_cancelled:
            raise asyncio.CancelledError
        if error is None and failure is not None and not isinstance(failure, ScreenError | StoreError):
            raise failure

    # The painter: one step after the other until the last text stands

    async def _paint(self) -> None:
        try:
            while not self._is_leaving and await self._step():
                pass
            if not self._is_leaving:
                await self._sign.end()
        except ScreenError:  # nothing can be shown any more, but what lasts would stand
            await self._sign.end()
            raise
        finally:
            await self._sign.settle()

    async def _step(self) -> bool:
        """Do the next thing, or wait for one; False when there is nothing more to do."""
        self._wake.clear()
        sign = self._next_sign()
        if sign is not None:
            await self._give_sign(sign)
        elif self._ending is not None:
            return await self._finish(self._ending)
        elif not self._length and self._version > self._painted:
            await self._withdraw()
        elif self._may_progress():
            await self._progress()
        else:
            await self._idle()
        return True

    def _may_progress(self) -> bool:
        is_shy = self._stream != "edit" or self._canvas.vanished >= VANISHINGS
        return self._version > self._painted and not is_shy

    async def _idle(self) -> None:
        """Until something is written, said or ended, or the sign is to be refreshed."""
        until = inf
        if self._sign.shown and self._wanted_sign() and not self._sign.in_flight:
            until = self._sign.until
        if self._canvas.is_empty and self._length and _now() < self._since + UNOPENED:
            until = self._since + UNOPENED
        if _now() < self._no_sign_before:
            until = self._no_sign_before
        timer = asyncio.get_running_loop().call_at(until, self._wake.set) if until < inf else None
        await self._wake.wait()
        if timer:
            timer.cancel()

    async def _finish(self, ending: Ending) -> bool:
        if (stroke := self._canvas.plan(self.text, ending)) is not None:
            await self._turn_for(stroke, Need.END)
        elif self._canvas.in_doubt:  # a message that this text has no use for may stand there
            await self._look()
        else:
            await self._clear_sign(ending)
            return False
        return True

    async def _withdraw(self) -> None:
        version = self._version
        if (stroke := self._canvas.plan("", None)) is None:
            self._painted = version
            return
        await self._turn_for(stroke, Need.END)

    async def _turn_for(self, stroke: Stroke, need: Need) -> None:
        """Make a stroke that nothing will replace."""
        if stroke.call != "edit" and self._canvas.in_doubt:  # before a removal too: what is behind would not be found
            await self._look()
            return
        permit = await self._turn(stroke.call, need)
        if permit is not None:
            await self._make(stroke, permit)

    async def _progress(self) -> None:
        wish = self._guess if self._guess is not None else ("post" if self._canvas.is_empty else "edit")
        if wish != "edit" and self._canvas.in_doubt:
            await self._look()
            return
        permit = await self._turn(wish, Need.FIRST if wish == "post" else Need.PROGRESS)
        if permit is None:
            return
        await self._lull.end(NEWEST)
        version, length, stroke = self._version, self._length, self._canvas.plan(self.text, None)
        if stroke is None or stroke.call != wish or self._ending is not None:
            permit.unused()
            self._ticket.hold(self._canvas.unfinished)
        else:
            await self._make(stroke, permit)
            stroke = self._canvas.step()
        self._guess = stroke.call if stroke else None
        if stroke is None:
            self._painted, self._seen = version, length
            self._no_progress_before = _now() + NOTHING_NEW

    async def _turn(self, call: str, need: Need) -> Permit | None:
        """Wait for this call's turn; None when something more urgent came up."""
        after, until = self._not_before, inf
        if need.spends_surplus:
            after = max(after, self._no_progress_before, self._since + GATHER)
        if need is Need.FIRST and self._canvas.is_empty:
            until = _now() + UNOPENED
            if self._sign.shown == self._writing:
                until = max(until, self._sign.until)
        since = self._since if need is Need.FIRST else _now()
        return await self._ticket.turn(call, need, since=since, after=after, until=until)

    async def _make(self, stroke: Stroke, permit: Permit) -> None:
        if stroke.call == "post":
            await self._sign.settle(SETTLE_SECONDS)
        try:
            done = await self._tried(self._canvas.make(stroke), permit)
        except TooBig:
            if not self._canvas.shrink(stroke):
                raise
            return
        if done:
            self._failures = 0  # a look that goes well tells nothing of this call
        if done and stroke.call == "post":
            self._sign.gone()

    async def _look(self) -> None:
        permit = await self._turn("", Need.END)
        if permit is not None:
            await self._tried(self._canvas.look(), permit)
            self._guess = None

    async def _tried(self, doing: Awaitable[None], permit: Permit) -> bool:
        """Whether it was done. False: the next step does it again, after a while. Raises what no second try mends."""
        refused, was_made = None, True
        try:
            await doing
        except Unheld:  # the model goes on meanwhile
            was_made, self._not_before = False, _now() + UNHELD
        except Throttled as error:
            refused, self._not_before = error, _now() + error.retry_after
        except Uncertain as error:
            self._failures += 1
            is_due = self._failures >= LASTING and self._governor.burst.is_due(self._platform, error.code)
            note(self._platform, error, "paint", written=is_due)
            self._not_before = _now() + min(BACKOFF * 2 ** (self._failures - 1), LONGEST_BACKOFF)
        else:
            return True
        finally:
            if was_made:
                permit.returned(refused)
            else:
                permit.unused()
            self._ticket.hold(self._canvas.unfinished)
        return False

    # The sign of life

    def _next_sign(self) -> str | None:
        """What the status line should show now; None when it does already, or when this is no time to change it."""
        if self._sign.in_flight or self._ending is not None or _now() < self._no_sign_before:
            return None
        wanted = self._wanted_sign()
        if not wanted and (self._canvas.is_empty or not self._speaks):
            return None  # what stands goes by itself: when the text comes, or after some seconds
        is_fading = bool(wanted) and self._sign.is_old(_now())
        return wanted if is_fading or not self._sign.stands(wanted) else None

    def _wanted_sign(self) -> str:
        is_unopened = bool(self._length) and self._canvas.is_empty and _now() >= self._since + UNOPENED
        return self._status or (self._writing if is_unopened and self._stream != "off" else "")

    async def _give_sign(self, text: str) -> None:
        """Show this status. The first one keeps its place among those who wait, as nothing else is to be done."""
        is_first = not (self._sign.shown or self._version)
        need, since = (Need.SIGN, self._entered) if is_first else (Need.STATUS, _now())
        permit, is_ours = None, self._canvas.is_ours()
        if is_ours:
            permit = await self._ticket.turn("status", need, since=since, until=_now() + SIGN_SECONDS)
        if permit is not None:
            self._sign.show(text, permit)
        elif not (is_first and is_ours):
            self._no_sign_before = _now() + SIGN_SECONDS
        self._governor.greetings.give(self)

    async def _clear_sign(self, ending: Ending) -> None:
        await self._sign.settle(SETTLE_SECONDS)
        may_stand = self._sign.shown or self._is_taken_over
        if may_stand and self._speaks and (ending.unasked or not self._canvas.is_empty):
            await self._give_sign("")


def _now() -> float:
    return asyncio.get_running_loop().time()
