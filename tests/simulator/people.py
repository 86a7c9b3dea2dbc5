"""Who says what, when and where in a simulated world, and a post office that delivers it at least once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from core.contract import Action, Change, Command, Event, Message, Person, Place, Press, Verdict
from tests.simulator.bot import Bot
from tests.simulator.chat import NAME, Chat, buttons
from tests.simulator.keys import NAMES
from tests.simulator.timeline import START, Timeline
from tests.simulator.trace import Trace

CHANNEL = Place(NAME, "team", "general")
PRIVATE = Place(NAME, "team", "cid", private=True)
ANN, BOB, CID = Person("ann"), Person("bob"), Person("cid")
UNIX = 1_700_000_000.0
"""The platform's clock when the world begins."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How people are: chances of a message, and numbers. `late`: seconds after which a duplicate comes."""

    messages: int = 10
    seconds: float = 40.0
    together: float = 0.35
    edited: float = 0.06
    deleted: float = 0.06
    stopped: float = 0.08
    again: float = 0.1
    reset: float = 0.0
    copies: float = 0.3
    late: tuple[float, ...] = ()
    reordered: float = 0.15
    retries: tuple[float, ...] = (3.0, 5.0, 20.0)


@dataclass
class Office:
    """Delivers events to processes: again and again until one acknowledges, and sometimes once more after that."""

    timeline: Timeline
    trace: Trace
    bots: Callable[[], Sequence[Bot]]
    retries: Sequence[float]
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    waiting: int = 0
    """Events that nobody has acknowledged yet."""

    def send(self, event: Event, after: float, then: Callable[[], None] = lambda: None) -> None:
        """Until it is acknowledged; `then` is called once."""
        self.waiting += 1
        self.timeline.after(after, self._deliver, event, 0, then)

    def copy(self, event: Event, after: float) -> None:
        """Once, whether it was delivered before or not."""
        self.timeline.after(after, self._hand_over, event, lambda: None)

    def _deliver(self, event: Event, tries: int, then: Callable[[], None]) -> None:
        if event.id in self.verdicts:
            return
        if tries < 40:
            pause = self.retries[min(tries, len(self.retries) - 1)]
            self.timeline.after(pause, self._deliver, event, tries + 1, then)
        self._hand_over(event, then)

    def _hand_over(self, event: Event, then: Callable[[], None]) -> None:
        bots = self.bots()
        if not bots:
            return
        bot = self.timeline.random.choice(bots)
        self.trace.note("office", f"{event.id} to bot {bot.number}")
        bot.hear(event, lambda verdict: self._told(event, verdict, then))

    def _told(self, event: Event, verdict: Verdict, then: Callable[[], None]) -> None:
        self.trace.note("office", f"{event.id} is {verdict.outcome}")
        if event.id not in self.verdicts:
            self.waiting -= 1
            then()
        self.verdicts.setdefault(event.id, []).append(verdict)


@dataclass
class People:
    """A seed's people. What they said stands in `said`, by id."""

    timeline: Timeline
    trace: Trace
    chat: Chat
    office: Office
    manner: Manner
    said: dict[str, Message] = field(default_factory=dict)
    until: float = 0.0
    """When the last of them has said all."""
    _count: int = 0

    def begin(self) -> None:
        """Plan everything that does not depend on what the bot says."""
        manner, random = self.manner, self.timeline.random
        at = 0.0
        for _ in range(manner.messages):
            if random.random() >= manner.together:
                at += random.expovariate(manner.messages / manner.seconds)
            message = self._message(at)
            self.said[message.id] = message
            self.trace.names[NAMES.turn(NAME, message.id)] = message.id
            self._plan(message, at)
            at += random.uniform(0, 0.3)
        self._until(at)
        if random.random() < manner.reset:
            command = Command(id=self._id("x"), place=self._place(random), author=ANN, at=UNIX + at / 2, name="reset")
            self.timeline.after(at / 2, self.office.send, command, 0.0)

    def _message(self, at: float) -> Message:
        random = self.timeline.random
        place, id = self._place(random), self._id("q")
        author = CID if place.private else random.choice((ANN, BOB))
        return Message(id=id, place=place, author=author, at=UNIX + at, text=f"question {id}")

    def _place(self, random: Random) -> Place:
        """The direct messages, the channel, or a thread below one of the channel's questions."""
        roots = [message.id for message in self.said.values() if message.place == CHANNEL][:2]
        threads = [replace(CHANNEL, thread=root) for root in roots]
        return random.choice((PRIVATE, CHANNEL, *threads, *threads))

    def _plan(self, message: Message, at: float) -> None:
        manner, random = self.manner, self.timeline.random
        first = random.uniform(0.3, 2.0) if random.random() < manner.reordered else random.uniform(0.0, 0.2)
        self.office.send(message, at + first, then=lambda: self._follow(message))
        if random.random() < manner.copies:
            for _ in range(random.randint(1, 4)):
                self.office.copy(message, at + first + random.uniform(0.0, 0.5))
            for seconds in manner.late:
                self.office.copy(message, at + first + seconds)
                self._until(at + first + seconds)

    def _follow(self, message: Message) -> None:
        """What its author does about a question that was taken."""
        manner, random = self.manner, self.timeline.random
        draw = random.random()
        for chance, text in ((manner.edited, f"question {message.id} edited"), (manner.deleted, None)):
            draw -= chance
            if draw < 0:
                self._later(partial(self._changed, message, text), random.uniform(0.0, 8.0))
                return
        if draw < manner.stopped:
            turn = random.choice(("", message.id))
            stop = self._pressing(message, Action.STOP, turn, "s")
            self._later(lambda: self.office.send(stop, 0.0), random.uniform(0.0, 8.0))
        elif draw < manner.stopped + manner.again:
            self._later(lambda: self._press(message, tries=3), random.uniform(5.0, 20.0))

    def _changed(self, message: Message, text: str | None) -> None:
        """Delivered under an id of its own, since the message's own was acknowledged."""
        change = Change(id=message.id, place=message.place, author=message.author, at=message.at, text=text)
        bots = self.office.bots()
        self.trace.note("office", f"{change.id} {'edited' if change.text else 'deleted'}")
        if bots:
            self.timeline.random.choice(bots).hear(change, lambda _: None)

    def _pressing(self, message: Message, action: Action, turn: str, kind: str = "p") -> Press:
        return Press(
            id=self._id(kind),
            place=message.place,
            author=message.author,
            at=UNIX + self.timeline.now - START,
            action=action,
            turn=turn,
        )

    def _press(self, message: Message, tries: int) -> None:
        """One of the buttons below the last answer, as soon as there are some."""
        offered = [
            (button, post.versions[-1].hand.turn)
            for post in self.chat.of(message.id)
            for button in buttons(post)
            if button is not Action.STOP
        ]
        if not offered:
            if tries:
                self._later(lambda: self._press(message, tries - 1), 5.0)
            return
        action, turn = self.timeline.random.choice(offered)
        press = self._pressing(message, action, turn)
        self.trace.names[NAMES.turn(NAME, press.id)] = press.id
        self.office.send(press, 0.05)
        if self.timeline.random.random() < self.manner.copies:
            self.office.copy(press, 0.1)

    def _later(self, do: Callable[[], None], seconds: float) -> None:
        self._until(self.timeline.now - START + seconds)
        self.timeline.after(seconds, do)

    def _until(self, at: float) -> None:
        self.until = max(self.until, START + at)

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"
