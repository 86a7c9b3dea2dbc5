"""How far the screen lags behind the model, on a stand-in in virtual time.

    python -m tests.benchmarks.screen

Lag of a token: from its arrival from the model to its being visible on the platform (a call takes effect half of its
latency after it was sent). All replies are 400 tokens of 5 characters at 80 tokens a second unless said otherwise;
ordinary use is 20 to 1,200 tokens, uniformly, a question every 5 s on average for 3 minutes, for six seeds.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from core.contract import Bucket
from core.draft import Draft
from core.governor import Governor
from core.screen import LiveReply
from playground.limits import Refill, Rule, Window
from tests.benchmarks import hindsight, replicas, rows
from tests.benchmarks.rows import Goal, Row, Seen
from tests.core.stand_in import Notebook, Platform, StandIn, turn
from tests.virtual import now, run

SPEED, TOKEN = 80.0, "word "
OF_A_MINUTE = 4_800
"""Tokens."""
FIRST_TOKEN = 0.5
"""Seconds from a reply's beginning to the model's first token."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question at `at` seconds, whose answer has so many tokens."""

    at: float
    tokens: int = 400
    channel: str = "C1"


@dataclass(frozen=True, slots=True)
class Setting:
    """A platform as it is measured: what it publishes for an edit and a post, and what it really enforces."""

    latency: float
    size: int
    edits: Callable[[Ask], Sequence[Bucket]]
    posts: Callable[[Ask], Sequence[Bucket]]
    rules: dict[str, Rule]


def slack(rule: Rule | None = None) -> Setting:
    edits = Bucket("slack.chat.update", "T1", 50, 60)
    return Setting(0.1, 11_500, lambda _: (edits,), lambda _: (), {edits.name: rule or Window(50, 60)})


def discord() -> Setting:
    everything = Bucket("discord.global", "", 50, 1)
    return Setting(
        latency=0.08,
        size=2_000,
        edits=lambda ask: (Bucket("discord.edit", ask.channel, 5, 5), everything),
        posts=lambda ask: (Bucket("discord.post", ask.channel, 5, 5), everything),
        rules={"discord.edit": Window(5, 5), "discord.post": Window(5, 5), everything.name: Window(50, 1)},
    )


def discord_by_command() -> Setting:
    """Whoever asks with /ask: each answer has a budget of its own, here one for each channel."""
    own, minute = Bucket("discord.token", "", 5, 2), Bucket("discord.token.minute", "", 30, 60)

    def buckets(ask: Ask) -> Sequence[Bucket]:
        return replace(own, scope=ask.channel), replace(minute, scope=ask.channel)

    rules: dict[str, Rule] = {own.name: Window(5, 2), minute.name: Window(30, 60)}
    return Setting(latency=0.08, size=2_000, edits=buckets, posts=buckets, rules=rules)


async def _answer(ask: Ask, governor: Governor, screen: StandIn) -> Seen:
    await asyncio.sleep(ask.at)
    async with LiveReply(screen, governor, Notebook(), turn(f"t{id(screen)}")) as reply:
        await asyncio.sleep(FIRST_TOKEN)
        draft, arrived = Draft(), list[float]()
        for number in range(ask.tokens):
            if number:
                await asyncio.sleep(1 / SPEED)
            draft.append(TOKEN)
            arrived.append(now())
            reply.write(draft)
        await reply.end()
    return seen(screen, arrived, str(draft))


def seen(screen: StandIn, arrived: Sequence[float], text: str) -> Seen:
    """What became of a text whose tokens came when they `arrived`."""
    lengths, shown = dict[str, int](), list[tuple[float, int]]()
    for made in screen.calls("post", "edit"):
        lengths[made.id] = len(made.page.text.rstrip()) + 1 if made.page else 0
        shown.append((made.at, sum(lengths.values())))
    said = [(at, (number + 1) * len(TOKEN)) for number, at in enumerate(arrived)]
    exact = " ".join(text.strip() for text in screen.shown) == text.strip()
    return rows.seen(said, shown, edits=len(screen.calls("edit")), exact=exact)


async def simulate(
    asks: Sequence[Ask], setting: Setting, governors: Sequence[Governor], platform: Platform | None = None
) -> tuple[list[Seen], int]:
    """Ask all of it and wait for the answers: what became of them, and how many calls were refused so far.

    The processes, one for each governor, answer in turn.
    """
    platform = platform or Platform(setting.rules, setting.latency)
    screens = [screen_of(ask, setting, platform) for ask in asks]
    takers = [governors[number % len(governors)] for number in range(len(asks))]
    found = await asyncio.gather(*(_answer(*each) for each in zip(asks, takers, screens, strict=True)))
    for governor in governors:
        await governor.close()
    return found, platform.refused


def screen_of(ask: Ask, setting: Setting, platform: Platform) -> StandIn:
    return StandIn(platform, edits=setting.edits(ask), posts=setting.posts(ask), size=setting.size)


def burst(count: int, *, channels: bool = False) -> list[Ask]:
    return [Ask(0, channel=f"C{number}" if channels else "C1") for number in range(count)]


def waves() -> list[Ask]:
    return [Ask(at) for at, count in ((0, 5), (12, 10), (30, 5), (42, 5)) for _ in range(count)]


def ordinary(seed: int) -> list[Ask]:
    """Three minutes in which somebody asks every five seconds or so."""
    random, at, asks = Random(seed), 0.0, list[Ask]()
    while (at := at + random.expovariate(1 / 5)) < 180:
        asks.append(Ask(at, random.randint(20, 1_200)))
    return asks


def best(asks: Sequence[Ask], window: Window, latency: float) -> list[float]:
    """The lags with hindsight."""
    lives = [
        hindsight.Life(ask.at + FIRST_TOKEN, ask.at + FIRST_TOKEN + (ask.tokens - 1) / SPEED, ask.tokens)
        for ask in asks
    ]
    return hindsight.lags(lives, window, effect=latency / 2)


def measured(
    name: str,
    asks: Sequence[Ask],
    setting: Setting,
    window: Window | None = None,
    goal: Goal = rows.NOTHING,
    *,
    governors: Sequence[Governor] = (),
) -> Row:
    """`window`: the one that limits the edits, when the best possible is to be reckoned."""
    found, refused = run(simulate(asks, setting, governors or [Governor()]))
    return rows.row(name, found, refused, best(asks, window, setting.latency) if window else (), goal)


async def _learnt(count: int) -> tuple[list[Seen], int]:
    """A burst on a platform whose buckets refill, by a governor that a first burst has taught so."""
    governor, setting = Governor(), slack(Refill(9, 50 / 60))
    platform = Platform(setting.rules, setting.latency)
    await simulate(burst(12), setting, [governor], platform)
    await asyncio.sleep(70)
    before = platform.refused
    found, refused = await simulate(burst(count), setting, [governor], platform)
    return found, refused - before


async def _expected(count: int) -> tuple[list[Seen], int]:
    """Answers of a minute, by a governor that has seen ten of them one after the other."""
    governor, setting = Governor(), slack()
    platform = Platform(setting.rules, setting.latency)
    await simulate([Ask(70.0 * number, OF_A_MINUTE) for number in range(10)], setting, [governor], platform)
    await asyncio.sleep(70)
    return await simulate([Ask(0, OF_A_MINUTE)] * count, setting, [governor], platform)


def on_slack() -> Iterator[Row]:
    minute = Window(50, 60)
    for count, goal in rows.BURSTS.items():
        yield measured(f"Slack, {count} at once", burst(count), slack(), minute, goal)
    yield measured("Slack, waves", waves(), slack(), minute, rows.WAVES)
    for seed in range(6):
        yield measured(f"Slack, ordinary use, seed {seed}", ordinary(seed), slack(), minute, rows.ORDINARY)
    for count in (1, 3):
        name = f"Slack, {count} of a minute at once"
        yield measured(f"{name}, not expected", [Ask(0, OF_A_MINUTE)] * count, slack(), minute)
        yield rows.row(f"{name}, expected", *run(_expected(count)))
    sustained = [Ask(2.0 * number) for number in range(150)]
    yield measured("Slack, 30 a minute", sustained, slack(), minute, rows.SUSTAINED)
    for count in rows.BURSTS:
        name, setting = f"Slack refilling, {count} at once", slack(Refill(9, 50 / 60))
        yield measured(f"{name}, not known", burst(count), setting, goal=rows.refilling(count))
        yield rows.row(f"{name}, learnt", *run(_learnt(count)), goal=rows.LEARNT)


def on_discord() -> Iterator[Row]:
    for count in rows.BURSTS:
        asks = burst(count, channels=True)
        yield measured(f"Discord, {count} channels", asks, discord(), goal=rows.channels(count))
    yield measured("Discord, 5 in a channel", burst(5), discord(), Window(5, 5), rows.ONE_CHANNEL)
    for count, goal in rows.COMMANDS.items():
        asks = burst(count, channels=True)  # as if: a command's answer shares nothing with its channel
        yield measured(rows.BY_COMMAND.format(count), asks, discord_by_command(), goal=goal)


def in_two_processes() -> Iterator[Row]:
    with replicas.valkey() as socket:
        for count, goal in rows.BURSTS.items():
            with replicas.crew(socket) as (governors, _):
                name = f"Slack, {count} at once, two processes"
                yield measured(name, burst(count), slack(), Window(50, 60), goal, governors=governors)


def main() -> None:
    sys.stdout.write(rows.HEAD)
    for found in (*on_slack(), *on_discord(), *in_two_processes()):
        sys.stdout.write(rows.line(found))


if __name__ == "__main__":
    main()
