"""One request to the Messages API, from its first byte to its last."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from aiohttp import web

from playground.claude import frames, http
from playground.claude.answer import Answer
from playground.claude.cache import Charge
from playground.claude.check import read
from playground.claude.desk import Desk
from playground.claude.errors import Refused
from playground.claude.frames import Frame
from playground.claude.pour import Pace, Sent, pour, wait
from playground.claude.request import Request
from playground.claude.script import Entry
from playground.claude.trouble import Ended, spoilt
from playground.faults import Fault

METHOD = "messages.create"


class Exchange:
    """Reads, decides, records and sends. One is used once."""

    def __init__(self, desk: Desk, request: web.Request) -> None:
        self.desk, self.http = desk, request
        self.id = desk.id("req")
        self.call = desk.record.call(METHOD, {})
        self.sent = Sent()
        self.ended = "gone"

    async def answer(self) -> web.StreamResponse:
        """The response, whatever becomes of the request."""
        try:
            return await self._answer()
        except Refused as refused:
            self.call.answered(refused.status, refused.kind)
            return http.refusal(refused, self.id, self._headers())
        except (ConnectionError, asyncio.CancelledError):
            self._note(ended=self.ended, deltas=self.sent.deltas, gone=time.monotonic())
            self.call.cut()
            raise

    async def _answer(self) -> web.StreamResponse:
        self._note(headers=http.masked(self.http), request_id=self.id)
        body = await http.read_json(self.http)
        if self.desk.config.bodies and isinstance(body, Mapping):
            self._note(arguments=body)
        fault = self.desk.faults.take(METHOD)
        await self._fail(fault)
        http.check_version(self.http)
        self.desk.check_key(http.key_of(self.http))
        request = read(body, self.desk.catalogue, http.betas(self.http))
        self.desk.admit()
        entry = self.desk.script.take(request.asked)
        if entry is not None and entry.fault is not None:
            fault = entry.fault
            await self._fail(fault)
        return await self._say(request, entry, fault)

    async def _say(self, request: Request, entry: Entry | None, fault: Fault | None) -> web.StreamResponse:
        answer = self.desk.answer(request, entry, fault)
        charge = self._account(request, answer)
        if fault is not None and fault.do == "lost":
            self.ended = "lost"
            await http.reset(self.http)
        pace, id_ = self.desk.pace(entry), self.desk.id("msg")
        if not request.stream:
            return await self._whole(frames.message(id_, request.model.id, answer, charge), pace.lasts(answer.tokens))
        stream = frames.stream(id_, request.model.id, answer, charge)
        found, ended = (stream, Ended()) if fault is None else spoilt(stream, fault, self.id)
        return await self._stream(found, ended, pace)

    def _account(self, request: Request, answer: Answer) -> Charge:
        """Charge the cache and the limits, and record what is about to be said."""
        now = self.desk.now()
        charge = replace(self.desk.cache.charge(request, now), us=self.desk.config.us)
        self.desk.budget.spend("input_tokens", charge.limited, now)
        self.desk.budget.spend("output_tokens", answer.tokens, now)
        usage = frames.usage(charge, answer.tokens, answer)
        self._note(model=request.model.id, text=answer.text, stop_reason=answer.stop_reason, usage=usage)
        self.call.effect()
        return charge

    async def _whole(self, message: Mapping[str, object], seconds: float) -> web.Response:
        await asyncio.sleep(seconds)
        self._note(ended="done")
        self.call.answered(200)
        return web.json_response(message, headers=self._headers())

    async def _stream(self, found: Iterable[Frame], ended: Ended, pace: Pace) -> web.StreamResponse:
        response = web.StreamResponse(headers={**self._headers(), "cache-control": "no-cache"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        sending = http.Body(response, self.http)
        await response.prepare(self.http)
        await pour(found, pace, sending.write, self.sent)
        await self._end(sending, ended)
        await sending.end()
        self._note(ended=ended.how, deltas=self.sent.deltas)
        self.call.answered(200)
        return response

    async def _end(self, sending: http.Body, ended: Ended) -> None:
        """What comes after the last frame, where it is not a clean end."""
        if ended.how in ("done", "end"):
            return
        self.ended = ended.how
        if ended.how == "cut":
            await http.reset(self.http)
        elif ended.how == "fin":
            await http.hang_up(self.http)
        elif ended.how == "pings":
            await wait(float("inf"), ended.every, sending.write)
        await http.forever()

    async def _fail(self, fault: Fault | None) -> None:
        if fault is None:
            return
        self.ended = fault.do
        await http.fail(fault, self.http)
        self.ended = "gone"

    def _headers(self) -> dict[str, str]:
        return http.identity(self.id) | self.desk.budget.headers(self.desk.now(), time.time())

    def _note(self, **fields: object) -> None:
        self.desk.record.amend(self.call.id, **fields)
