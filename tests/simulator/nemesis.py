"""What goes wrong in a simulated world, and when: drawn from the seed, on top of calls that fail by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulator.bot import Bot
from tests.simulator.redis import Redis
from tests.simulator.timeline import Timeline
from tests.simulator.trace import Trace


@dataclass(frozen=True, slots=True)
class Temper:
    """How bad it gets. Times in seconds; `life`: of a process on average, 0 when none is killed."""

    bots: int = 3
    life: float = 0.0
    deaths: int = 0
    restart: tuple[float, float] = (0.2, 6.0)
    freezes: int = 0
    frozen: tuple[float, float] = (2.0, 30.0)
    downs: int = 0
    down: tuple[float, float] = (0.5, 20.0)
    hangs: int = 0
    hung: tuple[float, float] = (0.5, 12.0)
    jumps: int = 0
    jump: tuple[float, float] = (-3600.0, 3600.0)
    leavings: int = 0
    seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class Gone:
    """A process that could not go on from `at`; `back`: when it could again, None for never."""

    bot: int
    at: float
    back: float | None = None


@dataclass
class Nemesis:
    """Kills, freezes, sets clocks. `begin` after the world has its processes; it stops by itself."""

    timeline: Timeline
    trace: Trace
    redis: Redis
    temper: Temper
    start_bot: Callable[[], Bot]
    bots: list[Bot] = field(default_factory=list)
    deaths: list[Gone] = field(default_factory=list)
    freezes: list[Gone] = field(default_factory=list)
    leavings: int = 0
    _starting: int = 0
    _until: float = 0.0

    def begin(self) -> None:
        temper, random = self.temper, self.timeline.random
        self._until = self.timeline.now + temper.seconds
        for _ in range(temper.bots):
            self._start()
        plan = (
            (temper.freezes, self._freeze),
            (temper.downs, lambda: self.redis.goes_down(random.uniform(*temper.down))),
            (temper.hangs, lambda: self.redis.hangs(random.uniform(*temper.hung))),
            (temper.jumps, lambda: self.redis.jumps_by(random.uniform(*temper.jump))),
            (temper.leavings, self._send_away),
        )
        for times, do in plan:
            for _ in range(times):
                self.timeline.after(random.uniform(0, temper.seconds), do)

    def living(self) -> list[Bot]:
        """Those that a platform may still be connected to."""
        return [bot for bot in self.bots if bot.is_alive and not bot.is_leaving]

    @property
    def is_over(self) -> bool:
        """Whether all processes that shall live do, and none is frozen."""
        return not self._starting and all(bot.loop.runs for bot in self.bots if bot.is_alive)

    def _start(self) -> None:
        bot = self.start_bot()
        self.bots.append(bot)
        random, life = self.timeline.random, self.temper.life
        if not life:
            return
        match random.choice(("time", "step", "call")):
            case "time":
                self.timeline.after(random.expovariate(1 / life), self._kill, bot)
            case "step":
                fatal_step = random.randint(20, 60 + round(life * 60))
                bot.loop.on_step = lambda steps: self._kill(bot) if steps == fatal_step else None
            case "call":
                fatal_call = random.randint(1, 5 + round(life * 5))
                bot.loop.on_call = lambda calls, seconds: self._cut(bot, seconds) if calls == fatal_call else None

    def _kill(self, bot: Bot) -> None:
        if not bot.is_alive or len(self.deaths) >= self.temper.deaths:
            return
        bot.die()
        self.deaths.append(Gone(bot.number, self.timeline.now))
        self._replace()

    def _cut(self, bot: Bot, seconds: float) -> None:
        """Dead on sending a call that takes about so long, before it has its effect, or before its answer is there."""
        self.timeline.after(self.timeline.random.choice((0.0, seconds, 2 * seconds)), self._kill, bot)

    def _replace(self) -> None:
        self._starting += 1
        self.timeline.after(self.timeline.random.uniform(*self.temper.restart), self._start_again)

    def _start_again(self) -> None:
        self._starting -= 1
        self._start()

    def _freeze(self) -> None:
        random = self.timeline.random
        busy = [bot for bot in self.bots if bot.is_alive and bot.loop.runs and bot.worker.busy]
        if not busy:  # nothing to be learnt yet
            if self.timeline.now < self._until:
                self.timeline.after(0.5, self._freeze)
            return
        bot, seconds = random.choice(busy), random.uniform(*self.temper.frozen)
        self.trace.note(f"bot {bot.number}", f"is frozen for {seconds:.3f}")
        bot.loop.freeze()
        self.freezes.append(Gone(bot.number, self.timeline.now, self.timeline.now + seconds))
        self.timeline.after(seconds, self._thaw, bot)

    def _thaw(self, bot: Bot) -> None:
        if bot.is_alive:
            self.trace.note(f"bot {bot.number}", "goes on")
            bot.loop.thaw()

    def _send_away(self) -> None:
        staying = [bot for bot in self.living() if bot.loop.runs]
        if staying:
            bot = self.timeline.random.choice(staying)
            self.leavings += 1
            bot.leave(self.timeline.random.choice((0.0, 2.0, 25.0)))
            self._replace()
