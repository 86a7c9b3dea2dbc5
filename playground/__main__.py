"""`python -m playground [slack] [discord] [claude]`: start them, print where they listen, stop on a signal.

One line of JSON on stdout says it as soon as all of them listen.

Each server is a class named like its package, made with a port (0: a free one) and used with `async with`; its
`addresses` (a dict of URLs) are what is printed.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import import_module
from typing import Protocol

NAMES = ("slack", "discord", "claude")


class Server(Protocol):
    """What the three servers have in common."""

    @property
    def addresses(self) -> Mapping[str, str]: ...


def make(name: str, port: int) -> AbstractAsyncContextManager[Server]:
    """A server by its name. Its package is imported only now, so none is paid for that was not asked for."""
    made: AbstractAsyncContextManager[Server] = getattr(import_module(f"playground.{name}"), name.title())(port)
    return made


async def serve(names: Sequence[str], port: int, stop: asyncio.Event) -> None:
    """Start the servers, print their addresses when all listen, and wait for the end. `port` is the first one's."""
    async with AsyncExitStack() as servers:
        found = {}
        for place, name in enumerate(names):
            server = await servers.enter_async_context(make(name, port + place if port else 0))
            found[name] = dict(server.addresses)
        print(json.dumps(found), flush=True)
        await stop.wait()


def stop_with_parent(stop: asyncio.Event) -> None:
    """Stop when stdin ends: whoever holds its other end is gone."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 65_536):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()

    try:
        loop.add_reader(sys.stdin.fileno(), read)
    except PermissionError:  # a file, which cannot be waited for: it has ended before it began
        stop.set()


async def run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if arguments.with_parent:
        stop_with_parent(stop)
    await serve(arguments.names or NAMES, arguments.port, stop)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m playground", description="A Slack, a Discord and a Claude, here.")
    parser.add_argument("names", nargs="*", metavar="slack|discord|claude", help="which to start (all)")
    parser.add_argument("--port", type=int, default=0, help="the first one's port, the others follow (0: free ports)")
    parser.add_argument("--with-parent", action="store_true", help="stop when stdin ends")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in NAMES:
            parser.error(f"there is no {name!r} here; choose from {', '.join(NAMES)}")
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
