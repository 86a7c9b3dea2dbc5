"""The prompt of a turn: the place's choices before the defaults, what fits of the conversation, the question."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import prompts
from core.access import Access
from core.claude import Model
from core.content import CUT_BY_CONTEXT
from core.contract import File, Json, Message, Person, Place, Platform, Progress, Turn
from core.dialogue import Answer, Choices, Exchange, Prompt, Usage
from core.errors import Busy, FileError, Rejected, ScreenError, StaleLease, StoreDown, StoreError, TooLarge
from core.memory import Memory
from core.options import Options
from core.prompts import Asked, Prompts
from core.store import Claim, Store
from core.store.lease import Lease
from core.store.sealing import Sealer
from core.store.vault import Vault
from core.tools import toolbox
from core.trace import Trace
from tests.core.store.world import KEYS, NAMES
from tests.core.test_files import png
from tests.core.test_paper import paper_of

pytestmark = pytest.mark.anyio

CHANNEL = Place("slack", "T1", "C1")
THREAD = replace(CHANNEL, thread="C1:1")


class Untouched:
    """A Redis that nobody asks anything but for the right to make a memory, which nobody gets."""

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        assert script == "remember"
        return 0

    def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        raise AssertionError

    async def rewrite(self) -> None:
        raise NotImplementedError

    async def close(self) -> None: ...


@dataclass
class Said:
    """A platform that knows what was said in a thread."""

    name: str = "slack"
    said: Sequence[Message] = ()
    error: ScreenError | None = None
    asked: int = 0
    since: float = -1
    files: dict[str, bytes] = field(default_factory=dict)

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        self.asked += 1
        self.since = since
        if self.error is not None:
            raise self.error
        return self.said

    async def read(self, file: File, at_most: int) -> bytes:
        if file.ref not in self.files:
            raise FileError("It is gone.")
        return self.files[file.ref]


@dataclass
class Shelf:
    """Models of known sizes."""

    sizes: dict[str, int] = field(default_factory=dict)

    images: bool = True
    longest: int = 1_000

    async def model(self, name: str) -> Model:
        return Model(name, context=self.sizes.get(name, 0), longest=self.longest, images=self.images, pdf=True)


class Silent:
    """Who makes no memories."""

    async def remember(self, prompt: Prompt, tell: Callable[[str], None]) -> Sequence[Mapping[str, Json]]:
        raise Busy

    async def count(self, prompt: Prompt) -> int:
        return 0


def message(text: str = "why?", place: Place = CHANNEL, **more: Any) -> Message:
    return Message(**{"id": "C1:9", "place": place, "author": Person("U1", "Ann"), "at": 1e9, "text": text, **more})


def past(id: str, size: int = 10, at: float = 0, *, heard: bool = False) -> Exchange:
    said = {"role": "user", "content": "q" * size}, {"role": "assistant", "content": "a" * size}
    return Exchange(id, at, said, heard=heard)


def claim(asked: Message, *exchanges: Exchange, choices: Choices | None = None, **turn: Any) -> Claim:
    lease = Lease(1, lambda: 0.0, 10, "t", "l", "p", "t", "slack", turn="t")
    made = Turn(**{"id": asked.id, "fence": 1, "attempt": 1, "message": asked, **turn})
    return Claim(made, lease, exchanges, choices or Choices())


@dataclass
class Desk:
    """Prompts, and what they are made of."""

    trace: Trace
    platform: Said = field(default_factory=Said)
    shelf: Shelf = field(default_factory=Shelf)
    noted: list[Progress] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    prompts: Prompts = field(init=False)
    down: StoreError | None = None

    async def note(self, lease: Lease, progress: Progress) -> None:
        if self.down:
            raise self.down
        self.noted.append(progress)

    async def of(self, claim: Claim, **more: Any) -> Asked:
        platforms: dict[str, Platform] = {"slack": self.platform}  # type: ignore[dict-item]  # only what is called
        usual: dict[str, Any] = {"defaults": Choices(model="m1"), "system": "Be kind.", "max_tokens": 500}
        options = Options(access=Access(), **(usual | more))
        memory = Memory(Silent(), self.trace.store, self.trace)
        self.prompts = Prompts(self.shelf, platforms, self.trace, memory, self.note, options)
        return await self.prompts.of(claim, self.told.append)


@pytest.fixture
def desk() -> Desk:
    return Desk(Trace(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS)))))


async def test_a_place_chooses_before_the_settings(desk: Desk) -> None:
    chosen = Choices(model="m2", persona="a pirate", effort="low", thinking="off")

    prompt = (await desk.of(claim(message(), choices=chosen), defaults=Choices(model="m1", effort="high"))).prompt

    assert (prompt.model, prompt.effort, prompt.thinking) == ("m2", "low", "off")
    assert prompt.system.endswith("a pirate")


async def test_claude_is_told_the_time_of_the_people_who_ask_and_what_it_must_know_of_its_tools(desk: Desk) -> None:
    zone, tools = ZoneInfo("America/Los_Angeles"), toolbox(["code_execution"])
    asked = await desk.of(claim(replace(message(), at=1_790_036_040)), zone=zone, toolbox=tools)

    assert asked.prompt.system.endswith(tools.hints[0])
    assert "<context>\ntime: Monday, 21 September 2026, 17:14 (America/Los_Angeles; " in str(asked.question["content"])


async def test_as_much_is_sent_as_the_models_own_context_takes(desk: Desk) -> None:
    exchanges = [past(str(number), 3_000) for number in range(20)]
    desk.shelf.sizes = {"small": 8_000, "large": 100_000}

    sent = {
        name: len((await desk.of(claim(message(), *exchanges), defaults=Choices(model=name))).prompt.messages)
        for name in ("small", "large", "unknown")
    }

    assert sent["large"] == sent["unknown"] == 41
    assert 1 < sent["small"] < 12


async def test_an_answer_that_is_made_anew_is_asked_for_without_the_old_one(desk: Desk) -> None:
    old = replace(past("C1:9"), cited=("https://a.example/",))

    asked = await desk.of(claim(message("ignored"), past("C1:1"), old, of="C1:9", id="press"))
    goes_on = await desk.of(claim(message("ignored"), past("C1:1"), old, of="C1:9", id="press", begun="a"))

    assert [said["content"] for said in asked.prompt.messages] == ["q" * 10, "a" * 10, "q" * 10]
    assert asked.question == old.messages[0]
    assert (asked.prompt.cited, goes_on.prompt.cited) == ((), old.cited)


async def test_the_history_keeps_a_question_as_it_was_sent_with_the_size_of_it_all(desk: Desk) -> None:
    asked = await desk.of(claim(message()))

    kept = asked.exchange([{"role": "assistant", "content": "because"}], 77)

    assert kept is not None
    assert (kept.id, kept.at, kept.tokens) == ("C1:9", 1e9, 77)
    assert kept.messages == (asked.prompt.messages[-1], {"role": "assistant", "content": "because"})
    assert asked.exchange([]) is None


# Tools


async def test_the_tools_that_are_on_go_with_the_prompt_and_know_the_turn(desk: Desk) -> None:
    desk.platform.said = [message("look at this", THREAD, author=Person("U2", "Bob"))]

    prompt = (await desk.of(claim(message(place=THREAD), past("1")), toolbox=toolbox(["earlier_messages"]))).prompt

    (tool,) = prompt.tools
    assert tool.run is not None
    assert "Bob: look at this" in await tool.run({})


async def test_how_far_an_answer_came_is_written_down_and_comes_back(desk: Desk) -> None:
    done = Progress("m1", "Let me look.", ())

    prompt = (await desk.of(claim(message(), progress=done))).prompt
    assert prompt.keep is not None
    await prompt.keep(done)

    assert desk.noted == [done]
    assert prompt.progress == done


async def test_an_answer_goes_on_while_redis_is_away_and_ends_when_it_is_somebody_elses(desk: Desk) -> None:
    keep = (await desk.of(claim(message()))).prompt.keep
    assert keep is not None

    desk.down = StoreDown()
    await keep(Progress("m1", "", ()))

    desk.down = StaleLease()
    with pytest.raises(StaleLease):
        await keep(Progress("m1", "", ()))


# Files


async def test_a_file_is_sent_with_the_question_and_kept_by_reference(desk: Desk) -> None:
    desk.platform.files = {"F1": png()}

    asked = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))

    assert [block["type"] for block in blocks(asked.prompt.messages[-1])] == ["image", "text"]
    assert [block["type"] for block in blocks(asked.question)] == ["file", "text"]
    assert (asked.noted("Stopped."), desk.told) == ("Stopped.", ["Reading what is attached…"])


async def test_what_cannot_be_read_is_named_below_the_answer(desk: Desk) -> None:
    asked = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))

    assert asked.noted("Stopped.") == "“cat.png”: It is gone. Stopped."
    assert "could not be read" in str(asked.prompt.messages[-1])


async def test_a_model_that_sees_nothing_is_sent_no_image_and_that_is_said(desk: Desk) -> None:
    desk.platform.files, desk.shelf.images, desk.shelf.sizes = {"F1": png()}, False, {"m1": 9_000}

    asked = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))

    assert asked.noted("") == "“cat.png”: This model cannot see images."


async def test_a_file_of_an_earlier_question_is_read_again_while_it_is_recent(desk: Desk) -> None:
    desk.platform.files = {"F1": png()}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))
    kept = first.exchange([said("A cat.")])
    assert kept is not None

    second = await desk.of(claim(message("What colour?"), kept))

    assert second.prompt.messages[0] == first.prompt.messages[0]


async def test_what_the_service_does_not_take_is_asked_again_without_files(desk: Desk) -> None:
    desk.platform.files = {"F1": png()}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))

    less = await desk.prompts.less(first, Rejected())

    assert less is not None
    assert [block["type"] for block in blocks(less.prompt.messages[-1])] == ["text", "text"]
    assert less.noted("") == prompts.UNLIKED
    assert await desk.prompts.less(less, Rejected()) is None
    assert await desk.prompts.less(first, Busy()) is None


async def test_a_file_that_the_service_did_not_take_is_not_sent_again_with_the_next_question(desk: Desk) -> None:
    desk.platform.files = {"F1": png()}
    first = await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))
    less = await desk.prompts.less(first, Rejected())
    assert less is not None
    kept = less.exchange([said("I see nothing.")])
    assert kept is not None

    second = await desk.of(claim(message("And?"), kept))

    assert second.prompt.messages[0] == less.prompt.messages[-1]
    assert "“cat.png” was attached here, but could not be read: Claude did not take it." in str(kept.messages[0])


async def test_an_old_file_is_blamed_before_that_of_the_question(desk: Desk) -> None:
    desk.platform.files = {"F1": png(), "F2": png()}
    kept = (await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))).exchange([said("A cat.")])
    assert kept is not None
    asked = await desk.of(claim(message("And this?", files=(File("F2", "dog.png", 50),)), kept))

    less = await desk.prompts.less(asked, Rejected())
    assert less is not None
    least = await desk.prompts.less(less, Rejected())

    assert [kinds(one.prompt.messages) for one in (asked, less)] == [
        ["image", "text", "image"],
        ["text", "text", "image"],
    ]
    assert (less.noted(""), less.question) == ("", asked.question)
    assert least is not None
    assert (kinds(least.prompt.messages), least.noted("")) == (["text", "text", "text"], prompts.UNLIKED)


async def test_an_old_file_that_the_service_does_not_take_is_left_out_without_a_word(desk: Desk) -> None:
    desk.platform.files = {"F1": png()}
    kept = (await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))).exchange([said("A cat.")])
    assert kept is not None

    less = await desk.prompts.less(await desk.of(claim(message("What colour?"), kept)), Rejected())

    assert less is not None
    assert less.noted("") == ""


async def test_a_pdf_that_is_too_long_goes_before_anything_that_was_said(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": paper_of(300)}, {"m1": 200_000}
    before = [past(str(number), 3_000) for number in range(20)]
    asked = await desk.of(claim(message(files=(File("F1", "book.pdf", 9_000),)), *before))
    assert (len(asked.prompt.messages), asked.prompt.file_tokens) == (41, 900_000)

    less = await desk.prompts.less(asked, TooLarge())

    assert less is not None
    assert less.prompt.messages[:-1] == asked.prompt.messages[:-1]
    assert (kinds(less.prompt.messages)[-1], less.noted("")) == ("text", prompts.TOO_LONG)
    assert (less.prompt.file_tokens, less.short) == (0, False)


async def test_where_the_words_are_what_is_long_a_file_goes_after_a_memory_and_before_more_words(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": png()}, {"m1": 60_000}
    before = [past(str(number), 3_000) for number in range(20)]
    asked = await desk.of(claim(message(files=(File("F1", "cat.png", 50),)), *before))

    less = await desk.prompts.less(asked, TooLarge())
    assert less is not None
    least = await desk.prompts.less(less, TooLarge())

    assert least is not None
    assert [one.prompt.messages[:-1] == asked.prompt.messages[:-1] for one in (less, least)] == [True, False]
    assert kinds(less.prompt.messages)[-1] == "text"


async def test_the_rest_of_an_answer_is_not_asked_for_without_what_it_is_about(desk: Desk) -> None:
    desk.platform.files = {"F1": png(), "F2": png()}
    kept = (await desk.of(claim(message(files=(File("F1", "cat.png", 50),))))).exchange([said("A cat.")])
    assert kept is not None
    asked = await desk.of(claim(message("And this?", files=(File("F2", "dog.png", 50),)), kept))
    cut = Answer("A d", CUT_BY_CONTEXT, (), Usage(), "m1", cited=("https://a.example/",))

    rest = await desk.prompts.remainder(asked, cut)
    assert rest is not None

    assert (kinds(rest.prompt.messages), rest.prompt.begun) == (["text", "text", "image"], "A d")
    assert rest.prompt.cited == cut.cited
    assert await desk.prompts.remainder(rest, cut) is None


async def test_the_rest_after_many_words_is_asked_for_with_fewer_of_them_and_with_its_file(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": png()}, {"m1": 60_000}
    before = [past(str(number), 3_000) for number in range(20)]
    asked = await desk.of(claim(message(files=(File("F1", "cat.png", 50),)), *before))
    cut = Answer("A c", CUT_BY_CONTEXT, (), Usage(), "m1")
    asked = replace(asked, prompt=replace(asked.prompt, progress=Progress("m1", "A", ())))

    rest = await desk.prompts.remainder(asked, cut)

    assert rest is not None
    assert rest.prompt.progress is None
    assert len(rest.prompt.messages) < len(asked.prompt.messages)
    assert kinds(rest.prompt.messages)[-1] == "image"


def kinds(messages: Any) -> list[str]:
    """What each message begins with."""
    return [one["content"][0]["type"] if isinstance(one["content"], list) else "text" for one in messages]


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def blocks(said: Any) -> Any:
    return said["content"]


async def test_who_pressed_the_button_pays_and_else_who_asked(desk: Desk) -> None:
    asked, pressed = await desk.of(claim(message())), await desk.of(replace(claim(message()), payer="ana"))

    assert (asked.prompt.user, pressed.prompt.user) == (NAMES.payer("slack", "U1"), "ana")
