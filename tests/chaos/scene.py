"""What a storm is about: who asks what, where, and what must stand on the screen afterwards. No I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

NUMBER = re.compile(r"\bq(\d{4})\b")
LONG_EVERY = 12
"""One answer in so many is longer than a message of Discord."""
WORDS = (
    *("amber", "beacon", "cedar", "delta", "ember", "fjord", "garnet", "harbour", "island", "jasmine", "kestrel"),
    *("lagoon", "meadow", "nectar", "orchard", "pebble", "quartz", "river", "summit", "thistle", "umber", "valley"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a history is kept. `root` is the question that a thread grows from, -1 elsewhere."""

    platform: str
    name: str
    root: int = -1


@dataclass(eq=False, slots=True)
class Line:
    """Where order holds. `users` take turns; `channel` is a channel's name, "" for direct messages.

    `thread` is the platform's name of a thread, `root` the question it grows from, once they are there.
    """

    platform: str
    kind: str
    channel: str
    users: tuple[str, ...]
    wanted: int
    thread: str = ""
    root: int = -1
    asked: list["Question"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.platform} {self.kind} {self.channel} {'+'.join(self.users)}"

    @property
    def place(self) -> Place:
        return Place(self.platform, self.channel or f"direct {self.users[0]}", self.root)


@dataclass(eq=False, slots=True)
class Question:
    """One message to the bot: `id` as the engine knows it, `order` the platform's own, `at` monotonic seconds.

    Order holds among the questions of one `line`; `events` are what Slack told of it.
    """

    number: int
    line: str
    place: Place
    user: str
    id: str = ""
    order: str = ""
    at: float = 0.0
    events: tuple[str, ...] = ()
    closing: bool = False

    @property
    def label(self) -> str:
        return label(self.number)

    @property
    def text(self) -> str:
        word = WORDS[self.number % len(WORDS)]
        return f"{self.label} What is there to be said about the {word}?"


def label(number: int) -> str:
    return f"q{number:04}"


def numbers(text: str) -> list[int]:
    """The questions that a text names."""
    return [int(found) for found in NUMBER.findall(text)]


def answer(number: int) -> str:
    """What Claude says to this question: each paragraph names it, none says the same as another."""
    random = Random(number)
    long = number % LONG_EVERY == 7
    paragraphs = random.randint(24, 30) if long else random.randint(2, 5)
    return "\n\n".join(_paragraph(random, number, place) for place in range(1, paragraphs + 1))


def _paragraph(random: Random, number: int, place: int) -> str:
    words = " ".join(random.choice(WORDS) for _ in range(random.randint(8, 14)))
    return f"{label(number)} part {place}: {words}."


def script(numbers_: range) -> list[dict[str, float | int | str | None]]:
    """The same for the playground's Claude. The newest first: a question may quote older ones."""
    entries: list[dict[str, float | int | str | None]] = []
    for number in reversed(numbers_):
        text = answer(number)
        pace = 70 if len(text) < 1500 else 500
        entries.append(
            {"match": label(number), "text": text, "times": None, "tokens_per_second": pace, "first_token": 0.2}
        )
    return entries


def lines(platforms: Iterable[str], size: int, questions: int) -> list[Line]:
    """`size` of each kind on each platform, each with so many questions."""
    made = []
    for platform in platforms:
        for number in range(size):
            channel = f"storm-{number // 2}"
            made += [
                Line(platform, "top", channel, (f"user{number % 2}",), questions),
                Line(platform, "thread", f"deep-{number // 2}", (f"user{number % 3}", "user3"), questions),
            ]
        made += [Line(platform, "direct", "", (f"user{number}",), questions) for number in range((size + 1) // 2)]
    return made
