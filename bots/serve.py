"""The composition: store, model, platforms and engine, opened in this order and closed in the other."""

import asyncio
import gc
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

from bots.pages import pages
from bots.storeroom import allowances, open_the_store, secret
from core.access import Access
from core.claude import Claude, Cooldown, Prices, Purse, prices_in
from core.commands import QUEUE, unfit
from core.contract import Heard, Homed, Inbox, Platform
from core.dialogue import Call, Choices, OnCall, Usage
from core.door import Door
from core.engine import Engine
from core.errors import SettingsError, StoreDown
from core.events import ModelRetires, ModelsUnknown, SettingLeftOut, StoreUnfit
from core.governor import Governor
from core.herald import Herald
from core.history import MANNER
from core.limits import Limits
from core.meters import Meters
from core.options import Options
from core.pulse import Pulse
from core.settings import Settings
from core.store import Store
from core.telling import Slug, emit, heard_by
from core.tools import Toolbox, toolbox
from core.trouble import Burst
from core.usage import UsageLog
from core.worker import Worker

COLLECTED = (20_000, 2, 2)
"""The thresholds of the garbage collector: new objects until it looks through the youngest, and how many such looks
come before one through the older, and through the oldest.

It looks through the youngest seldom, as that takes time, and through the old ones often, as those are few beside the
frozen ones: with 20 and 20, garbage that had survived a look lay about for thousands of answers."""

_TAKEN = (
    "A bot at work on this Redis serves another {0} workspace, or is another bot of {0}, and would take this one's "
    "questions: set a REDIS_PREFIX of its own for this one. If that one has just been stopped, wait half a minute."
)


def open_claude(
    chosen: Settings,
    prices: Prices | None = None,
    on_call: OnCall | None = None,
    cooldown: Cooldown | None = None,
    purse: Purse | None = None,
) -> Claude:
    return Claude(
        secret(chosen.anthropic_api_key),
        base_url=chosen.anthropic_base_url,
        cache_ttl=chosen.cache_ttl,
        fallback_model=chosen.claude_fallback_model or "",
        prices=prices,
        cooldown=cooldown,
        purse=purse,
        on_call=on_call,
    )


def open_usage(chosen: Settings) -> UsageLog:
    """One file for as long as this process lives; host and process, hashed, tell it from those of others."""
    worker = hashlib.blake2b(f"{socket.gethostname()}:{os.getpid()}".encode(), digest_size=4).hexdigest()
    return UsageLog(chosen.usage_folder, worker)


def noted(*ears: OnCall) -> OnCall:
    """Tell several of each call to Claude: the usage lines, the counters that the budgets go by, the meters."""

    def note(call: Call) -> None:
        for ear in ears:
            ear(call)

    return note


def unpriced(chosen: Settings, prices: Prices) -> Sequence[str]:
    """A sentence for each model that a budget could not hold, because nobody knows its price."""
    if not allowances(chosen).needs_prices:
        return ()
    asked = dict.fromkeys(filter(None, (chosen.claude_model, chosen.claude_fallback_model)))
    advice = "with a budget in dollars, set PRICES_FILE to a file that says it, or choose another model."
    unknown = [name for name in asked if prices.cost(name, Usage(input=1)) is None]
    return [f"The price of {name} is not known: {advice}" for name in unknown]


def furniture(chosen: Settings) -> tuple[Toolbox, Prices, Sequence[str]]:
    """The tools that are on, the prices, and a sentence for each thing that is wrong with what the settings say."""
    problems: list[str] = []
    tools, prices = Toolbox(), Prices()
    try:
        tools = toolbox(chosen.tools, secret(chosen.mcp_servers))
    except SettingsError as error:
        problems += error.problems
    try:
        prices = prices_in(chosen.prices_file) if chosen.prices_file else prices
    except SettingsError as error:
        problems += error.problems
    return tools, prices, [*problems, *unpriced(chosen, prices)]


async def serve(
    chosen: Settings,
    platforms: Mapping[str, Platform],
    stop: asyncio.Event,
    streams: Mapping[str, str],
    at_work: asyncio.Event,
    *,
    seated: bool = False,
) -> None:
    """Open the store, the model and the platforms, and answer until `stop`; then drain. Raises SettingsError.

    `streams`: how answers come on platforms that have a setting of their own. `at_work` is set when all is open.
    `seated`: nobody else answers what is asked here, nor this process what is asked elsewhere.
    """
    async with AsyncExitStack() as house:
        try:
            store = await house.enter_async_context(open_the_store(chosen, tuple(platforms), seated=seated))
        except SettingsError as wrong:
            raise SettingsError([*wrong.problems, *await _also_wrong(chosen, platforms)]) from None
        warn(store.concerns)
        usage = open_usage(chosen)
        house.push_async_callback(asyncio.to_thread, usage.close)
        meters = Meters(platforms, filter(None, (chosen.claude_model, chosen.claude_fallback_model)))
        house.enter_context(heard_by(meters.hear))
        tools, prices, problems = furniture(chosen)
        claude = open_claude(
            chosen, prices, noted(usage.note, store.purse.note, meters.note), store.cooling, store.purse
        )
        house.push_async_callback(claude.close)
        problems = [*problems, *await claude.check([chosen.claude_model])]
        await warn_of(claude, chosen)
        await house.enter_async_context(opened(platforms, problems))
        sign = await _at_home(store, platforms)
        herald = Herald(platforms.values(), chosen.admins, lambda: store.purse.left)
        house.push_async_callback(herald.close)
        house.enter_context(heard_by(herald.hear))
        governor = Governor(store.sharing)
        house.push_async_callback(governor.close)
        how = replace(options(chosen), streams=streams, toolbox=tools)
        # Whoever asks in a terminal has the keys, too.
        how = replace(how, access=Access()) if seated else how
        door = Door(store, claude, platforms, governor, how)
        worker = Worker(store, Engine(store, claude, platforms, governor, how))
        pulse = Pulse(sign, lambda: worker.beat_at, lambda: worker.busy, lambda: frames(platforms))
        await house.enter_async_context(watched(chosen, pulse, meters))
        settle_memory()
        at_work.set()
        await _answer(worker, door, platforms, stop, chosen.drain_seconds, pulse)


async def _at_home(store: Store, platforms: Mapping[str, Platform]) -> Callable[[], Awaitable[float]]:
    """Tell other processes whom we serve. Returns the sign of life, which goes on telling it.

    Raises SettingsError where they serve somebody else.
    """
    homes = {name: platform.home for name, platform in platforms.items() if isinstance(platform, Homed)}
    with suppress(StoreDown):  # `sign` tells it as soon as Redis is back
        if homes and (taken := await store.homes.keep(homes)):
            raise SettingsError([_TAKEN.format(taken.title())])

    burst = Burst()

    async def sign() -> float:
        for name, home in homes.items():  # each by itself: a place that is taken leaves us the others
            if await store.homes.keep({name: home}):
                burst.note("home", StoreDown(f"taken:{name}"))
        return await store.ping()

    return sign


async def _also_wrong(chosen: Settings, platforms: Mapping[str, Platform]) -> Sequence[str]:
    """What else is wrong where the store cannot be opened, so that all is told at once."""
    claude = open_claude(chosen)
    try:
        async with opened(platforms, await claude.check([chosen.claude_model])):
            return ()
    except SettingsError as error:
        return error.problems
    finally:
        await claude.close()


def warn(settings: Iterable[str]) -> None:
    """Log each setting of the Redis that breaks a promise, by its name."""
    for name in settings:
        emit(StoreUnfit(setting=Slug.of(name)))


async def left_out(claude: Claude, chosen: Settings) -> Mapping[str, str]:
    """The settings that the model does not take, each with a sentence; none while nothing is known of it."""
    if claude.unheard is not None:
        return {}
    model = await claude.model(chosen.claude_model)
    return {f"CLAUDE_{name.upper()}": said for name, said in unfit(options(chosen).defaults, model.takes).items()}


async def warn_of(claude: Claude, chosen: Settings) -> None:
    """Log what `check` learnt of the model that is no reason to stop."""
    for setting in await left_out(claude, chosen):
        emit(SettingLeftOut(setting=Slug(setting), model=Slug.of(chosen.claude_model)))
    if claude.unheard is not None:
        emit(ModelsUnknown(code=Slug.of(claude.unheard.code)))
    for one in claude.retiring([chosen.claude_model]):
        emit(ModelRetires(model=Slug.of(one.model), date=Slug.of(one.retires)))


def settle_memory() -> None:
    """Freeze all objects there are by now: to look through them for garbage is a tenth of what an answer costs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


async def _answer(
    worker: Worker, inbox: Inbox, platforms: Mapping[str, Platform], stop: asyncio.Event, drain: float, pulse: Pulse
) -> None:
    """Serve until `stop`, or until a platform has no more to say (a terminal's person left); then drain."""
    working = asyncio.create_task(worker.run())
    hearing = [asyncio.create_task(platform.run(inbox)) for platform in platforms.values()]
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([working, told, *hearing], return_when=asyncio.FIRST_COMPLETED)
    pulse.is_draining = True
    for task in (told, *hearing):
        task.cancel()
    await asyncio.wait([told, *hearing])
    await worker.drain(drain)
    await asyncio.wait([working])
    for task in done:
        task.result()


def frames(platforms: Mapping[str, Platform]) -> Mapping[str, float]:
    return {name: platform.last_frame_at for name, platform in platforms.items() if isinstance(platform, Heard)}


@asynccontextmanager
async def watched(chosen: Settings, pulse: Pulse, meters: Meters) -> AsyncIterator[None]:
    """A context in which the pulse beats, and the pages are served unless only a terminal is."""
    beating = asyncio.create_task(pulse.run())
    try:
        async with pages(chosen.http_host, chosen.http_port if pulse.frames() else 0, pulse, meters):
            yield
    finally:
        beating.cancel()
        await asyncio.wait([beating])


@asynccontextmanager
async def opened(platforms: Mapping[str, Platform], problems: Sequence[str] = ()) -> AsyncIterator[None]:
    """A context in which all platforms are open. Raises a SettingsError with `problems` and with theirs."""
    try:
        found = await asyncio.gather(*(platform.open() for platform in platforms.values()), return_exceptions=True)
        refused = [error for error in found if isinstance(error, SettingsError)]
        broken = [error for error in found if isinstance(error, BaseException) and error not in refused]
        if broken:
            raise broken[0]
        told = [*problems, *(problem for error in refused for problem in error.problems)]
        if told:
            raise SettingsError(told)
        yield
    finally:
        await asyncio.gather(*(platform.close() for platform in platforms.values()))


def options(chosen: Settings) -> Options:
    """What of the settings the engine needs."""
    return Options(
        defaults=Choices(
            model=chosen.claude_model,
            effort=chosen.claude_effort,
            thinking=chosen.claude_thinking,
            stream=chosen.stream,
            mode=QUEUE,
        ),
        access=Access(
            spaces=frozenset(chosen.allowed_spaces),
            channels=frozenset(chosen.allowed_channels),
            users=frozenset(chosen.allowed_users),
            roles=frozenset(chosen.allowed_roles),
            admins=frozenset(chosen.admins),
        ),
        system=chosen.system_prompt or MANNER,
        max_tokens=chosen.claude_max_tokens,
        limits=Limits(chosen.user_rate, chosen.channel_rate),
        history_days=chosen.history_days,
        zone=chosen.timezone,
    )
