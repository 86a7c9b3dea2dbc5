"""What the door's scripts are told, and what they answer."""

from dataclasses import replace

import pytest

from core.contract import Outcome, Person
from core.limits import Limits, Window, parse_windows
from core.store.admitting import Terms, admitted, counting, where
from core.store.lease import Admission
from tests.core.store.world import CHANNEL, NAMES, thread

ANN = Person("U-ann")
MINUTE = Window(10, 60)


def test_a_thread_counts_in_its_channel() -> None:
    windows = parse_windows("2/minute 3/hour")

    told = counting(NAMES, thread("C1:1"), ANN, Terms(Limits(place=windows)))

    channel = NAMES.place(CHANNEL)
    assert told == {
        "logs": [{"of": channel, "longest": 3_600_000, "windows": [[2, 60_000], [3, 3_600_000]]}],
        "channel": channel,
    }


def test_what_a_place_lies_in_is_told_with_it() -> None:
    here, private = thread("C1:1"), replace(CHANNEL, private=True)

    told, alone = where(NAMES, here, ANN), where(NAMES, private, ANN)

    assert told == {
        "platform": "slack",
        "place": NAMES.place(here),
        "root": NAMES.place(CHANNEL),
        "author": NAMES.person("slack", "U-ann"),
        "alone": False,
        "within": [(NAMES.place(here), NAMES.place(CHANNEL)), (NAMES.place(CHANNEL), NAMES.space(here))],
    }
    assert (alone["alone"], alone["within"]) == (True, [(NAMES.place(private), NAMES.directs(private))])


def test_who_is_exempt_is_counted_nowhere() -> None:
    windows = parse_windows("1/minute")

    assert counting(NAMES, CHANNEL, ANN, Terms(Limits(windows, windows), exempt=True)) == {"logs": []}


@pytest.mark.parametrize(
    ("reply", "admission"),
    [
        (b"seen 0 0 0 0", Admission(Outcome.SEEN)),
        (b"accepted 3 0 0 0 -", Admission(Outcome.ACCEPTED, ahead=3)),
        (b"told 0 1 0 0 -", Admission(Outcome.TOLD, full=True)),
        (b"told 0 0 10/60 1500 - again", Admission(Outcome.TOLD, 0, False, MINUTE, 1.5, "", ("again",))),
        (b"told 0 0 0 7000 own", Admission(Outcome.TOLD, 0, False, None, 7, "own")),
        (
            b"accepted 0 0 10/60 900 held own all",
            Admission(Outcome.ACCEPTED, 0, False, MINUTE, 0.9, "held", ("own", "all")),
        ),
    ],
)
def test_an_answer_is_read(reply: bytes, admission: Admission) -> None:
    assert admitted(reply) == admission
