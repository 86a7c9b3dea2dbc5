"""What people may have done with what is kept of them: asked for in chat, done in Redis."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from core.access import Access
from core.contract import Command, Left, Outcome, Person, Place
from core.dialogue import Choices
from tests.bots.discord.desk import event
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, office, thread

pytestmark = pytest.mark.anyio

DIRECT = Place("fake", "T1", "D1", private=True)


async def known(here: Office, place: Place = CHANNEL, author: Person = BEN) -> str:
    """What the model is told of earlier questions there."""
    await here.ask("what do you know?", place=place, author=author)
    return str(here.speaker.prompts[-1].messages[:-1])


async def test_a_person_gets_and_deletes_what_is_theirs_and_nothing_else(
    here: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await here.ask("ana's own", author=ANA)
    await here.ask("ben's own", author=BEN)
    await here.ask("ana's secret", author=ANA, place=DIRECT)
    await here.tell(here.command("persona", "ana's persona", place=DIRECT))

    told = await here.tell(here.command("privacy", "export", place=DIRECT))
    found = json.loads(told.file)
    await here.tell(here.command("privacy", "delete yes", place=DIRECT))

    assert "ana's own" in str(found["conversations"])
    assert "ana's secret" in str(found)
    assert "ben's" not in str(found)
    assert (await here.store.choices(DIRECT)).persona == ""
    assert "ana" not in await known(here)
    assert "ben's own" in await known(here)
    again = json.loads((await here.tell(here.command("privacy", "export"))).file)
    assert (again["conversations"], again["messages"]) == ([], [])
    assert caplog.text.count("data erased") == 1


def rewrites(valkey: Path) -> int:
    """How often Redis was asked to write its file anew."""
    with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
        return int(redis.info("commandstats").get("cmdstat_bgrewriteaof", {}).get("calls", 0))


@pytest.mark.parametrize("wish", ["keep 7", "delete yes", "delete place yes"])
async def test_what_somebody_had_deleted_leaves_the_disk_too(here: Office, valkey: Path, wish: str) -> None:
    await here.ask()
    before = rewrites(valkey)

    await here.tell(here.command("privacy", wish))

    assert rewrites(valkey) == before + 1


async def test_what_was_set_for_a_channel_goes_on_under_its_new_id_and_what_was_said_does_not(here: Office) -> None:
    new = replace(CHANNEL, channel="C-new")
    moved = Left(id="Ev1", place=CHANNEL, author=Person(""), at=time.time(), to=new)
    await here.ask("a secret")
    for command, argument in (
        ("persona", "a pirate"),
        ("effort", "low"),
        ("limits", "none"),
        ("limits", "each 9/hour"),
    ):
        await here.tell(here.command(command, argument))
    await here.store.holdings.keep(CHANNEL, 0)
    set_there = await here.store.choices(CHANNEL), await here.store.limits.of(CHANNEL)

    await here.tell(moved)
    await here.tell(here.command("effort", "high", place=new))
    await here.tell(moved)

    assert (await here.store.choices(new), await here.store.limits.of(new)) == (
        replace(set_there[0], effort="high"),
        set_there[1],
    )
    assert (set_there[0].persona, len(set_there[1]), await here.store.holdings.keeps(new)) == ("a pirate", 2, 0)
    assert await here.store.choices(CHANNEL) == Choices()
    assert (await here.store.limits.of(CHANNEL), await here.store.holdings.keeps(CHANNEL)) == ({}, None)
    assert [await known(here, place) for place in (CHANNEL, new)] == ["()", "()"]


async def test_what_was_set_under_the_new_id_before_that_was_heard_holds(here: Office) -> None:
    new = replace(CHANNEL, channel="C-new")
    moved = Left(id="Ev1", place=CHANNEL, author=Person(""), at=time.time(), to=new)
    for place, effort, limit, days in ((CHANNEL, "low", "each 9/hour", 1), (new, "high", "each 5/hour", 7)):
        await here.tell(here.command("effort", effort, place=place))
        await here.tell(here.command("limits", limit, place=place))
        await here.store.holdings.keep(place, days)

    async def set_there() -> tuple[object, ...]:
        store = here.store
        return await store.choices(new), await store.limits.of(new), await store.holdings.keeps(new)

    before = await set_there()
    await here.tell(moved)

    assert await set_there() == before


async def test_who_may_not_ask_any_more_may_still_have_everything_deleted(valkey: Path) -> None:
    async with office(valkey) as here:
        await here.ask("ana's own", author=ANA)
    closed = replace(OPTIONS, access=Access(users=frozenset({BEN.id})))
    async with office(valkey, keep=True, options=closed) as here:
        refused = await here.tell(here.command("reset"))
        verdict = await here.tell(here.command("privacy", "delete yes"))
        theirs = await here.tell(here.command("privacy", "delete place yes"))

        assert "may not answer you" in refused.text
        assert "nothing of you is kept" in verdict.text
        assert "Only admins" in theirs.text
        assert "ana" not in await known(here)


async def test_an_admin_sets_how_long_a_channel_keeps_what_is_said(valkey: Path) -> None:
    options = replace(OPTIONS, access=Access(admins=frozenset({ANA.id})), history_days=30)
    async with office(valkey, options=options) as here:
        await here.ask("before")
        refused = await here.tell(here.command("privacy", "keep 0", author=BEN))
        told = await here.tell(here.command("privacy", "keep 0", author=ANA))
        await here.ask("after", author=ANA)

        assert "Only admins" in refused.text
        assert "nothing of a conversation" in told.text
        assert await known(here) == "()"


async def test_who_is_quoted_in_somebodys_question_takes_that_away_as_well(here: Office) -> None:
    there = thread(here.message("root"))
    here.desk.earlier = [here.message("ana's words", author=ANA, place=there)]
    await here.ask("what does she mean?", place=there, author=BEN)
    here.desk.earlier = []
    await here.ask("ben's own", place=there, author=BEN)
    await here.tell(here.command("privacy", "delete yes", author=ANA))

    kept = await known(here, there)
    assert "ana's words" not in kept
    assert "ben's own" in kept


async def test_so_does_who_is_quoted_below_a_question_or_a_command(here: Office) -> None:
    await here.ask("> ana's words", author=BEN, quoted=(ANA.id,))
    command = here.command("ask", "> ana's other words", author=BEN, quoted=(ANA.id,))
    await here.tell(command)
    await here.settled(here.message(id=command.id))
    await here.ask("ben's own", author=BEN)
    assert "ana's words" in await known(here)
    assert "ana's other words" in await known(here)
    await here.tell(here.command("privacy", "delete yes", author=ANA))

    kept = await known(here)
    assert "ana" not in kept
    assert "ben's own" in kept


@pytest.mark.parametrize("left", [CHANNEL, replace(CHANNEL, channel="")])
async def test_where_the_bot_is_no_more_it_knows_nothing_any_more(here: Office, left: Place) -> None:
    root = await here.asked("in the channel")
    await here.answer(root)
    await here.ask("in the thread", place=thread(root))
    await here.ask("in private", place=DIRECT)

    verdict = await here.tell(Left(id="gone", place=left, author=Person(""), at=1e9))

    assert verdict.outcome is Outcome.ACCEPTED
    assert await known(here) == "()"
    assert "channel" not in await known(here, thread(root))
    assert ("in private" in await known(here, DIRECT)) == bool(left.channel)


@pytest.mark.parametrize(("late", "kept"), [(0, "()"), (2, "()"), (60, "since"), (86_400, "()")])
async def test_who_hears_late_that_it_left_forgets_what_came_before_that(here: Office, late: float, kept: str) -> None:
    """By more than clocks differ; and not by more than any platform is late, when the time cannot be believed."""
    await here.ask("since")

    await here.tell(Left(id="gone", place=CHANNEL, author=Person(""), at=time.time() - late))

    assert kept in await known(here)


async def test_an_admin_deletes_what_is_kept_of_a_place(here: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await here.ask("in the channel", author=BEN)
    found = json.loads((await here.tell(here.command("privacy", "export place"))).file)
    await here.tell(here.command("privacy", "delete place yes"))

    assert "in the channel" in str(found["conversations"])
    assert await known(here) == "()"
    assert caplog.text.count("data erased") == 1


@pytest.mark.parametrize(("admins", "reaches"), [(frozenset(), False), (frozenset({BEN.id}), True)])
async def test_only_named_admins_get_the_threads_of_a_channel_and_nobody_what_others_ask_alone(
    valkey: Path, admins: frozenset[str], reaches: bool
) -> None:
    options = replace(OPTIONS, access=Access(admins=admins))
    async with office(valkey, options=options) as here:
        mods = replace(CHANNEL, thread="mods")
        await here.ask("shall we ban ben?", place=mods)
        await here.ask("ana alone", place=replace(CHANNEL, thread=ANA.id, private=True))
        await here.ask("in the channel")

        told = await here.tell(here.command("privacy", "export place", author=BEN))
        there = await here.tell(here.command("privacy", "export place", author=BEN, place=mods))
        await here.tell(here.command("privacy", "delete place yes", author=BEN))

        assert b"in the channel" in told.file
        assert (b"ban ben" in told.file) == reaches
        assert b"ana alone" not in told.file
        assert (b"ban ben" in there.file) == (reaches or not admins)
        assert ("ban ben" in await known(here, mods, ANA)) == (not reaches)


def given_alone(recorded: str, id: int, author: Person, name: str, argument: str) -> Command:
    """A command of Discord's where the bot is no member, so that each person has a place alone there."""
    user = {"id": author.id, "username": author.name}
    data = {"name": name, "options": [{"name": "any", "type": 3, "value": argument}]}
    found = event(recorded, id=str(1551597568000000000 + (id << 22)), data=data, user=user, member={"user": user})
    assert isinstance(found, Command)
    return replace(found, place=replace(found.place, platform="fake"))


@pytest.mark.parametrize("recorded", ["ask_in_group", "ask_as_guest"])
@pytest.mark.parametrize("allowed", [frozenset({"41", "42"}), frozenset({"41"})])
async def test_who_brought_the_app_along_sets_for_nobody_else_how_long_is_kept_what_is_said(
    valkey: Path, recorded: str, allowed: frozenset[str]
) -> None:
    ada, grace = Person("41", "ada"), Person("42", "grace")
    options = replace(OPTIONS, access=Access(users=allowed, admins=frozenset({"boss"})))
    async with office(valkey, options=options) as here:
        asked = given_alone(recorded, 1, ada, "ask", "ada's own")
        await here.tell(asked)
        await here.settled(here.message(id=asked.id))

        refused = [
            (await here.tell(given_alone(recorded, 2, grace, "privacy", "keep 0"))).text,
            (await here.tell(given_alone(recorded, 3, grace, "privacy", "keep default"))).text,
        ]
        done = await here.tell(given_alone(recorded, 4, grace, "privacy", "delete place yes"))

        assert ["Only admins" in text for text in refused] == [True, True]
        assert "0 answered questions" in done.text
        assert "ada's own" in str(await here.store.holdings.of_person("fake", ada.id))
        assert await here.store.holdings.keeps(asked.place) is None


async def test_in_their_direct_messages_everybody_sets_how_long_is_kept_what_is_said(valkey: Path) -> None:
    options = replace(OPTIONS, access=Access(admins=frozenset({"boss"})))
    async with office(valkey, options=options) as here:
        for place in (DIRECT, replace(DIRECT, thread="a root")):
            await here.ask("a secret", place=place)
            assert "nothing of a conversation" in (await here.tell(here.command("privacy", "keep 0", place=place))).text
            assert await known(here, place, ANA) == "()"
            await here.tell(here.command("privacy", "keep default", place=place))
