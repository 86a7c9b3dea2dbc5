"""What is asked of the model for a turn: its question, after as much of the conversation before it as fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from typing import Protocol

from core import attachments, files, history, sizes
from core.attachments import Attached
from core.content import CUT_BY_CONTEXT, used
from core.contract import Json, Platform
from core.dialogue import Answer, Exchange, Prompt
from core.errors import ChatError, Rejected, StaleLease, TooLarge
from core.memory import Memory, Talk, Tell
from core.options import Options
from core.quoting import Quoting
from core.reading import Allotment, Eyes, Reader, Reading
from core.resuming import Kept, Note, reached
from core.store import Claim, Lease
from core.tools import Around
from core.trace import Trace

READING = "Reading what is attached…"
UNLIKED = "Claude did not take what is attached, so I answered without it."
UNSEEN = "Claude did not take the images and PDFs that are attached, so I answered without them."
TOO_MUCH_SEEN = "The images and PDFs that are attached are too much for Claude at once, so I answered without them."
TOO_LONG = "What is attached is too much for Claude at once, so I answered without it."
_NOT_TAKEN = "Claude did not take it."


class Known(Protocol):
    """What is known of a model: how many tokens its context and its longest answer have, 0 when that is unknown.

    And whether it takes images and PDFs.
    """

    @property
    def context(self) -> int: ...
    @property
    def longest(self) -> int: ...
    @property
    def images(self) -> bool: ...
    @property
    def pdf(self) -> bool: ...


class Models(Protocol):
    """Who knows the models' sizes. core/claude is the only one."""

    async def model(self, name: str) -> Known: ...


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """A turn's prompt, its messages as the history keeps them, and sentences about what could not be sent.

    `talk`: the conversation before the question. `reading`: how its files are read. `quoting` knows whose words are in
    it, tools that run later included; `kept`: what those tools gave. `problems`: the sentences.

    `short`: half of what was said before is a memory by now, or left out. `alone`: no files but the question's are
    sent. `left_out`: names of recent files that there is no room for any more; `unread`: of those that could not be
    read again; `beyond`: the refs of all files that there is no room for. `heard`: the thread was read for this
    question, even if nobody else had said anything.
    """

    claim: Claim
    prompt: Prompt
    messages: tuple[Mapping[str, Json], ...]
    talk: Talk
    reading: Reading
    quoting: Quoting
    kept: Kept
    problems: tuple[str, ...] = ()
    short: bool = False
    alone: bool = False
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    heard: bool = False

    @property
    def question(self) -> Mapping[str, Json]:
        return self.messages[-1]

    def noted(self, note: str) -> str:
        """The note below the answer: first what could not be sent, then `note`."""
        about = attachments.no_room(self.left_out), attachments.unread_again(self.unread)
        return " ".join(filter(None, (*self.problems, *about, note)))

    @property
    def is_file_heavy(self) -> bool:
        """Files go with it, and what was said before it is less than half of what the model takes."""
        has_files = bool(files.references(self.question)) or self.without_older_files() is not None
        return has_files and sum(map(sizes.of_message, self.messages[:-1])) < self.talk.room // 2

    def without_older_files(self) -> "Asked | None":
        """The same with no files but the question's; None when there are no others."""
        sent = (*attachments.bare(self.messages[:-1]), self.prompt.messages[-1])
        if sent == tuple(self.prompt.messages):
            return None
        tokens = sum(map(sizes.beside_text, files.references(self.question)))
        return replace(self, prompt=replace(self.prompt, messages=sent, file_tokens=tokens), alone=True)

    def without_files(self, note: str = UNLIKED, partly: str = UNSEEN) -> "Asked | None":
        """The same with fewer files: those of earlier messages go first, texts last. None when there are only words.

        In the place of the question's files the history keeps that they were not taken. The person is told so with
        `note`, or with `partly` where texts are left.
        """
        less = self.without_older_files()
        if less is not None or not files.references(self.question):
            return less
        question = attachments.refused(self.question, _NOT_TAKEN)
        sent = attachments.still_sent(question, self.prompt.messages[-1])
        prompt = replace(self.prompt, messages=(*self.prompt.messages[:-1], sent), file_tokens=0)
        said = partly if files.references(question) else note
        problems = (*(one for one in self.problems if one != partly), said)
        return replace(self, prompt=prompt, messages=(*self.messages[:-1], question), problems=problems, alone=True)

    def talk_with(self, exchange: Exchange | None) -> Talk:
        """The conversation as it stands when this is written down."""
        return replace(self.talk, exchanges=(*self.talk.exchanges, exchange)) if exchange else self.talk

    @property
    def cited(self) -> tuple[str, ...]:
        """The web addresses that a stopped answer's words come from, as far as they are known."""
        return self.kept.cited or self.prompt.cited

    def exchange(
        self, said: Sequence[Mapping[str, Json]], tokens: int = 0, cited: tuple[str, ...] = ()
    ) -> Exchange | None:
        """What the history keeps when the model `said` this: the question exactly as it was sent; None of nothing.

        `tokens`: of the conversation with it, 0 when unknown.
        """
        if not said:
            return None
        turn, messages = self.claim.turn, (self.question, *said)
        return Exchange(
            id=turn.of or turn.id,
            at=turn.message.at,
            messages=messages,
            tokens=tokens,
            cited=cited,
            heard=self.heard,
            beyond=self.beyond,
        )


class Prompts:
    """Makes the prompts of turns."""

    def __init__(
        self,
        models: Models,
        platforms: Mapping[str, Platform],
        trace: Trace,
        memory: Memory,
        note: Note,
        options: Options,
    ) -> None:
        self._models = models
        self._platforms = platforms
        self._trace = trace
        self._memory = memory
        self._note = note
        self._options = options
        self._reader = Reader()

    async def of(self, claim: Claim, tell: Tell) -> Asked:
        """The prompt of a turn. `tell` is called with what is going on, while files are read and a memory is made."""
        turn, chosen, default = claim.turn, claim.choices, self._options.defaults
        name, hints = chosen.model or default.model, self._options.toolbox.hints
        system = history.system(self._options.system, chosen.persona, hints)
        platform, model = self._platforms[turn.message.place.platform], await self._models.model(name)
        eyes = Eyes(model.images, model.pdf) if model.context else Eyes()
        reading = Reading(self._reader, platform, Allotment(eyes=eyes))
        quoting = Quoting(platform, claim.since, turn.message.quoted)
        question, problems, heard = await _question(claim, reading, quoting, self._options.zone, tell)
        if turn.progress and used((*turn.progress.sent, *turn.progress.said)) & self._options.toolbox.readers:
            await quoting.relearn(turn.message, claim.exchanges)
        tools = self._options.toolbox.tools(Around(turn.message, quoting, claim.exchanges, self._options.zone))
        again = _replaced(claim)
        done = turn.progress or reached(again, turn.begun, name, [tool.name for tool in tools])
        kept = Kept(self._note, claim.lease, done)
        prompt = Prompt(
            model=name,
            system=system,
            messages=(question,),
            max_tokens=self._options.max_tokens,
            effort=chosen.effort or default.effort,
            thinking=chosen.thinking or default.thinking,
            begun=turn.begun,
            cited=again.cited if again is not None and turn.begun else (),
            user=claim.payer or self._trace.person(turn.message),
            place=self._trace.channel(turn.message),
            tools=tools,
            progress=done,
            keep=kept,
            check=partial(_check, claim.lease),
        )
        past = tuple(history.from_memory(_before(claim)))
        talk = Talk(turn.message, prompt, past, self._room(model, system), tell, claim.root)
        if history.surplus(past, question, talk.room):
            talk = replace(talk, exchanges=await self._memory.shorten(talk) or past)
        asked = Asked(claim, prompt, (question,), talk, reading, quoting, kept, problems, heard=heard)
        return await self._sent(asked)

    async def less(self, asked: Asked, error: ChatError) -> Asked | None:
        """What may be asked instead of what the service does not take; None when nothing is left to leave out."""
        if isinstance(error, TooLarge):
            fewer = asked.without_files(TOO_LONG, TOO_MUCH_SEEN)
            return fewer if fewer and asked.is_file_heavy else await self._shorter(asked, fewer)
        return asked.without_files() if isinstance(error, Rejected) else None

    async def remainder(self, asked: Asked, answer: Answer) -> Asked | None:
        """What asks for the rest of an answer that the end of the model's context cut, with less before its question.

        The question keeps what it is about. None for any other answer, and when nothing is left to leave out.
        """
        if answer.stop != CUT_BY_CONTEXT:
            return None
        fewer = asked.without_older_files()
        less = fewer if asked.is_file_heavy else await self._shorter(asked, fewer)
        return less and replace(less, prompt=replace(less.prompt, begun=answer.text, cited=answer.cited, progress=None))

    async def _shorter(self, asked: Asked, fewer: Asked | None) -> Asked | None:
        """The same with less before the question: what comes first of these helps.

        A memory of half of what was said; `fewer` files; half of what was sent; nothing at all before the question.
        None when nothing is left to leave out.
        """
        talk, sent = asked.talk, len(asked.messages)
        if not asked.short and (found := await self._memory.shorten(talk, most=True)):
            return await self._sent(replace(asked, talk=replace(talk, exchanges=found), short=True))
        if fewer or sent == 1:
            return fewer
        half = sum(map(sizes.of_message, asked.messages[:-1])) // 2 + sizes.of_message(asked.question)
        less = await self._sent(replace(asked, talk=replace(talk, room=half), short=True))
        return less if len(less.messages) < sent else await self._sent(replace(asked, talk=replace(talk, exchanges=())))

    async def _sent(self, asked: Asked) -> Asked:
        """The same with as much of the conversation as fits before the question, and then as many of its files."""
        talk, prompt = asked.talk, asked.prompt
        tools = [tool.name for tool in prompt.tools]
        messages = history.fit(talk.exchanges, asked.question, tokens=talk.room, tools=tools)
        left = talk.room - sum(map(sizes.of_message, messages)) - sizes.of_files(asked.question)
        tokens = 0 if asked.alone else max(left, 0)
        counted = sizes.of_each_file(talk.exchanges)
        told = talk.exchanges[-1].beyond if talk.exchanges else ()
        filled = await attachments.filled(asked.reading, messages, tokens, counted, told)
        prompt = replace(prompt, messages=filled.messages, file_tokens=filled.tokens)
        left_out, beyond = ((), ()) if asked.alone else (filled.left_out, filled.beyond)
        return replace(asked, prompt=prompt, messages=messages, left_out=left_out, unread=filled.unread, beyond=beyond)

    def _room(self, model: Known, system: str) -> int:
        most = self._options.max_tokens
        longest = min(most, model.longest) if model.longest else most
        return history.room(model.context, longest, system)


async def _question(
    claim: Claim, reading: Reading, quoting: Quoting, zone: tzinfo, tell: Tell
) -> tuple[Mapping[str, Json], tuple[str, ...], bool]:
    """The question as the history keeps it, sentences about what could not be read, and whether the thread was."""
    if (again := _replaced(claim)) is not None:
        return again.messages[0], (), again.heard
    message = claim.turn.message
    earlier = await quoting.earlier(claim)
    others = [file for said in reversed(earlier.said) for file in reversed(said.files)]
    found = Attached()
    if message.files or others:
        tell(READING)
        found = await attachments.attached(reading, message.files, others)
    question = history.question(replace(message, files=found.files), earlier.said, found.blocks, zone)
    return question, tuple(filter(None, (earlier.problem, *found.problems))), earlier.heard


def _check(lease: Lease) -> None:
    if not lease.held():
        raise StaleLease("the lease ran out")


def _replaced(claim: Claim) -> Exchange | None:
    """The exchange whose answer this turn makes anew or goes on with: its question is asked as it was."""
    last = claim.exchanges[-1] if claim.exchanges else None
    return last if last is not None and last.id == claim.turn.of else None


def _before(claim: Claim) -> Sequence[Exchange]:
    return claim.exchanges[:-1] if _replaced(claim) else claim.exchanges
