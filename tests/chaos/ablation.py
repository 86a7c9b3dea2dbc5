"""What can be taken out of the bot, to see that it is missed: a test that passes without it shows nothing."""

from collections.abc import Awaitable, Callable, Mapping

from bots.slack.screen import SlackScreen
from bots.slack.twins import Twins
from core.store import Store, server
from core.store.lease import Lease


def take_out(what: str) -> None:
    """In this process, for good; "" is nothing."""
    if what:
        ABLATIONS[what]()


def _memory() -> None:
    """Nothing is kept of a turn that is done, nor of an event that was taken, so what Slack delivers again is new."""
    kept = server.sources

    def forgetful(clock: str = "") -> dict[str, str]:
        texts = kept(clock)
        done = texts["done"]
        assert done.rstrip().endswith("return more and 2 or 1")
        forget = "call('DEL', t, P .. 'x:' .. A.turn)\nreturn more and 2 or 1\n"
        return texts | {"done": done.rstrip().removesuffix("return more and 2 or 1") + forget}

    async def always(self: Twins, id: str, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    server.sources = forgetful
    Twins.once = always  # type: ignore[method-assign]  # a broken one, on purpose


def _look() -> None:
    """It is never looked whether a message was posted already."""

    async def blind(self: SlackScreen, nonce: str) -> str | None:
        return None

    SlackScreen.find = blind  # type: ignore[method-assign]  # a broken one, on purpose


def _guard() -> None:
    """A worker believes that its turn is still its own, however long it was away."""

    def sure(self: Lease, within: float = 0) -> bool:
        return True

    def deaf(self: Store, lease: Lease) -> None:
        """What Redis says of it is not heard either."""

    Lease.held = sure  # type: ignore[method-assign]  # a broken one, on purpose
    Store._lose = deaf  # type: ignore[method-assign]  # the same


ABLATIONS: Mapping[str, Callable[[], None]] = {"memory": _memory, "look": _look, "guard": _guard}
