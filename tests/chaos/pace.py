"""Shorter leases: what waits for the end of one takes a part of the time, and everything else what it takes."""

from bots import __main__ as command
from bots.discord import app as discord
from bots.slack import app as slack
from bots.slack import web
from core import canvas, worker
from core.store import bounds, store

QUICK = 0.35
"""Of a lease: 3.5 s."""


def hasten(pace: float) -> None:
    """In this process, for good. All that must be shorter than a lease is shortened with it."""
    for module, name in (
        *((module, "LEASE_SECONDS") for module in (bounds, store)),
        *((bounds, "SILENCE_SECONDS"), (worker, "RENEWAL_SECONDS"), (worker, "IDLE_SECONDS")),
        (command, "GRACE_SECONDS"),
        *((canvas, "CALL_SECONDS"), (web, "TIMEOUT"), (slack, "TIMEOUT"), (discord, "TIMEOUT")),
    ):
        setattr(module, name, pace * getattr(module, name))
