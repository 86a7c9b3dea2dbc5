"""How far the screen lags behind the model, on a stand-in in virtual time.

    python -m tests.benchmarks.screen [--json FILE]

Lag of a token: from its arrival from the model to its being visible on the platform (a call takes effect half of its
latency after it was sent). All replies are 400 tokens of 5 characters at 80 tokens a second unless said otherwise;
ordinary use is 20 to 1,200 tokens, uniformly, a question every 5 s on average for 3 minutes, for six seeds.
"""

import argparse
import asyncio
import json
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from statistics import mean

from core.contract import Bucket, Draft
from core.governor import Governor
from core.screen import LiveReply
from playground.limits import Refill, Rule, Window
from tests.benchmarks import hindsight
from tests.core.stand_in import Notebook, Platform, StandIn, turn
from tests.virtual import now, run

SPEED, TOKEN = 80.0, "word "
FIRST_TOKEN = 0.5
"""Seconds from a reply's beginning to the model's first token."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question at `at` seconds, whose answer has so many tokens."""

    at: float
    tokens: int = 400
    channel: str = "C1"


@dataclass(slots=True)
class Seen:
    """What became of one reply. Times since the start; `lags` of each token."""

    first: float = 0
    first_lag: float = 0
    end_lag: float = 0
    lags: list[float] = field(default_factory=list)
    edits: int = 0
    is_exact: bool = False


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


async def _answer(ask: Ask, governor: Governor, screen: StandIn, seen: Seen) -> None:
    await asyncio.sleep(ask.at)
    async with LiveReply(screen, governor, Notebook(), turn(f"t{id(seen)}")) as reply:
        await asyncio.sleep(FIRST_TOKEN)
        draft, arrived = Draft(), list[float]()
        for number in range(ask.tokens):
            if number:
                await asyncio.sleep(1 / SPEED)
            draft.append(TOKEN)
            arrived.append(now())
            reply.write(draft)
        await reply.end()
    _measure(screen, arrived, str(draft), seen)


def _measure(screen: StandIn, arrived: list[float], text: str, seen: Seen) -> None:
    lengths, times, counts = dict[str, int](), list[float](), list[int]()
    for made in screen.calls("post", "edit"):
        lengths[made.id] = len(made.page.text.rstrip()) + 1 if made.page else 0
        times.append(made.at)
        counts.append(max(sum(lengths.values()) // len(TOKEN), counts[-1] if counts else 0))
    seen.lags = [times[bisect_left(counts, number + 1)] - at for number, at in enumerate(arrived)]
    seen.first, seen.first_lag, seen.end_lag = arrived[0], times[0] - arrived[0], times[-1] - arrived[-1]
    seen.edits = len(screen.calls("edit"))
    seen.is_exact = " ".join(shown.strip() for shown in screen.shown) == text.strip()


async def simulate(
    asks: Sequence[Ask], setting: Setting, governors: Sequence[Governor], platform: Platform | None = None
) -> tuple[list[Seen], int]:
    """Ask all of it and wait for the answers: what became of them, and how many calls were refused so far.

    The processes, one for each governor, answer in turn.
    """
    platform = platform or Platform(setting.rules, setting.latency)
    seen = [Seen() for _ in asks]
    screens = [StandIn(platform, edits=setting.edits(ask), posts=setting.posts(ask), size=setting.size) for ask in asks]
    takers = [governors[number % len(governors)] for number in range(len(asks))]
    await asyncio.gather(*(_answer(*each) for each in zip(asks, takers, screens, seen, strict=True)))
    for governor in governors:
        await governor.close()
    return seen, platform.refused


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 3)


def _burst(count: int, *, channels: bool = False) -> list[Ask]:
    return [Ask(0, channel=f"C{number}" if channels else "C1") for number in range(count)]


def _waves() -> list[Ask]:
    return [Ask(at) for at, count in ((0, 5), (12, 10), (30, 5), (42, 5)) for _ in range(count)]


def ordinary(seed: int, *, every: float = 5, seconds: float = 180) -> list[Ask]:
    random, at, asks = Random(seed), 0.0, list[Ask]()
    while (at := at + random.expovariate(1 / every)) < seconds:
        asks.append(Ask(at, random.randint(20, 1_200)))
    return asks


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Seconds; `best`: the mean with hindsight, where it was reckoned."""

    name: str
    replies: int
    exact: int
    refused: int
    p50: float
    p95: float
    mean: float
    first: float
    end: float
    most_edits: int
    best_p50: float = 0
    best_p95: float = 0
    best_mean: float = 0


def _row(name: str, seen: Sequence[Seen], refused: int, best: Sequence[float] = ()) -> Row:
    lags = [lag for one in seen for lag in one.lags]
    return Row(
        name=name,
        replies=len(seen),
        exact=sum(one.is_exact for one in seen),
        refused=refused,
        p50=quantile(lags, 0.5),
        p95=quantile(lags, 0.95),
        mean=round(mean(lags), 3),
        first=round(max(one.first_lag for one in seen), 3),
        end=round(max(one.end_lag for one in seen), 3),
        most_edits=max(one.edits for one in seen),
        best_p50=quantile(best, 0.5) if best else 0,
        best_p95=quantile(best, 0.95) if best else 0,
        best_mean=round(mean(best), 3) if best else 0,
    )


def _best(asks: Sequence[Ask], window: Window, latency: float) -> list[float]:
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
    governors: Sequence[Governor] = (),
) -> Row:
    """`window`: the one that limits the edits, when the best possible is to be reckoned."""
    seen, refused = run(simulate(asks, setting, governors or [Governor()]))
    return _row(name, seen, refused, _best(asks, window, setting.latency) if window else ())


async def _learnt(count: int) -> tuple[list[Seen], int]:
    """A burst on a platform whose buckets refill, by a governor that a first burst has taught so."""
    governor, setting = Governor(), slack(Refill(9, 50 / 60))
    platform = Platform(setting.rules, setting.latency)
    await simulate(_burst(12), setting, [governor], platform)
    await asyncio.sleep(70)
    before = platform.refused
    seen, refused = await simulate(_burst(count), setting, [governor], platform)
    return seen, refused - before


def rows(bursts: Sequence[int] = (1, 5, 10, 20, 50), seeds: int = 6) -> Iterator[Row]:
    minute, moment = Window(50, 60), Window(5, 5)
    for count in bursts:
        yield measured(f"Slack, {count} at once", _burst(count), slack(), minute)
    yield measured("Slack, waves", _waves(), slack(), minute)
    for seed in range(seeds):
        yield measured(f"Slack, ordinary use, seed {seed}", ordinary(seed), slack(), minute)
    yield measured("Slack, 30 a minute", [Ask(2.0 * number) for number in range(150)], slack(), minute)
    for count in bursts:
        yield measured(f"Slack refilling, {count} at once, not known", _burst(count), slack(Refill(9, 50 / 60)))
        yield _row(f"Slack refilling, {count} at once, learnt", *run(_learnt(count)))
    for count in bursts:
        yield measured(f"Discord, {count} channels", _burst(count, channels=True), discord())
    yield measured("Discord, 5 in a channel", _burst(5), discord(), moment)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    chosen = parser.parse_args(arguments)
    heads = "replies exact 429s   p50   p95  mean first   end edits  best: p50   p95  mean"
    sys.stdout.write(f"{'':40}{heads}\n")
    found = list[Row]()
    for row in rows():
        found.append(row)
        best = f"{row.best_p50:10.2f} {row.best_p95:5.2f} {row.best_mean:5.2f}" if row.best_mean else ""
        sys.stdout.write(
            f"{row.name:40}{row.replies:7} {row.exact:5} {row.refused:4} {row.p50:5.2f} {row.p95:5.2f} {row.mean:5.2f}"
            f" {row.first:5.2f} {row.end:5.2f} {row.most_edits:5} {best}\n"
        )
    if chosen.json:
        conditions = {"tokens_a_second": SPEED, "characters_a_token": len(TOKEN), "first_token_seconds": FIRST_TOKEN}
        figures = {"conditions": conditions, "seconds": [asdict(row) for row in found]}
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
