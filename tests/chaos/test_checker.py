"""The checker sees every broken promise: each is broken once, in a small story that is otherwise well."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from core.errors import GivenUp
from tests.chaos import scene
from tests.chaos.checker import Checker, Claim, Evidence, Verdict, facts
from tests.chaos.scene import Place, Question
from tests.chaos.watch import Request, Version, request, version

CHANNEL = Place("slack", "storm-0")
END = frozenset({"regenerate"})
STOP = frozenset({"stop"})
LONG = 7


def question(number: int, **more: object) -> Question:
    about = {"id": f"C1:{number}", "order": str(number), "at": float(number), "events": (f"Ev{number}",)}
    return Question(number, "a line", CHANNEL, "user0", **(about | more))  # type: ignore[arg-type]  # as the fields


def shown(number: int, *, at: float, text: str | None = None, buttons: frozenset[str] = END) -> Version:
    said = scene.answer(number) if text is None else text
    return Version("slack", str(100 + number), at, said, buttons, f"C1:{number}", deleted=False)


def growing(number: int, at: float) -> list[Version]:
    """An answer that grows for a second from `at` on."""
    half = scene.answer(number)[:40]
    return [shown(number, at=at, text=half, buttons=STOP), shown(number, at=at + 1)]


def asked(number: int, at: float, *told: int) -> Request:
    roles = ("user", "assistant") * len(told) + ("user",)
    return Request(number, at, roles, tuple((one, scene.answer(one)) for one in told))


def story() -> Evidence:
    """Two questions of a line and the closing one, each answered before the next was claimed."""
    questions = [question(1), question(2), question(3, closing=True)]
    return Evidence(
        questions,
        screens={("slack", str(100 + n)): growing(n, 10.0 * n) for n in (1, 2, 3)},
        requests=[asked(1, 10), asked(2, 20, 1), asked(3, 30, 1, 2)],
        accepted={1: 1.0, 2: 2.0, 3: 29.0},
        claims={n: [Claim(10.0 * n, 1, 1, math.inf)] for n in (1, 2, 3)},
        committed={n: 10.0 * n + 1 for n in (1, 2, 3)},
    )


def seen(evidence: Evidence) -> dict[str, int]:
    """How many breaches of each kind, where there are any."""
    return {kind: count for kind, count in Checker(evidence).check().counts.items() if count}


def test_a_storm_in_which_all_went_well_is_told_so() -> None:
    assert seen(story()) == {}


def without_answer(evidence: Evidence) -> None:
    evidence.screens = {key: versions for key, versions in evidence.screens.items() if key[1] != "102"}


def unfinished(evidence: Evidence) -> None:
    evidence.screens = {**evidence.screens, ("slack", "102"): growing(2, 20)[:1]}


def twice(evidence: Evidence) -> None:
    evidence.screens = {**evidence.screens, ("slack", "999"): [replace(one, message="999") for one in growing(2, 40)]}


def cut_short(evidence: Evidence) -> None:
    evidence.screens = {**evidence.screens, ("slack", "102"): [shown(2, at=20, text=scene.answer(2)[:-3])]}


def an_apology(evidence: Evidence) -> None:
    evidence.screens = {**evidence.screens, ("slack", "102"): [shown(2, at=20, text=GivenUp.advice)]}


def painted_after_its_end(evidence: Evidence) -> None:
    again = [*growing(2, 20), shown(2, at=25, text="q0002 part 1", buttons=STOP), shown(2, at=26)]
    evidence.screens = {**evidence.screens, ("slack", "102"): again}


def out_of_order(evidence: Evidence) -> None:
    evidence.requests = [*evidence.requests[:1], asked(2, 10.5), *evidence.requests[2:]]
    evidence.claims = {**evidence.claims, 2: [Claim(10.5, 1, 1, math.inf)]}


def two_users_in_a_row(evidence: Evidence) -> None:
    evidence.requests = [*evidence.requests, Request(2, 21, ("user", "user"), ())]


def told_of_another_place(evidence: Evidence) -> None:
    first = evidence.questions[0]
    first.place, first.line = Place("slack", "storm-9"), "another line"


def told_what_was_not_said(evidence: Evidence) -> None:
    said = ((1, scene.answer(1)), (2, "something else"))
    evidence.requests = [*evidence.requests[:2], Request(3, 30, asked(3, 30, 1, 2).roles, said)]


def forgotten(evidence: Evidence) -> None:
    evidence.requests = [*evidence.requests[:2], asked(3, 30, 2)]


def told_twice(evidence: Evidence) -> None:
    evidence.requests = [*evidence.requests[:2], asked(3, 30, 1, 2, 2)]


def nobodys_message(evidence: Evidence) -> None:
    stray = Version("slack", "555", 50, "…", STOP, "C1:77", deleted=False)
    evidence.screens = {**evidence.screens, ("slack", "555"): [stray]}


def asked_when_it_was_over(evidence: Evidence) -> None:
    evidence.requests = [*evidence.requests, asked(2, 29, 1)]


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [
        (without_answer, "lost"),
        (unfinished, "lost"),
        (twice, "twice"),
        (cut_short, "text"),
        (an_apology, "text"),
        (painted_after_its_end, "stale"),
        (out_of_order, "order"),
        (two_users_in_a_row, "roles"),
        (told_of_another_place, "history"),
        (told_what_was_not_said, "history"),
        (forgotten, "history"),
        (told_twice, "history"),
        (nobodys_message, "strays"),
        (asked_when_it_was_over, "asked_again"),
    ],
)
def test_a_broken_promise_is_seen(break_it: Callable[[Evidence], None], kind: str) -> None:
    evidence = story()
    break_it(evidence)

    assert kind in seen(evidence)


@pytest.mark.parametrize(
    ("thawed", "seen_as"), [({1: [5, 28.9]}, {}), ({1: [29.1]}, {"asked_again": 1}), ({2: [28.9]}, {"asked_again": 1})]
)
def test_what_a_frozen_worker_was_about_to_ask_is_no_breach(thawed: Mapping[int, list[float]], seen_as: object) -> None:
    evidence = story()
    asked_when_it_was_over(evidence)
    evidence.thawed = thawed

    assert seen(evidence) == seen_as


def ended_anew(below: str, *, claimed: float) -> Evidence:
    """The second answer ended at 21 s, its end came once more in a new message at 40 s, and the first one went."""
    evidence = story()
    gone = replace(shown(2, at=40.5, text="", buttons=frozenset()), deleted=True)
    anew = replace(shown(2, at=40, text=below), message="999")
    claims = [*evidence.claims[2], Claim(claimed, 2, 2, math.inf)]
    evidence.screens = {
        **evidence.screens,
        ("slack", "102"): [*growing(2, 20), gone],
        ("slack", "999"): [anew],
    }
    evidence.claims = {**evidence.claims, 2: claims}
    return evidence


def test_an_answer_that_ends_anew_for_who_took_it_over_is_no_breach_and_is_counted() -> None:
    verdict = Checker(ended_anew(scene.answer(2), claimed=39.0)).check()

    assert (verdict.problems, verdict.ended_anew) == ([], [2])


def test_an_answer_that_ends_anew_without_need_or_not_whole_is_a_breach() -> None:
    assert seen(ended_anew(scene.answer(2), claimed=20.5)) == {"stale": 1}
    assert "stale" in seen(ended_anew(scene.answer(2)[:-3], claimed=39.0))


def test_giving_up_in_words_is_no_breach_after_five_attempts() -> None:
    evidence = story()
    an_apology(evidence)
    evidence.requests = [*evidence.requests[:2], asked(3, 30, 1)]
    evidence.claims = {**evidence.claims, 2: [Claim(20.0, 1, 6, math.inf)]}

    verdict = Checker(evidence).check()

    assert (verdict.problems, verdict.given_up) == ([], [2])


def test_what_slack_never_delivered_is_not_lost_by_the_bot() -> None:
    evidence = story()
    without_answer(evidence)
    evidence.requests = [asked(1, 10), asked(3, 30, 1)]
    evidence.undelivered, evidence.accepted = frozenset({"Ev2"}), {1: 1.0, 3: 29.0}

    verdict = Checker(evidence).check()

    assert (verdict.problems, verdict.never_delivered) == ([], [2])


def test_what_arrived_after_the_next_was_begun_may_be_answered_after_it() -> None:
    evidence = story()
    out_of_order(evidence)
    evidence.accepted = {**evidence.accepted, 1: 10.4}

    assert "order" not in seen(evidence)


def test_an_answer_of_two_pages_is_one_answer() -> None:
    text = scene.answer(LONG)
    cut = text.index("\n\n", 1000)
    pages = [text[:cut], text[cut + 2 :]]
    first = Version("discord", "1", 10, pages[0], frozenset(), "", deleted=False)
    second = Version("discord", "2", 11, pages[1], END, str(LONG), deleted=False)
    one = question(LONG, events=())
    one.place, one.id = Place("discord", "storm-0"), str(LONG)
    evidence = Evidence([one], {("discord", "1"): [first], ("discord", "2"): [second]}, [asked(LONG, 9)])

    assert seen(evidence) == {}
    evidence.screens = {**evidence.screens, ("discord", "3"): [replace(first, message="3")]}
    assert seen(evidence) == {"twice": 1}


def test_a_takeover_is_counted_from_the_kill() -> None:
    evidence = story()
    evidence.claims = {1: [Claim(10.0, 1, 1, 12.0), Claim(20.5, 2, 2, math.inf)]}
    evidence.requests = [asked(1, 10), asked(1, 20.75)]

    [takeover] = Checker(evidence).takeovers()

    assert (takeover.question, takeover.seconds, takeover.progress) == (1, 8.5, 20.75)


def test_a_takeover_from_who_died_before_its_log_told_of_it_is_not_timed() -> None:
    evidence = story()
    evidence.claims = {1: [Claim(10.0, 1, 1, 12.0), Claim(30.5, 3, 3, math.inf)]}
    checker = Checker(evidence)

    assert (checker.takeovers(), checker.unlogged) == ([], 1)


def test_a_worker_that_lost_its_lease_alive_is_no_takeover() -> None:
    evidence = story()
    evidence.claims = {1: [Claim(10.0, 1, 1, math.inf), Claim(20.5, 2, 2, math.inf)]}

    assert Checker(evidence).takeovers() == []


def test_logs_tell_who_was_accepted_claimed_and_committed_first() -> None:
    turns = {"aa": 1}
    lines = [
        (1, 9.0, {"event": "claimed", "turn": "aa", "attempt": 2, "monotonic": 8.0}),
        (2, math.inf, {"event": "accepted", "turn": "aa", "outcome": "seen", "monotonic": 1.0}),
        (2, math.inf, {"event": "accepted", "turn": "aa", "outcome": "accepted", "monotonic": 2.0}),
        (2, math.inf, {"event": "claimed", "turn": "aa", "attempt": 1, "monotonic": 3.0}),
        (1, 9.0, {"event": "turn ended", "turn": "aa", "monotonic": 8.5}),
        (1, 9.0, {"event": "turn ended", "turn": "bb", "monotonic": 8.6}),
    ]

    accepted, claims, committed = facts(lines, turns)

    assert (accepted, committed) == ({1: 2.0}, {1: 8.5})
    assert claims == {1: [Claim(3.0, 2, 1, math.inf), Claim(8.0, 1, 2, 9.0)]}


def test_a_request_is_read_as_pairs_of_question_and_answer() -> None:
    body = {
        "messages": [
            {"role": "user", "content": "<others>\nAda: q0001 and so on\n</others>\n\nq0002 What?"},
            {"role": "assistant", "content": [{"type": "text", "text": "That."}]},
            {"role": "user", "content": "q0003 And?"},
        ]
    }

    read = request({"arguments": body, "arrived": 5.0})

    assert (read.number, read.roles, read.history) == (3, ("user", "assistant", "user"), ((2, "That."),))


@pytest.mark.parametrize(("action", "final"), [("stop", False), ("regenerate", True)])
def test_an_answer_with_a_stop_button_is_not_finished(action: str, final: bool) -> None:
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": f"{action}:C1:5"}]}]
    raw = {"message": "100", "monotonic": 1.0, "shown": "text", "blocks": blocks, "deleted": False}

    read = version("slack", raw)

    assert (read.is_final, read.turn) == (final, "C1:5")


def test_a_verdict_counts_every_kind() -> None:
    assert set(Verdict().counts) == set(Verdict.KINDS)
