"""The checker notices each kind of broken promise: it is shown a sound world with one thing changed."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from core.contract import Page
from core.dialogue import Prompt
from tests.simulator.chat import Hand, Post, Version
from tests.simulator.checker import Evidence, judge
from tests.simulator.ledger import Owed
from tests.simulator.nemesis import Gone, Temper
from tests.simulator.oracle import Asked
from tests.simulator.people import Manner
from tests.simulator.simulation import Draw, create, end, evidence_of, live
from tests.simulator.valkey import Connection

CALM = Draw(
    Temper(bots=2, seconds=0),
    Manner(messages=8, together=0.6, edited=0, deleted=0, stopped=0, again=0, copies=0),
)


def sound(connection: Connection) -> Evidence:
    world = create(CALM, Random(3), connection)
    try:
        return evidence_of(world, live(world))
    finally:
        end(world)


def owed(evidence: Evidence) -> list[Owed]:
    return list(evidence.ledger.turns.values())


def posts(evidence: Evidence) -> list[Post]:
    return list(evidence.chat.posts.values())


def broken(evidence: Evidence) -> set[str]:
    return {kind for kind, found in judge(evidence).problems.items() if found}


def test_a_sound_world_is_found_sound(connection: Connection) -> None:
    assert broken(sound(connection)) == set()


def _never_done(evidence: Evidence) -> None:
    owed(evidence)[0].done = None


def _posted_again(evidence: Evidence) -> None:
    first = posts(evidence)[0]
    evidence.chat.posts["again"] = replace(first, id="again")


def _other_text(evidence: Evidence) -> None:
    versions = posts(evidence)[0].versions
    versions[-1] = replace(versions[-1], page=Page("something else", final=True))


def _zombie(evidence: Evidence) -> None:
    post = posts(evidence)[0]
    old = replace(post.versions[-1].hand, fence=1)
    post.versions.append(replace(post.versions[-1], hand=old))


def _stranger(evidence: Evidence) -> None:
    post = posts(evidence)[0]
    post.versions.append(Version(post.versions[-1].at, Hand(9, "nobody's", 1), post.page))


def _overtaken(evidence: Evidence) -> None:
    lines = [one.line for one in owed(evidence)]
    first, second = [one for one in owed(evidence) if lines.count(one.line) > 1 and one.line == _shared(lines)][:2]
    first.claims, second.claims = second.claims, first.claims


def _shared(lines: list[str]) -> str:
    return max(lines, key=lines.count)


def _answered_twice_in_a_row(evidence: Evidence) -> None:
    asked = evidence.asked[-1]
    messages = (
        *asked.prompt.messages[:-1],
        {"role": "assistant", "content": "x"},
        {"role": "assistant", "content": "y"},
    )
    _ask(evidence, replace(asked.prompt, messages=(*messages, asked.prompt.messages[-1])))


def _knows_nothing(evidence: Evidence) -> None:
    asked = next(asked for asked in evidence.asked if len(asked.prompt.messages) > 1)
    _ask(evidence, replace(asked.prompt, messages=asked.prompt.messages[-1:]), asked)


def _ask(evidence: Evidence, prompt: Prompt, instead: Asked | None = None) -> None:
    asked = list(evidence.asked)
    place = asked.index(instead) if instead else -1
    asked[place] = replace(asked[place], prompt=prompt)
    object.__setattr__(evidence, "asked", asked)


def _remembered_otherwise(evidence: Evidence) -> None:
    place = next(iter(evidence.ledger.histories))
    evidence.ledger.histories[place].popitem()


def _asked_after_its_end(evidence: Evidence) -> None:
    done = owed(evidence)[0]
    done.committed = done.claims[0].at - 1


def _nobody_came(evidence: Evidence) -> None:
    turn = owed(evidence)[-1]
    object.__setattr__(evidence, "gone", [Gone(turn.claims[0].bot, turn.claims[0].at + 0.01)])
    turn.done = turn.claims[0].at + 100


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (_never_done, "lost"),
        (_posted_again, "twice"),
        (_other_text, "text"),
        (_zombie, "stale"),
        (_stranger, "stale"),
        (_overtaken, "order"),
        (_answered_twice_in_a_row, "roles"),
        (_knows_nothing, "history"),
        (_remembered_otherwise, "history"),
        (_asked_after_its_end, "asked"),
        (_nobody_came, "slow"),
    ],
)
def test_a_broken_promise_is_noticed(connection: Connection, harm: Callable[[Evidence], None], kind: str) -> None:
    evidence = sound(connection)

    harm(evidence)

    assert kind in broken(evidence)
