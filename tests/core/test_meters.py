"""What is counted, under labels of a fixed list."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import Outcome
from core.dialogue import Call, Headroom, Usage
from core.events import (
    Accepted,
    Limited,
    PlatformTrouble,
    Refusal,
    Refused,
    Remembered,
    StoreTrouble,
    TurnEnded,
    TurnFailed,
    TurnLost,
    UsageLost,
)
from core.meters import CALLS, ERRORS, MOST_MODELS, SCRIPTS, SECONDS, Meters, codes
from core.telling import LogEvent, Pseudonym, Slug, emit, heard_by

KINDS = ("input", "output", "cache_read", "cache_write")
OURS = {*CALLS, *SCRIPTS, *ERRORS, *KINDS, *codes(), *Refusal, "slack", "other", "accepted", "answered", "stopped"}
OURS |= {"failed", "lost", "made"}
OURS |= {f"{float(seconds)}" for seconds in SECONDS} | {"+Inf"}
ROOT = Path(__file__).parents[2]
WHO = Pseudonym("a2b2c3d4e5f607182930")
ENDED = TurnEnded(
    turn=WHO,
    place=WHO,
    person=WHO,
    attempt=1,
    seconds=3.0,
    first_token=0.7,
    model=Slug("claude-sonnet-5-5"),
    stop=Slug("end_turn"),
    error=Slug("-"),
    request_id=Slug("req_1"),
    calls=1,
    input=1,
    output=1,
    cache_read=0,
    cache_write=0,
    length=5,
    text=WHO,
)
ACCEPTED = Accepted(
    platform=Slug("slack"),
    turn=WHO,
    place=WHO,
    person=WHO,
    outcome=Outcome.ACCEPTED,
    ahead=0,
    length=5,
    text=WHO,
    files=0,
)


CALL = Call(model="claude-sonnet-5-5", usage=Usage(1, 2, 3, 4, 5), cost=0.25)


def value(meters: Meters, name: str, **labels: str) -> float:
    """Of a series; 0 when it is not there."""
    told = ",".join(f'{key}="{word}"' for key, word in labels.items())
    found = re.search(
        rf"^parley_{name}{re.escape('{' + told + '}') if told else ''} (\S+)$", text(meters), re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def text(meters: Meters) -> str:
    return meters.text().decode()


@pytest.fixture
def meters() -> Meters:
    return Meters(["slack", "discord"])


def test_answers_are_counted_by_how_they_ended(meters: Meters) -> None:
    with heard_by(meters.hear):
        for event in (
            ENDED,
            replace(ENDED, stop=Slug("-")),
            replace(ENDED, error=Slug("busy")),
            replace(ENDED, error=Slug("of_tomorrow")),
            TurnFailed(turn=WHO, attempt=1),
            TurnLost(turn=WHO, attempt=1),
        ):
            emit(event)

    ends = ("answered", "stopped", "busy", "other", "failed", "lost")
    assert [value(meters, "turns_total", outcome=end) for end in ends] == [1.0] * 6
    assert value(meters, "turn_seconds_sum") == 12
    assert value(meters, "first_text_seconds_count") == 4


def test_what_happens_at_the_door_and_on_the_screen_is_counted(meters: Meters) -> None:
    wait = {"turn": WHO, "place": WHO, "person": WHO, "retry_after": 5.0}
    told: list[LogEvent] = [
        ACCEPTED,
        Refused(platform=Slug("discord"), reason=Refusal.RATE, **wait),  # type: ignore[arg-type]  # its other fields
        Limited(bucket=Slug("slack.chat.update"), seconds=3),
        PlatformTrouble(platform=Slug("slack"), call=Slug("tell"), code=Slug("x"), retry_after=0),
        StoreTrouble(call=Slug("claim"), code=Slug("OutOfMemoryError")),
        UsageLost(code=Slug("OSError"), lines=7),
    ]

    for event in told:
        meters.hear(event)

    assert value(meters, "messages_total", outcome="accepted", platform="slack") == 1
    assert value(meters, "refusals_total", platform="discord", reason="rate") == 1
    assert value(meters, "platform_429s_total", bucket="slack.chat.update") == 1
    assert value(meters, "platform_troubles_total", call="tell", platform="slack") == 1
    assert value(meters, "store_troubles_total", call="claim") == 1
    assert value(meters, "usage_lines_lost_total") == 7


def test_calls_tokens_and_cost_are_counted_by_model(meters: Meters) -> None:
    meters.note(CALL)
    meters.note(replace(CALL, cost=None, error="overloaded_error"))

    model = {"model": "claude-sonnet-5-5"}
    assert value(meters, "cost_dollars_total", **model) == 0.25
    assert value(meters, "unpriced_calls_total", **model) == 1
    assert [value(meters, "tokens_total", kind=kind, **model) for kind in KINDS] == [2, 4, 6, 18]
    assert [value(meters, "calls_total", error=error, **model) for error in ("none", "overloaded_error")] == [1, 1]


def test_what_is_left_of_the_keys_limits_is_told_as_of_the_last_call(meters: Meters) -> None:
    meters.note(replace(CALL, headroom=(Headroom("requests", 50, 40), Headroom("x", 1, 1))))
    meters.note(replace(CALL, headroom=(Headroom("requests", 50, 10), Headroom("tokens", 0, 0))))

    left = {kind: value(meters, "api_headroom_ratio", kind=kind) for kind in ("requests", "tokens", "other")}
    assert left == {"requests": 0.2, "tokens": 0, "other": 1}


def test_memories_are_counted_by_whether_they_were_made(meters: Meters) -> None:
    for error in ("-", "-", "busy"):
        meters.hear(Remembered(place=WHO, exchanges=9, seconds=1, error=Slug(error)))

    assert [value(meters, "memories_total", outcome=outcome) for outcome in ("made", "failed")] == [2, 1]


def test_what_is_so_now_is_told(meters: Meters) -> None:
    meters.now(live=3, lag=0.1, ping=0.002, ping_age=4, frames={"slack": 5.5})

    assert value(meters, "live_replies") == 3
    assert value(meters, "loop_lag_seconds") == 0.1
    assert value(meters, "store_ping_seconds") == 0.002
    assert value(meters, "store_ping_age_seconds") == 4
    assert value(meters, "last_frame_age_seconds", platform="slack") == 5.5


@given(st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True))
def test_no_word_from_outside_becomes_a_label(word: str) -> None:
    meters, slug = Meters(["slack"]), Slug(word)
    meters.hear(replace(ACCEPTED, platform=slug))
    meters.hear(replace(ENDED, error=slug, stop=slug, model=slug, request_id=slug))
    meters.hear(PlatformTrouble(platform=slug, call=slug, code=slug, retry_after=0))
    meters.hear(StoreTrouble(call=slug, code=slug))
    meters.hear(Limited(bucket=Slug.of(f"x{word}"), seconds=1))
    meters.note(replace(CALL, model=f"x{word}", error=word))

    assert labels(meters) <= OURS


def test_whatever_is_noted_has_a_series_of_its_own() -> None:
    files = [file for folder in ("core", "bots") for file in (ROOT / folder).rglob("*.py")]
    text = "".join(file.read_text("utf-8") for file in files)

    noted = re.findall(r'(?<!burst\.)\bnot(?:e|ing)\([^()]*?"([a-z._]+)"[,)]', text)
    bound = re.findall(r'\bpartial\(note, [^()]*?call="([a-z._]+)"\)', text)
    on_platforms = [*noted, *bound, *re.findall(r'call=Slug\("(end)"\)', text)]
    in_redis = re.findall(r'burst\.note\("(\w+)"', text) + re.findall(r'call=Slug\("(take)"\)', text)

    assert set(on_platforms) == CALLS
    assert set(in_redis) == SCRIPTS


def labels(meters: Meters) -> set[str]:
    return set(re.findall(r'="([^"]*)"', text(meters)))


def test_models_have_a_series_each_up_to_a_number(meters: Meters) -> None:
    for number in range(MOST_MODELS + 5):
        meters.note(replace(CALL, model=f"claude-{number}"))

    assert value(meters, "calls_total", error="none", model="claude-0") == 1
    assert value(meters, "calls_total", error="none", model="other") == 5


def test_two_sets_do_not_get_into_each_others_way(meters: Meters) -> None:
    other: Any = Meters(["slack"])
    other.note(CALL)

    assert value(meters, "cost_dollars_total", model="claude-sonnet-5-5") == 0


def test_what_the_docs_name_is_there(meters: Meters) -> None:
    page = (Path(__file__).parents[2] / "docs/running.md").read_text("utf-8")
    table = page.partition("| of `/metrics`")[2].partition("\n\n")[0]
    named = {name for name in re.findall(r"`([a-z0-9_]+)`", table) if "_" in name}
    series = set(re.findall(r"^# TYPE parley_(\w+)", text(meters), re.MULTILINE))

    assert named - {"parley_", *codes()} == {name for name in series if not name.endswith("_created")}


@pytest.mark.parametrize(
    "series",
    [
        'parley_turns_total{outcome="failed"}',
        'parley_turns_total{outcome="bad_key"}',
        'parley_store_troubles_total{call="claim"}',
        'parley_platform_troubles_total{call="gateway",platform="slack"}',
        'parley_refusals_total{platform="slack",reason="rate"}',
        'parley_unpriced_calls_total{model="claude-sonnet-5-5"}',
        'parley_memories_total{outcome="failed"}',
        "parley_usage_lines_lost_total",
    ],
)
def test_what_an_alarm_waits_for_is_there_at_0_before_it_first_happens(series: str) -> None:
    assert f"{series} 0.0" in Meters(["slack"], ["claude-sonnet-5-5"]).text().decode().splitlines()
