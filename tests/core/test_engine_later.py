"""What another release has stored: it ends no process, stops no other line, and leaves nobody without a word."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from core.contract import Action, Message, Outcome, Place, Press
from core.engine import NOT_READ
from core.errors import GivenUp, Unread
from core.store.records import MESSAGE
from core.store.replies import Yielding
from core.store.sealing import Sealer
from core.store.vault import Vault
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, office
from tests.core.stand_in import StandIn
from tests.core.store.world import NAMES
from tests.waits import until

pytestmark = pytest.mark.anyio
ELSEWHERE = Place("fake", "T1", "C2")
HERE = NAMES.place(CHANNEL)
VAULT = Vault(NAMES, Sealer((b"h" * 32,)))
STRANGE = Vault(NAMES, Sealer((b"n" * 32,)))
LATER = b'{"release": 2, "words": ["in another shape"]}'


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Yielding, "pause", 0.01)


@contextmanager
def redis(valkey: Path) -> Iterator[Redis]:
    with Redis(unix_socket_path=str(valkey), protocol=3) as client:
        yield client


async def closed(valkey: Path, *messages: Message, before: str = "") -> None:
    """What was asked while nobody answered, after one answer if there is a question `before`."""
    async with office(valkey) as here:
        if before:
            await here.ask(before)
        await here.worker.drain(0)
        for message in messages:
            assert (await here.tell(message)).outcome is Outcome.ACCEPTED


def question(id: str, **more: Any) -> Message:
    return Message(**{"id": id, "place": CHANNEL, "author": ANA, "at": 2e9, "text": "hello", **more})


def of_turn(field: str, text: bytes, vault: Vault = VAULT) -> Callable[[Redis], None]:
    """Something else in the place of a text of the turn that waits."""
    turn = NAMES.turn("fake", "asked")

    def put(client: Redis) -> None:
        client.hset("{parley}:x:" + turn, field, vault._seal(text, HERE, f"x:{turn}", field))

    return put


def of_place(kind: str, field: str, text: bytes, vault: Vault = VAULT) -> Callable[[Redis], None]:
    def put(client: Redis) -> None:
        key = f"{kind}:{HERE}"
        name = field or next(one for one in map(_text, client.hkeys("{parley}:" + key)) if one != "#")
        client.hset("{parley}:" + key, name, vault._seal(text, HERE, key, name))

    return put


def plain(key: str, field: str, value: str) -> Callable[[Redis], None]:
    def put(client: Redis) -> None:
        client.hset("{parley}:" + key, field, value)

    return put


def _text(word: bytes | str) -> str:
    return word if isinstance(word, str) else word.decode()


WORDS_APART = MESSAGE.dump(question("asked")).replace(b'"text":"hello"', b'"words":["hello"]')
ANSWERED = "You said: hello"
CASES = {
    "a message without its words": (of_turn("m", WORDS_APART), f"*{Unread.advice}*"),
    "an origin": (of_turn("e", LATER), f"*{Unread.advice}*"),
    "a final": (of_turn("f", LATER), f"*{Unread.advice}*"),
    "what is on the screen": (of_turn("s", LATER), ANSWERED),
    "what tools gave": (of_turn("r", LATER), ANSWERED),
    "what tools gave, in other types": (of_turn("r", b'{"model": 1, "text": {}, "sent": 2, "said": 3}'), ANSWERED),
    "an exchange": (of_place("h", "", LATER), f"{ANSWERED}\n*{NOT_READ}*"),
    "an exchange, as a list": (of_place("h", "", b"[]"), f"{ANSWERED}\n*{NOT_READ}*"),
    "an exchange, no JSON": (of_place("h", "", b"\xff\x00"), f"{ANSWERED}\n*{NOT_READ}*"),
    "an exchange of another key": (of_place("h", "", LATER, STRANGE), f"{ANSWERED}\n*{NOT_READ}*"),
    "a choice that we do not know": (of_place("c", "voice", b"deep"), ANSWERED),
    "a choice of another key": (of_place("c", "persona", b"x", STRANGE), f"{ANSWERED}\n*{NOT_READ}*"),
    "a choice that is no text": (of_place("c", "persona", b"\xff"), f"{ANSWERED}\n*{NOT_READ}*"),
    "a stream that we do not know": (of_place("c", "stream", b"spoken"), ANSWERED),
    "what is known of the place": (plain(f"p:{HERE}", "since", "2027-01-01"), ANSWERED),
    "what is known of the turn": (plain("t:" + NAMES.turn("fake", "asked"), "mood", "glad"), ANSWERED),
    "limits of a channel": (plain(f"i:{HERE}", "all", "5 per hour"), ANSWERED),
    "what a channel keeps": (plain(f"i:{HERE}", "keep", "30d"), ANSWERED),
}


@pytest.mark.parametrize(("put", "shown"), CASES.values(), ids=CASES)
async def test_whoever_asks_is_answered_or_reads_why_not(
    valkey: Path, put: Callable[[Redis], None], shown: str
) -> None:
    asked, other = question("asked"), question("other", place=ELSEWHERE, author=BEN)
    await closed(valkey, asked, before="before")
    with redis(valkey) as client:
        put(client)

    async with office(valkey, keep=True) as here:
        await here.tell(other)
        assert await here.answer(other) == ANSWERED
        said = await here.answer(asked)
        assert await here.ask("hello", id="next")  # in the same line

    assert said.replace("\n\n", "\n") == shown


@pytest.mark.parametrize("vault", [VAULT, STRANGE], ids=["another shape", "another key"])
async def test_a_question_that_does_not_tell_who_asked_waits_beside_its_line_until_somebody_can_read_it(
    valkey: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Yielding, "absence", 0.3)
    asked, behind = question("asked"), question("behind", at=2e9 + 1)
    below = question("below", at=2e9 + 2, place=replace(CHANNEL, thread="asked"))
    await closed(valkey, asked, behind, below)
    with redis(valkey) as client:
        key = "{parley}:x:" + NAMES.turn("fake", "asked")
        whole = client.hget(key, "m")
        of_turn("m", LATER, vault)(client)

    async with office(valkey, keep=True) as here:
        assert await here.answer(behind) == ANSWERED
        assert await here.answer(below) == ANSWERED
        assert "asked" not in here.desk.screens
        with redis(valkey) as client:
            client.hset(key, "m", whole)
        assert await here.answer(asked) == ANSWERED


async def test_a_button_below_what_cannot_be_read_says_so(here: Office, valkey: Path) -> None:
    message = question("asked")
    await here.tell(message)
    await here.settled(message)
    with redis(valkey) as client:
        of_turn("f", LATER)(client)
    press = Press(id="p", place=CHANNEL, author=ANA, at=2e9 + 5, action=Action.REGENERATE, turn="asked")

    verdict = await here.tell(press)

    assert verdict.outcome is Outcome.TOLD
    assert verdict.text


async def test_what_can_be_read_of_the_newest_events_is_told(here: Office, valkey: Path) -> None:
    await here.ask("one")
    await here.ask("two", place=ELSEWHERE)
    with redis(valkey) as client:
        client.hset("{parley}:v:fake", HERE, VAULT._seal(LATER, HERE, "v:fake", HERE))

    seen = await here.store.sights.newest("fake")

    assert CHANNEL not in seen
    assert ELSEWHERE in seen


async def test_what_can_be_read_is_given_out(here: Office, valkey: Path) -> None:
    await here.ask("one")
    await here.ask("two", place=ELSEWHERE)
    with redis(valkey) as client:
        of_place("h", "", LATER)(client)
        of_place("c", "persona", b"\xff")(client)

    told = str(await here.store.holdings.of_person("fake", ANA.id))
    everything = [one async for one in here.store.holdings.of_all()]

    assert "two" in told
    assert "unreadable" in told
    assert "two" in str(everything)


async def test_a_place_whose_choices_cannot_all_be_read_can_be_given_others(here: Office, valkey: Path) -> None:
    with redis(valkey) as client:
        of_place("c", "persona", b"\xff")(client)

    verdict = await here.tell(here.command("model", "claude-haiku-5-5"))
    await here.ask()

    assert verdict.outcome is Outcome.TOLD
    assert here.speaker.prompts[-1].model == "claude-haiku-5-5"


# What is painted


class Spoilt(StandIn):
    """A screen whose last text cannot be painted, for a reason that nobody thought of."""

    spoils = "hello"

    async def post(self, page: Any, nonce: str) -> str:
        if page.final and self.spoils in page.text:
            raise LookupError
        return await super().post(page, nonce)


def _let_go(here: Office, client: Redis) -> None:
    """As if the lease had run out."""
    client.zadd("{parley}:ready:fake", {NAMES.line(CHANNEL, ANA.id): 0}, xx=True)
    here.store.wake()


@pytest.mark.parametrize("spoils", ["hello", ""], ids=["the answer", "everything"])
async def test_an_answer_that_cannot_be_painted_is_given_up_in_the_end(
    valkey: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, spoils: str
) -> None:
    monkeypatch.setattr(Spoilt, "spoils", spoils)
    let_go = set[str]()
    async with office(valkey, options=replace(OPTIONS, defaults=replace(OPTIONS.defaults, stream="off"))) as here:
        message = question("asked")
        screen = here.desk.screens["asked"] = Spoilt(here.desk._service, edits=())
        await here.tell(message)

        async def is_done() -> bool:
            with redis(valkey) as client:
                failed = set(re.findall(r"^turn failed .*(attempt=\d+)", "\n".join(caplog.messages), re.MULTILINE))
                if not here.worker.busy and failed - let_go:
                    let_go.update(failed)  # once each: it may be claimed again already, which nobody sees yet
                    _let_go(here, client)
                return client.hget("{parley}:t:" + NAMES.turn("fake", "asked"), "st") == b"d"

        await until(is_done)
        assert await here.ask("more", author=BEN)

    assert len(here.speaker.prompts) == 2
    assert screen.shown == ([f"*{GivenUp.advice}*"] if spoils else [])
    assert bool(here.desk.letters) is not bool(spoils)
