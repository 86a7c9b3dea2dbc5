"""Scenes that a seed may or may not show, played on purpose in virtual time."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from core.contract import Message, Person, Place
from tests.simulator.bot import Bot
from tests.simulator.chat import NAME
from tests.simulator.checker import judge
from tests.simulator.keys import NAMES
from tests.simulator.nemesis import Temper
from tests.simulator.oracle import Whims
from tests.simulator.people import ANN, BOB, CHANNEL, PRIVATE, UNIX, Manner
from tests.simulator.redis import BASE, Ran
from tests.simulator.simulation import Draw, World, create, end, evidence_of, live
from tests.simulator.timeline import START
from tests.simulator.valkey import Connection

THREAD = replace(CHANNEL, thread="root")
STEADY = Whims(thinks=(0.5, 0.5), pause=(0.1, 0.1), pieces=(20, 20))
"""An answer takes two and a half seconds."""
LONG = replace(STEADY, pause=(0.2, 0.2), pieces=(150, 150), words=1)
"""One takes half a minute."""
ENDING = ("commit", "bind", "done")


def play(connection: Connection, scene: Callable[[World], None], *, bots: int = 2, whims: Whims = STEADY) -> World:
    """A world to its end, in which nothing goes wrong but what the scene does. No promise was broken in it."""
    draw = Draw(temper=Temper(bots=bots, seconds=0), manner=Manner(messages=0, copies=0), whims=whims)
    world = create(draw, Random(1), connection)
    try:
        scene(world)
        verdict = judge(evidence_of(world, live(world)))
        assert verdict.is_fine, verdict
    finally:
        end(world)
    return world


def ask(world: World, id: str, at: float, place: Place = THREAD, author: Person = ANN, *, copies: int = 0) -> None:
    """Somebody asks something after so many seconds, and it is delivered so often besides."""
    message = Message(id=id, place=place, author=author, at=UNIX + at, text=f"question {id}")
    world.trace.names[NAMES.turn(NAME, id)] = id
    world.people.said[id] = message
    world.people.office.send(message, at)
    for _ in range(copies):
        world.people.office.copy(message, at)


def prompts(world: World) -> list[list[str]]:
    """What was said in each call to the model, without what the bot adds."""
    return [
        [str(message["content"]).rpartition("</context>")[2].strip() for message in asked.prompt.messages]
        for asked in world.oracle.asked
    ]


def shown(world: World) -> list[str]:
    return [post.page.text for post in world.chat.posts.values() if post.page]


def trips(world: World, turn: str) -> list[str]:
    """The scripts that ran for a turn; those that ran for all turns of a process at once are left out."""
    name = NAMES.turn(NAME, turn)
    return [
        ran.script
        for ran in world.redis.ran
        if ran.named.get("turn") == name or (ran.script == "claim" and ran.reply[0].decode() == name)
    ]


def test_two_messages_at_once_in_one_thread_are_both_answered_in_turn(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        ask(world, "second", 1.02, author=BOB)

    world = play(connection, scene, bots=3)

    first, second = shown(world)
    assert prompts(world) == [["question first"], ["question first", first, "question second"]]
    assert [message["role"] for message in world.oracle.asked[1].prompt.messages] == ["user", "assistant", "user"]
    assert second.startswith("c2w0 ")


def test_two_messages_at_once_in_two_places_are_answered_at_once(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        ask(world, "second", 1.0, place=PRIVATE)

    world = play(connection, scene)

    asked = [asked.at for asked in world.oracle.asked]
    assert len(asked) == 2
    assert asked[1] - asked[0] < 0.1


def test_the_same_event_five_times_is_answered_once_by_one_call(connection: Connection) -> None:
    world = play(connection, lambda world: ask(world, "first", 1.0, copies=4), bots=3)

    assert len(world.oracle.asked) == 1
    assert len(world.chat.posts) == 1
    outcomes = [str(verdict.outcome) for verdict in world.people.office.verdicts["first"]]
    assert sorted(outcomes) == ["accepted", *["seen"] * 4]


def test_a_turn_takes_four_trips_to_redis_before_its_text_stands(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "warm", 0.0)  # the first of a day asks which day it is
        ask(world, "turn", 20.0)

    world = play(connection, scene, bots=1)

    assert trips(world, "turn") == ["accept", "claim", "bind", "commit", "done"]


def test_who_dies_in_the_middle_is_followed_by_another_in_the_same_message(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        world.timeline.after(2.5, lambda: _holder(world).die())

    world = play(connection, scene, bots=3)

    assert len(world.oracle.asked) == 2
    assert len(world.chat.posts) == 1
    hands = {version.hand.bot for version in world.chat.posts["m1"].versions}
    assert len(hands) == 2


def test_an_answer_that_took_long_ends_in_a_new_message(connection: Connection) -> None:
    def scene(world: World) -> None:
        world.chat.mood.watched = 15.0
        ask(world, "first", 1.0)

    world = play(connection, scene, bots=1, whims=LONG)

    old, new = world.chat.posts.values()
    assert old.page is None
    assert new.page
    assert len(new.versions) == 1
    assert trips(world, "first")[-6:] == ["claim", "bind", "commit", "bind", "bind", "done"]


@pytest.mark.parametrize("moment", range(6), ids=["commit", "posted", "noted", "removed", "noted_again", "done"])
def test_who_dies_while_an_answer_moves_to_a_new_message_leaves_one_text(connection: Connection, moment: int) -> None:
    def scene(world: World) -> None:
        world.chat.mood.watched = 15.0
        ask(world, "first", 1.0)
        moments: list[str] = []

        def passed(bot: int, what: str) -> None:
            if moments or what == "commit":
                moments.append(what)
            if len(moments) == moment + 1:
                world.bots[bot - 1].die()

        world.redis.on_script = lambda ran: passed(ran.bot, ran.script) if ran.script in ENDING else None
        world.chat.on_version = lambda hand: passed(hand.bot, "version")

    world = play(connection, scene, bots=3, whims=LONG)

    assert len(world.oracle.asked) == 1
    assert len(shown(world)) == 1
    assert len(world.chat.posts) == 2


def test_who_dies_between_commit_and_paint_is_followed_without_another_call(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        world.redis.on_script = lambda ran: world.bots[ran.bot - 1].die() if ran.script == "commit" else None

    world = play(connection, scene, bots=3)

    assert len(world.oracle.asked) == 1
    assert len(shown(world)) == 1


def test_a_reply_waits_while_redis_is_away_for_longer_than_a_lease_and_goes_on(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        world.timeline.after(3.0, world.redis.goes_down, 25.0)

    world = play(connection, scene, bots=3, whims=LONG)

    assert len(world.oracle.asked) == 1
    assert len(world.chat.posts) == 1
    quiet = [version.at - START for version in world.chat.posts["m1"].versions]
    assert not [at for at in quiet if 14 < at < 28]
    assert len({version.hand.fence for version in world.chat.posts["m1"].versions}) == 1


def test_an_answer_that_is_ready_while_redis_is_away_is_not_thrown_away(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        world.timeline.after(3.0, world.redis.goes_down, 40.0)

    world = play(connection, scene)

    assert len(world.oracle.asked) == 1
    assert len(world.chat.posts) == 1


def test_who_was_frozen_while_another_finished_touches_nothing_any_more(connection: Connection) -> None:
    def scene(world: World) -> None:
        ask(world, "first", 1.0)
        world.timeline.after(2.5, lambda: _freeze(world, 40.0))

    world = play(connection, scene, bots=3)

    bots = [version.hand.bot for version in world.chat.posts["m1"].versions]
    assert bots == sorted(bots, key=bots.index)
    assert len(set(bots)) == 2


def test_who_answers_what_another_redis_has_not_heard_of_goes_on_alone(connection: Connection) -> None:
    world = play(connection, _forgotten_claim, bots=3, whims=LONG)

    assert len(world.oracle.asked) == 1
    assert len(world.chat.posts) == 1
    assert len({version.hand for version in world.chat.posts["m1"].versions}) == 1


def test_who_dies_with_a_redis_is_followed_in_a_message_that_the_next_one_has_not_heard_of(
    connection: Connection,
) -> None:
    def scene(world: World) -> None:
        _forgotten_claim(world)
        world.timeline.after(5.0, lambda: _holder(world).die())

    world = play(connection, scene, bots=3, whims=LONG)

    assert len(world.oracle.asked) == 2
    assert len(world.chat.posts) == 1
    assert len({version.hand.bot for version in world.chat.posts["m1"].versions}) == 2


def _forgotten_claim(world: World) -> None:
    """Redis has only heard of a question, and of nothing since; another one takes over from it in mid-answer."""
    command, past = world.redis.connection.ask, dict[bytes, bytes]()

    def remember(ran: Ran) -> None:
        if ran.script == "accept":
            past.update({key: command("DUMP", key) for key in command("KEYS", "*")})

    def forget() -> None:
        command("FLUSHALL")
        for key, value in past.items():
            command("RESTORE", key, 0, value)
        command("HSET", f"{BASE}clock", "run", "another")

    ask(world, "first", 1.0)
    world.redis.on_script = remember
    world.timeline.after(5.0, forget)


def _holder(world: World) -> Bot:
    return next(bot for bot in world.bots if bot.worker.busy)


def _freeze(world: World, seconds: float) -> None:
    bot = _holder(world)
    bot.loop.freeze()
    world.people.until = world.timeline.now + seconds + 10
    world.timeline.after(seconds, bot.loop.thaw)
