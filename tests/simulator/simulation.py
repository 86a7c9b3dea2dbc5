"""One seed: a world is drawn, lived through, and given to the checker."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from core.store import LEASE_SECONDS
from tests.simulator.bot import Bot, Variant
from tests.simulator.chat import Chat, Mood
from tests.simulator.checker import Evidence, Verdict, judge
from tests.simulator.ledger import Ledger
from tests.simulator.nemesis import Nemesis, Temper
from tests.simulator.oracle import Oracle, Whims
from tests.simulator.people import Manner, Office, People
from tests.simulator.redis import BASE, Redis, Weather
from tests.simulator.timeline import START, Circle, Timeline
from tests.simulator.trace import Trace
from tests.simulator.valkey import Connection

LIMIT = 900.0
"""Seconds after the last trouble within which everything must have come to its end."""
LANDING = 6.0
"""Seconds that a call may still be on its way when all is over."""
PRODUCT = Variant()


@dataclass(frozen=True, slots=True)
class Draw:
    """What a seed decides before the world begins."""

    temper: Temper = field(default_factory=Temper)
    manner: Manner = field(default_factory=Manner)
    mood: Mood = field(default_factory=Mood)
    weather: Weather = field(default_factory=Weather)
    whims: Whims = field(default_factory=Whims)
    size: int = 2_000


@dataclass(eq=False)
class World:
    """Everything that there is, and at its end everything that there was."""

    timeline: Timeline
    trace: Trace
    redis: Redis
    chat: Chat
    oracle: Oracle
    people: People
    nemesis: Nemesis

    @property
    def bots(self) -> list[Bot]:
        return self.nemesis.bots


def create(draw: Draw, random: Random, connection: Connection, variant: Variant = PRODUCT) -> World:
    """A world before its first moment."""
    timeline = Timeline(random)
    trace = Trace(timeline)
    redis = Redis(timeline, connection, trace, draw.weather)
    chat, oracle = Chat(timeline, trace, draw.mood), Oracle(timeline, trace, draw.whims)
    numbers = count(1)

    def start() -> Bot:
        return Bot(next(numbers), timeline, redis, chat, oracle, draw.size, variant)

    nemesis = Nemesis(timeline, trace, redis, draw.temper, start)
    office = Office(timeline, trace, nemesis.living, draw.manner.retries)
    return World(timeline, trace, redis, chat, oracle, People(timeline, trace, chat, office, draw.manner), nemesis)


def live(world: World) -> bool:
    """From its first moment to its last. Whether it came to rest by itself."""
    try:
        return _live(world)
    except Circle as circle:
        world.trace.note("world", f"runs in a circle: {circle}")
        return False


def _live(world: World) -> bool:
    world.nemesis.begin()
    world.people.begin()
    timeline = world.timeline
    timeline.run(timeline.now + world.nemesis.temper.seconds)
    rested, limit = False, timeline.now + LIMIT
    while not rested and timeline.now < limit:
        timeline.run(max(timeline.now, min(world.people.until, limit)) + 1.0)
        rested = _rests(world)
    timeline.run(timeline.now + LANDING)
    return rested


def evidence_of(world: World, rested: bool) -> Evidence:
    """What the checker needs."""
    ledger = Ledger()
    ledger.read(world.redis.ran)
    jumps = [(at, at + LEASE_SECONDS) for at, _ in world.redis.jumps]
    return Evidence(
        ledger=ledger,
        chat=world.chat,
        asked=world.oracle.asked,
        bots=world.bots,
        gone=[*world.nemesis.deaths, *world.nemesis.freezes],
        trouble=[*world.redis.outages, *world.redis.silences, *jumps],
        histories={place: world.redis.remembered(place) for place in sorted({o.place for o in ledger.turns.values()})},
        names=world.trace.names,
        rested=rested,
        mistakes=world.oracle.mistakes,
    )


@dataclass(frozen=True)
class Result:
    """What became of a seed. `digest` is the same whenever it is run."""

    seed: int
    digest: str
    verdict: Verdict
    counts: Counter[str]
    lines: Sequence[str] = ()


def simulate(seed: int, connection: Connection, variant: Variant = PRODUCT, *, verbose: bool = False) -> Result:
    """Live through a seed and judge it."""
    world = create(drawn(seed), Random(f"world {seed}"), connection, variant)
    try:
        evidence = evidence_of(world, live(world))
        verdict = judge(evidence)
        lines = world.trace.lines if verbose else ()
        return Result(seed, world.trace.digest, verdict, _counted(world, evidence), lines)
    finally:
        end(world)


def _counted(world: World, evidence: Evidence) -> Counter[str]:
    turns, nemesis = evidence.ledger.turns.values(), world.nemesis
    return Counter(
        turns=len(turns),
        crashes=len(nemesis.deaths),
        claims=sum(len(owed.claims) for owed in turns),
        frozen=len(nemesis.freezes),
        drained=nemesis.leavings,
        redis_away=len(world.redis.outages),
        clock_jumps=len(world.redis.jumps),
        scripts=len(world.redis.ran),
        model_calls=len(world.oracle.asked),
        seconds=round(world.timeline.now - START),
    )


def end(world: World) -> None:
    """Unwind all processes, dead ones too: only then may what they held be thrown away."""
    world.redis.is_over = world.chat.is_over = True
    for bot in world.bots:
        bot.loop.kill()
    for bot in world.bots:
        bot.loop.bury()


def _rests(world: World) -> bool:
    """Nobody is owed anything, and nobody will come back."""
    people = world.people
    if people.office.waiting or world.timeline.now <= people.until or not world.nemesis.is_over:
        return False
    if any(bot.hearing for bot in world.bots if bot.is_alive):
        return False
    return not world.redis.connection.ask("EXISTS", *_lines(world))


def _lines(world: World) -> list[str]:
    lines = {ran.named["line"] for ran in world.redis.ran if ran.script == "accept"}
    return [f"{BASE}q:{line}" for line in sorted(lines)] or [f"{BASE}q:none"]


def drawn(seed: int) -> Draw:
    """The trouble of a seed: one kind in most, everything at once in some."""
    random = Random(f"draw {seed}")
    messages = random.randint(6, 12)
    draw = Draw(
        temper=Temper(bots=random.choice((1, 2, 3, 3))),
        manner=Manner(messages=messages, late=(60.0,) if random.random() < 0.15 else ()),
        size=random.choice((200, 400, 2_000)),
    )
    kind = random.choice(("deaths", "deaths", "deaths", "freezes", "freezes", "redis", "clock", "all", "all"))
    if kind in ("deaths", "all"):
        deaths = random.randint(4, 10) if kind == "deaths" else random.randint(2, 6)
        leavings = random.choice((0, 0, 1))
        draw = replace(draw, temper=replace(draw.temper, life=random.uniform(3, 12), deaths=deaths, leavings=leavings))
    if kind in ("freezes", "all"):
        temper = replace(draw.temper, freezes=random.randint(1, 5), bots=random.choice((2, 3)))
        draw = replace(draw, temper=temper)
    if kind in ("redis", "all"):
        weather = Weather(lost_request=0.02, lost_reply=0.03, silent=0.01, slow=0.02)
        temper = replace(draw.temper, downs=random.randint(0, 2), hangs=random.randint(0, 2))
        draw = replace(draw, temper=temper, weather=weather)
    if kind == "clock" or (kind == "all" and random.random() < 0.3):
        draw = replace(draw, temper=replace(draw.temper, jumps=random.randint(1, 3)))
    if random.random() < 0.7:
        draw = replace(draw, mood=Mood(refused=0.02, lost_reply=0.03, stuck=0.01, throttled=0.01, slow=0.05))
    if random.random() < 0.5:
        draw = replace(draw, whims=Whims(fails_first=0.08, fails_later=0.5, withdraws=0.005, surprises=0.01))
    if random.random() < 0.5:
        draw = replace(draw, mood=replace(draw.mood, watched=random.uniform(1, 6)))
    return draw
