"""The `parley` command: its commands, its signals, its exit codes."""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import SecretStr

import bots
from bots.plan import TERMINAL, Plan, folders, hints, mistyped, plan, setups
from bots.storeroom import allowances
from core import __version__, environment, logs, settings
from core.errors import SettingsError
from core.events import SettingsRead, Started, Stopped
from core.settings import KEY_ADVICE, Settings
from core.telling import Slug, emit

GRACE_SECONDS = 5.0
"""On top of DRAIN_SECONDS, for closing connections; then what still runs is cancelled."""
_STARTS = frozenset(("run", "doctor", *folders(), "chat"))
"""The commands that need all that a start needs."""
OFFLINE = f"""\
There is no ANTHROPIC_API_KEY here, so this is not Claude: an offline stand-in makes up the answers.
They are kept and counted like Claude's: type /reset before you go on with Claude itself.
For Claude itself, you need a key: {KEY_ADVICE}
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it would print local variables
    help="Parley: a team talks to Claude in its Slack channels and Discord servers.",
)


def main() -> None:
    """The console script. Exit codes: 0 drained, 1 broken, 2 something must be set first."""
    logs.configure()
    try:
        typer.main.get_command(app)()  # app() would put a hook of its own behind exceptions, which tells their text
    except SettingsError as error:
        _tell("Parley cannot start:" if _STARTS & {*sys.argv[1:2]} else "This cannot be done:", error.problems)
        sys.exit(2)


# Serving


def _furnished(chosen: Settings) -> Sequence[str]:
    """What is wrong with tools and prices. It is only looked at where some of that is set."""
    if not (chosen.tools or chosen.mcp_servers or chosen.prices_file or allowances(chosen).needs_prices):
        return ()
    from bots.serve import furniture  # takes a second, as below

    return furniture(chosen)[2]


async def until_told(ready: Plan) -> bool:
    """Serve until a signal, then drain for DRAIN_SECONDS; a second signal ends that.

    Returns whether it ended by itself. While it is starting there is nothing to drain.
    """
    from bots.serve import serve  # takes a second, which --help and a missing setting need not wait for

    begun, loop, stop, at_work = time.monotonic(), asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    logs.watch(loop)
    emit(_started(ready))
    emit(_summary(ready.settings))
    serving = asyncio.create_task(
        serve(ready.settings, ready.platforms(), stop, ready.streams(), at_work, seated=TERMINAL in ready.rooms)
    )

    def told() -> None:
        if stop.is_set() or not at_work.is_set():
            serving.cancel()
        stop.set()
        loop.call_later(ready.settings.drain_seconds + GRACE_SECONDS, serving.cancel)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: it shall outlive its terminal
            loop.add_signal_handler(number, told)
    with suppress(asyncio.CancelledError):
        await serving
    is_clean = not (serving.cancelled() and at_work.is_set())
    emit(Stopped(seconds=time.monotonic() - begun, clean=is_clean))
    return is_clean


def run_plan(ready: Plan, level: str = "") -> None:
    chosen = ready.settings
    logs.configure(level or chosen.log_level, logs.Format(chosen.log_format) if chosen.log_format else None)
    if not asyncio.run(until_told(ready)):
        raise typer.Exit(1)


def _started(ready: Plan) -> Started:
    return Started(
        version=Slug.of(__version__),
        python=Slug.of(platform.python_version()),
        platforms=len(ready.rooms),
        embedded=ready.settings.redis_url is None,
    )


def _summary(chosen: Settings) -> SettingsRead:
    return SettingsRead(
        own_redis=chosen.redis_url is not None,
        own_keys=chosen.history_key is not None and chosen.pseudonym_key is not None,
        own_prompt=bool(chosen.system_prompt),
        person_windows=len(chosen.user_rate),
        place_windows=len(chosen.channel_rate),
        allowed=sum(
            map(len, (chosen.allowed_spaces, chosen.allowed_channels, chosen.allowed_users, chosen.allowed_roles))
        ),
        admins=len(chosen.admins),
        history_days=chosen.history_days,
        drain_seconds=chosen.drain_seconds,
    )


# Commands


@app.callback(invoke_without_command=True)
def _options(*, version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def run() -> None:
    """Serve every platform that has its tokens."""
    _tell_hints()
    run_plan(plan(check=_furnished))


def _offer(name: str) -> None:
    @app.command(name, help=f"Serve {name.title()} alone.")
    def serve_one() -> None:
        _tell_hints()
        run_plan(plan(name, check=_furnished))


for _name in folders():
    if _name != TERMINAL:
        _offer(_name)
for _setup in setups():
    _setup.offer(app)


@app.command()
def chat() -> None:
    """Talk to Claude in this terminal."""
    ready = plan(TERMINAL, offline=True, check=_furnished)
    # A log line in the middle of an answer helps nobody who did not ask for it.
    level = "" if "log_level" in ready.settings.model_fields_set else "ERROR"
    if ready.settings.anthropic_api_key is not None:
        run_plan(ready, level)
        return
    with offline_claude() as address:
        typer.echo(OFFLINE)
        run_plan(replace(ready, settings=_at(ready.settings, address)), level)


@app.command()
def doctor() -> None:
    """Check settings, tokens, Redis and keys, and say what is wrong and what to do."""
    _tell_hints()
    try:
        ready = plan()  # what is wrong with tools and prices alone is told beside what the others say
    except SettingsError:
        ready = plan(check=_furnished)  # raises all that is wrong
    if not asyncio.run(_told(ready)):
        raise typer.Exit(2)


async def _told(ready: Plan) -> bool:
    from bots.doctor import checked  # as above

    well = True
    async for name, problems in checked(ready):
        well = well and not problems
        typer.echo(f"{'WRONG' if problems else 'ok   '} {name}")
        for problem in problems:
            typer.echo(f"      {problem}")
    return well


@app.command()
def usage(
    *,
    by: Annotated[Literal["day", "model", "place", "person"], typer.Option(help="A row for each.")] = "day",
    since: Annotated[str, typer.Option(help="The first day, such as 2026-11-01; else the first of this month.")] = "",
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How it is written.")] = "table",
    check: Annotated[bool, typer.Option("--check", help="Compare with the usage lines on this machine.")] = False,
    show: Annotated[
        list[str] | None,
        typer.Option(help="An id to write in clear: slack:U012AB3CD, or of a channel slack:T012AB3CD:C012AB3CD."),
    ] = None,
) -> None:
    """Tell what was used: calls, tokens and cost. People and places have the pseudonyms of the log."""
    from bots.usage import By, Format, told  # as above

    work = told(_settings(), By(by), since, Format(form), check=check, known=show or ())
    report = asyncio.run(work)
    typer.echo(report.text)
    for sentence in filter(None, (report.over, *report.differences)):
        typer.echo(sentence, err=True)
    if report.differences:
        raise typer.Exit(1)


OfPerson = Annotated[str, typer.Option("--person", help="PLATFORM:ID, such as slack:U012AB3CD.")]
OfPlace = Annotated[
    str, typer.Option("--place", help="PLATFORM:SPACE[:CHANNEL[:THREAD]], with what lies in it, but direct messages.")
]
OfAll = Annotated[bool, typer.Option("--all", help="Everything of everybody.")]


@app.command()
def export(*, person: OfPerson = "", place: OfPlace = "", everything: OfAll = False) -> None:
    """Print what is kept of a person, of a place or of everybody, as JSON."""
    from bots.keeping import NOBODY, exported, whose  # as above

    of, chosen = whose(person, place, everything=everything, platforms=folders()), _settings()

    async def write() -> bool:
        is_known = False
        async with aclosing(exported(chosen, of)) as lines:
            async for line in lines:
                is_known = True
                if not _said(line):
                    break
        return is_known

    if not asyncio.run(write()):
        typer.echo(NOBODY, err=True)
        raise typer.Exit(1)


def _said(line: str) -> bool:
    """Print a line. Returns whether somebody still reads: `head` has enough before the end."""
    try:
        typer.echo(line)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer is for nobody
        return False
    return True


@app.command()
def erase(
    *,
    person: OfPerson = "",
    place: OfPlace = "",
    everything: OfAll = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase what is kept of a person, of a place or of everybody, from Redis and its file, while the bot runs."""
    from bots.keeping import erased, whose  # as above

    of, chosen = whose(person, place, everything=everything, platforms=folders()), _settings()
    if not yes:
        typer.confirm("This cannot be undone. Erase it?", abort=True)
    found, sentences = asyncio.run(erased(chosen, of))
    for sentence in sentences:
        typer.echo(sentence)
    if not found:
        raise typer.Exit(1)


@app.command()
def rekey() -> None:
    """Seal all that is stored with the newest HISTORY_KEY, once every process has it, and say when older may go."""
    from bots.keeping import rekeyed  # as above

    done, sentences = asyncio.run(rekeyed(_settings()))
    for sentence in sentences:
        typer.echo(sentence)
    if not done:
        raise typer.Exit(1)


@app.command()
def restored() -> None:
    """After a backup was put back, before the first start: what was asked since it was made is not answered again."""
    from bots.keeping import restored as told  # as above

    for sentence in asyncio.run(told(_settings(), folders())):
        typer.echo(sentence)


def _settings() -> Settings:
    """For what needs no platform. A mistyped name stops it: it might have said where the bot keeps what it has."""
    reading = settings.read(Settings)
    problems = [*reading.problems, *mistyped()]
    if reading.settings is None or problems:
        raise SettingsError(problems)
    return reading.settings


@app.command()
def health() -> None:
    """Ask the process that serves HTTP_PORT here how it is; exit code 1 when it is not well."""
    from bots.pages import health  # as above

    reading = settings.read(Settings)
    if reading.settings is None:
        raise SettingsError(reading.problems)
    if not reading.settings.http_port:
        typer.echo("HTTP_PORT is 0: there is nobody to ask.")
        return
    trouble = health(reading.settings.http_host, reading.settings.http_port)
    typer.echo(trouble or "ok")
    if trouble:
        raise typer.Exit(1)


# Talking to nobody


@contextmanager
def offline_claude() -> Iterator[str]:
    """A stand-in for Claude as a child process, and its address. It stops when this process does."""
    child = subprocess.Popen(
        [sys.executable, "-m", "playground", "claude", "--with-parent"],
        cwd=Path(bots.__file__).parents[1],
        env=environment.bare(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the answer, not for the stand-in
    )
    with child:
        try:
            said = child.stdout.readline() if child.stdout else b""
            if not said:
                raise SettingsError(
                    [f"The offline stand-in for Claude does not start here. ANTHROPIC_API_KEY: {KEY_ADVICE}"]
                )
            yield json.loads(said)["claude"]["api"]
        finally:
            child.terminate()


def _at(chosen: Settings, address: str) -> Settings:
    return chosen.model_copy(update={"anthropic_base_url": address, "anthropic_api_key": SecretStr("sk-ant-offline")})


def _tell_hints() -> None:
    for sentence in hints():
        typer.echo(sentence, err=True)


def _tell(head: str, problems: Sequence[str]) -> None:
    typer.echo(head, err=True)
    for problem in problems:
        typer.echo(f"  - {problem}", err=True)


if __name__ == "__main__":
    main()
