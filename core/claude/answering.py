"""Where one answer stands, over all the calls and rounds of tools that it takes. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core import errors
from core.claude import ending, failures, rounds, seam, sources
from core.claude.ending import Ending
from core.claude.failures import Failure
from core.claude.gate import Due
from core.claude.kit import Kit
from core.claude.remembering import is_compacted
from core.claude.request import asked, resumed
from core.claude.retry import Tries
from core.claude.rounds import Round
from core.claude.stream import Incoming, Raw, context, total
from core.claude.writing import Writing
from core.content import WORDLESS, Messages, blocks, words
from core.contract import Progress, Reply
from core.dialogue import Answer, Prompt, Usage

NOTHING: Final = Round()
"""Nobody waits for a tool."""


@dataclass(frozen=True, slots=True, repr=False)
class Chosen:
    """The chosen model, as it was left while it was busy: why, and what was asked of it."""

    why: Failure
    tries: Tries
    prompt: Prompt
    plain: bool
    kit: Kit


@dataclass(slots=True, repr=False)
class Answering:
    """`before` is what the next call answers: the prompt's messages and the rounds of tools that are done.

    `sent` are the messages of the newest call; `paused` what a turn that the model paused has said so far; `waiting`
    the round that waits for results of its tools. `sums_up`: no answer is wanted, but the conversation in short;
    `plain`: not in the API's own way, which does not work here; `kit`: its tools; `brief`: with what they gave in
    short, and without any from now on; `container`: where its code runs at the API; `cited`: the addresses on the web
    that its words come from, or that were read for it; `wrote_file`: its code did, where nobody sees it. `insisted`:
    words that did not come after its tools were asked for. `chosen`: the model that people chose, where it was only
    busy and another one goes on; `stays`: none shall any more. `refused`: the API may have taken offence at what tools
    gave, so neither the history nor who goes on after a restart has it.
    """

    prompt: Prompt
    writing: Writing
    began: float
    model: str
    before: Messages
    sent: Messages = ()
    paused: tuple[dict[str, Any], ...] = ()
    waiting: Round = NOTHING
    said: Messages = ()
    retold: bool = False
    insisted: bool = False
    refused: bool = False
    brief: bool = False
    sums_up: bool = False
    plain: bool = False
    kit: Kit = field(init=False)
    container: str = ""
    cited: tuple[str, ...] = ()
    wrote_file: bool = False
    pauses: int = 0
    rounds: int = 0
    chosen: Chosen | None = None
    stays: bool = False
    tries: Tries = field(default_factory=Tries)
    due: Due = field(default_factory=Due)
    calls: int = 0
    usage: list[Usage] = field(default_factory=list)
    answered_by: str = ""
    request_id: str = ""
    first_token: float = 0

    def __post_init__(self) -> None:
        self.kit = Kit(self.prompt.tools)

    def asks(self) -> Messages:
        """The messages of the next call."""
        if not self.paused:
            self.sent = asked(self.before, self.writing.newest)
        return resumed(self.sent, self.paused)

    def hear(self, incoming: Incoming) -> None:
        """What one call brought beside its words."""
        self.container = incoming.container or self.container
        self.cited = tuple(dict.fromkeys((*self.cited, *sources.of(incoming.sources()))))
        self.wrote_file = self.wrote_file or incoming.wrote_file

    def pause(self, content: tuple[dict[str, Any], ...]) -> None:
        self.pauses += 1
        self.paused += rounds.taken(content)

    def without_words(self, stop: str, content: tuple[dict[str, Any], ...]) -> Ending | None:
        """How it ends where nothing was said after what its tools gave; None where something was."""
        found = rounds.is_wordless((*self.paused, *content))
        if found is None:
            found = len(self.before) > len(self.prompt.messages) and not self.writing.newest.strip()
        insists = not self.insisted
        return ending.wordless(stop, has_text=self.writing.has_text, insists=insists) if found else None

    def insist(self, content: tuple[dict[str, Any], ...]) -> None:
        """Ask for the words, with what its tools gave."""
        self.before = rounds.insisting(self.sent, (*self.paused, *content))
        self.paused, self.insisted = (), True
        self.writing.anew()

    def wait(self, content: tuple[dict[str, Any], ...]) -> None:
        """The model waits for the results of its tools."""
        self.waiting, self.paused = Round((*self.paused, *content)), ()

    def progress(self, results: Sequence[Raw]) -> Progress:
        """How far it came with these results, too."""
        messages, said = self._with(results)
        asked = self.prompt.messages
        sent = messages[len(asked) :] if self.refused else rounds.beyond(asked, messages)
        return Progress(self.model, self.writing.text, sent, said, self.container, self.cited)

    def go_on(self, results: Sequence[Raw]) -> None:
        """With these, all results are there."""
        self.before, self.said = self._with(results)
        self.waiting = NOTHING
        self.rounds += 1
        self.tries = self.tries.succeeded()
        self.writing.part()

    def _with(self, results: Sequence[Raw]) -> tuple[Messages, Messages]:
        done = self.waiting.given(results)
        return (*self.sent, *done.sent()), (*self.said, *done.said(self.writing.current))

    @property
    def uses_compaction(self) -> bool:
        return not self.plain and (self.sums_up or is_compacted(self.before))

    @property
    def has_rounds(self) -> bool:
        """Whether there is something to `retell`."""
        return not self.retold and self._is_under_way

    @property
    def _is_under_way(self) -> bool:
        return bool(self.paused) or len(self.before) > len(self.prompt.messages)

    def retell(self, *, refused: bool = True) -> None:
        """What tools gave becomes a part of the question, and what was thought is forgotten: see `rounds.told`.

        So is what the API's own tools were at when the turn was paused. What was `refused` the history does not keep.
        """
        asked = len(self.prompt.messages)
        done = (*self.before[asked:], *self.waiting.sent())
        self.refused = self.refused or refused
        self.said = () if refused else rounds.wordless(self.said, self.waiting)
        self.before, self.paused = rounds.told(self.before[:asked], done), ()
        self.waiting, self.container, self.retold = NOTHING, "", True
        self.writing.whole()

    def asks_for_less(self, failure: Failure) -> bool:
        """Whether the next call leaves out what the API may have refused; False when there is nothing to leave out."""
        if failure.kind is errors.TooLarge and self.chosen is None:
            return self._shorten()
        if not self._may_be_of_question(failure):
            return False
        if failure.code in failures.MCP:
            return self.leave(self.kit.without_server(failure))
        if self.has_rounds:
            # What was thought with the tools belongs to another beginning of the conversation: it was edited meanwhile.
            self.retell()
        elif self.container and not self.paused:
            self.container = ""  # a call that went on where its code ran wrote some words, and was cut
        elif self.uses_compaction:
            self.plain = True
        else:
            return self.leave(self.kit.unaided(failure))
        return True

    def _shorten(self) -> bool:
        """Go on with less of what tools gave: before the first of them, the API took the conversation as it is."""
        asked = len(self.prompt.messages)
        if self.brief or len(self.before) == asked:
            return False
        results = ({**one, "content": rounds.brief(blocks(one))} for one in self.before[asked:])
        self.before, self.brief = (*self.before[:asked], *results), True
        self.retell(refused=False)
        return True

    def _may_be_of_question(self, failure: Failure) -> bool:
        """Whether what was asked may be the reason: another question might be taken."""
        # A container that is gone is not found, as is a model.
        is_gone = failure.kind is errors.UnknownModel and bool(self.container)
        return failure.kind is errors.Rejected or failure.code in failures.UNENTITLED or is_gone

    def leave(self, kit: Kit | None) -> bool:
        """Go on with this kit; False when there is none. What was thought is bound to the tools that it had."""
        if kit is None:
            return False
        self.kit, self.prompt, self.container = kit, replace(self.prompt, tools=kit.tools), ""
        if self._is_under_way:
            self.retell()
        self.paused = ()
        return True

    def switch(self, model: str, why: Failure) -> None:
        """Another model goes on: what this one thought is bound to it."""
        chosen = Chosen(why, self.tries, self.prompt, self.plain, self.kit)
        self.chosen = chosen if why.again else None
        self.model, self.tries, self.paused, self.container = model, Tries(), (), ""
        if self._is_under_way:
            self.retell(refused=False)

    def go_back(self) -> Failure | None:
        """To the model that was left while it was busy, for good; why it was left. None when none was.

        What the other one refuses, or has no room for, is no fault of the question, nor need this one do without it.
        """
        chosen = self.chosen
        if chosen is None:
            return None
        self.switch(chosen.prompt.model, chosen.why)
        self.chosen, self.stays, self.tries = None, True, chosen.tries
        self.prompt, self.plain, self.kit = chosen.prompt, chosen.plain, chosen.kit
        return replace(chosen.why, retry_after=0, cools=False)  # what is left of that pause is waited for as by all

    def answer(self, end: Ending) -> Answer:
        by_another = ending.instead(self.model, self.prompt.model) if self.model != self.prompt.model else ""
        file = ending.FILE_STAYS if self.wrote_file else ""
        return Answer(
            text=self.writing.text,
            stop=end.stop,
            messages=self._kept(),
            usage=total(tuple(self.usage)),
            model=self.answered_by or self.model,
            note=" ".join(filter(None, (end.note, file, self.kit.note, by_another, sources.told(self.cited)))),
            buttons=end.buttons,
            request_id=self.request_id,
            attempts=self.calls,
            first_token=self.first_token,
            context=context(self.usage[-1]) if self.usage else 0,
            cited=self.cited,
        )

    def _kept(self) -> tuple[Mapping[str, Any], ...]:
        """With its rounds of tools, so that Continue goes on with what they gave. The last role is the assistant's."""
        if self.said:
            words = self.writing.current
            return (*self.said, {"role": "assistant", "content": words if words.strip() else WORDLESS})
        return ({"role": "assistant", "content": self.writing.text},)


def begin(prompt: Prompt, reply: Reply, now: float) -> Answering:
    """A new answer, or one that an earlier attempt has brought some way."""
    done, messages = prompt.progress, tuple(prompt.messages)
    if done is None:
        return Answering(prompt, Writing(reply, prompt.begun), now, prompt.model, messages, cited=prompt.cited)
    broken_off = rounds.unanswered(done.sent)
    sent, said = (done.sent[:-2], done.said[:-2]) if broken_off else (done.sent, done.said)
    part = words(done.said[-2]) if broken_off else _beyond(done.text, prompt.begun)
    text = done.text if broken_off else done.text + part
    writing = Writing(reply, prompt.begun, text, part, seam.awaited(done.sent, text))
    one = Answering(prompt, writing, now, prompt.model, rounds.together(messages, sent), said=tuple(said))
    one.sent, one.waiting, one.container = one.before, broken_off, done.container
    one.cited = tuple(dict.fromkeys((*prompt.cited, *done.cited)))
    if done.model != prompt.model:
        one.retell(refused=False)
    return one


def _beyond(done: str, begun: str) -> str:
    """What of the text that is to be continued was written after its tools had given all."""
    return begun[len(done) :] if begun.startswith(done) else ""
