"""The table of commands: what counts as one, who may, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import commands
from core.commands import TABLE, parse_command
from core.contract import Command, Person, Place
from core.dialogue import Choices, Offer
from tests.core.test_accounts import Notebook
from tests.core.test_privacy import Deeds

PLACE = Place("terminal", "local", "here", private=True)
ANA = Person("ana", "Ana")


class FakeDesk:
    """Remembers what commands do to a place."""

    def __init__(self) -> None:
        self.chosen = Choices()
        self.forgotten: list[Place] = []
        self.left: list[Place] = []
        self.running = False
        self.needs_prices = False
        self.accounts = Notebook()
        self.rights = Deeds()
        self.offers = [Offer("claude-sonnet-5-5", "$2 in, $10 out"), Offer("claude-haiku-5-5", "", "2026-11-30")]

    def defaults(self, place: Place) -> Choices:
        return Choices(model="claude-sonnet-5-5")

    async def choices(self, place: Place) -> Choices:
        return self.chosen

    async def choose(self, place: Place, author: Person, name: str, value: str) -> Choices:
        self.chosen = replace(self.chosen, **{name: value})
        return self.chosen

    async def forget(self, place: Place, command: str) -> None:
        self.forgotten.append(place)

    async def stop(self, place: Place, author: Person) -> bool:
        return self.running

    async def leave(self, thread: Place) -> bool:
        self.left.append(thread)
        return True

    async def models(self) -> Sequence[Offer]:
        return self.offers

    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        return next((offer.takes for offer in self.offers if offer.model == model), {})


class PickyDesk(FakeDesk):
    """Its models take some wishes only."""

    def __init__(self) -> None:
        super().__init__()
        takes = {"effort": ("low", "high"), "thinking": ("on",)}
        self.offers = [
            Offer("claude-sonnet-5-5", takes=takes),
            Offer("claude-haiku-5-5", takes={**takes, "effort": ()}),
        ]


class BusyDesk(FakeDesk):
    """Somebody else chooses right after."""

    async def choose(self, place: Place, author: Person, name: str, value: str) -> Choices:
        chosen = await super().choose(place, author, name, value)
        self.chosen = Choices("claude-haiku-5-5", "a pirate", "max")
        return chosen


async def do(desk: FakeDesk, name: str, argument: str = "", *, admin: bool = True, place: Place = PLACE) -> str:
    command = Command(id="1", place=place, author=ANA, at=0, name=name, argument=argument)
    return (await commands.run(desk, command, admin=admin)).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reset", ("reset", "")),
        ("  RESET ", ("reset", "")),
        ("/reset", ("reset", "")),
        ("/help me", ("help", "")),
        ("model claude-haiku-5-5", ("model", "claude-haiku-5-5")),
        ("model", ("model", "")),
        ("persona: a pirate", ("persona", "a pirate")),
        ("/persona a pirate", ("persona", "a pirate")),
        ("effort high", ("effort", "high")),
        ("/ask why is the sky blue?", ("ask", "why is the sky blue?")),
        ("persona:\nYou are a pirate.\nBe brief.", ("persona", "You are a pirate.\nBe brief.")),
        ("/ask\n```\nx = 1\n```", ("ask", "```\nx = 1\n```")),
        ("persona default", ("persona", "default")),
        ("limits none", ("limits", "none")),
        ("/ask", ("help", "")),
        ("reset!", ("reset", "")),
        ("Stop.", ("stop", "")),
        ("`reset`", ("reset", "")),
        ("`persona: a pirate`", ("persona", "a pirate")),
        ("`model claude-haiku-5-5`", ("model", "claude-haiku-5-5")),
        ("model haiku", ("model", "haiku")),
        ("model Opus 4.8", ("model", "Opus 4.8")),
        ("model haiku!", ("model", "haiku")),
        ("privacy delete.", ("privacy", "delete")),
        ("/privacy delete!", ("privacy", "delete")),
        ("thinking off.", ("thinking", "off")),
        ("effort high!", ("effort", "high")),
        ("limits none.", ("limits", "none")),
        ("persona: Be brief.", ("persona", "Be brief.")),
        ("ask: is it late.", ("ask", "is it late.")),
        ("persona:Be brief. Use: lists.", ("persona", "Be brief. Use: lists.")),
        ("model:opus", ("model", "opus")),
        ("/Effort:high", ("effort", "high")),
        ("persona：簡潔に。", ("persona", "簡潔に。")),
    ],
)
def test_a_command_is_recognised(text: str, expected: tuple[str, str]) -> None:
    assert parse_command(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "help me with my taxes",
        "stop using tabs",
        "reset the router, how?",
        "model a house",
        "persona design",
        "persona answer like a pirate",
        "model trains",
        "`reset` and `stop`",
        "`stop` is what? `x`",
        "reset?",
        "help\nI cannot log in",
        "reset\n\nhow do I do that with git?",
        "reset:hard, what is it?",
        "model://opus is what?",
        "note:model",
        "ask",
    ],
)
def test_a_sentence_that_begins_like_a_command_is_a_question(text: str) -> None:
    assert parse_command(text) is None


def test_after_a_slash_command_an_argument_follows_freely() -> None:
    assert parse_command("persona a pirate", explicit=True) == ("persona", "a pirate")
    assert parse_command("ask", explicit=True) == parse_command("ask:", explicit=True) == ("help", "")


@pytest.mark.parametrize("text", ["persona answer like a pirate", "model gpt-5", "effort maximum", "limits 5"])
def test_what_may_have_been_meant_as_a_setting_is_answered_with_a_hint(text: str) -> None:
    assert parse_command(text) is None
    assert f"`{text.split()[0]}: …`" in commands.hint(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "why?",
        "persona",
        "model a house",
        "help me",
        "reset the router, how?",
        "persona non grata: what does it mean?",
        "effort estimates?",
        "model gpt-5?",
    ],
)
def test_other_questions_are_answered_without_one(text: str) -> None:
    assert commands.hint(text) == ""


@given(st.text())
def test_any_text_is_a_command_of_the_table_or_none(text: str) -> None:
    found = parse_command(text)

    assert found is None or found[0] in TABLE


@pytest.mark.anyio
async def test_reset_forgets_the_place() -> None:
    desk = FakeDesk()

    assert "forgotten" in await do(desk, "reset")
    assert desk.forgotten == [PLACE]


@pytest.mark.anyio
async def test_a_reset_says_what_of_the_conversation_is_elsewhere() -> None:
    thread, aside = replace(PLACE, thread="root"), replace(PLACE, thread=ANA.id, private=True)
    said = [await do(FakeDesk(), "reset", place=place) for place in (PLACE, aside, thread)]

    assert said == [commands.FORGOTTEN, commands.FORGOTTEN, commands.FORGOTTEN_THREAD]


@pytest.mark.anyio
async def test_help_and_what_holds_name_the_words_that_a_command_takes() -> None:
    assert "`mode <queue|interrupt|default>`" in await do(FakeDesk(), "help")
    assert "It can be queue, interrupt or default." in await do(FakeDesk(), "mode")


@pytest.mark.anyio
@pytest.mark.parametrize("word", ["today", "my", "@ben"])
async def test_who_asks_for_usage_in_other_words_is_told_which_there_are(word: str) -> None:
    assert await do(FakeDesk(), "usage", word) == "Write `usage me`, `usage channel` or `usage all`."


@pytest.mark.anyio
async def test_a_model_is_chosen_only_from_what_the_key_may_use() -> None:
    desk = FakeDesk()

    for near in ("haiku", "Haiku 5.5"):
        assert "claude-haiku-5-5" in await do(desk, "model", near)
    assert await do(desk, "model", "gpt-5") == (
        "There is no such model for this bot. Write `model` to see which there are."
    )
    assert desk.chosen.model == ""
    await do(desk, "model", "claude-haiku-5-5")
    assert desk.chosen.model == "claude-haiku-5-5"
    assert "This place uses `claude-haiku-5-5`." in await do(desk, "model")
    await do(desk, "model", "default")
    assert desk.chosen.model == ""


@pytest.mark.anyio
async def test_only_admins_change_what_is_chosen_for_everybody() -> None:
    desk = FakeDesk()

    assert "Only admins" in await do(desk, "persona", "a pirate", admin=False)
    assert desk.chosen.persona == ""
    assert "no persona. `persona: " in await do(desk, "persona", admin=False)


@pytest.mark.anyio
async def test_effort_takes_only_its_words() -> None:
    desk = FakeDesk()

    assert "`effort xhigh`, `effort max` or `effort default`" in await do(desk, "effort", "huge")
    assert desk.chosen.effort == ""
    await do(desk, "effort", "HIGH")
    assert desk.chosen.effort == "high"


@pytest.mark.anyio
async def test_who_asks_what_holds_hears_the_places_own_choice_the_settings_or_that_there_is_none() -> None:
    class Set(FakeDesk):
        def defaults(self, place: Place) -> Choices:
            return Choices(stream="final")

    desk = Set()
    desk.chosen = Choices(effort="low")
    assert await do(desk, "persona", "a pirate\n\n# Never\n- late") == "The persona is set."
    told = [await do(desk, name) for name in ("effort", "stream", "thinking", "persona")]

    holds = ["is `low`", "is `final`", "is `the model’s own`", ":\n> a pirate\n> \n> # Never\n> - late"]
    assert [one for one, said in zip(holds, told, strict=True) if one not in said] == []


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "word"), [("mode", "interrupt"), ("stream", "final")])
async def test_a_choice_of_few_words_is_shown_and_made(name: str, word: str) -> None:
    desk = FakeDesk()

    assert f"The {name} of this place is" in await do(desk, name)
    assert await do(desk, name, word) == f"From now on the {name} of this place is `{word}`."
    assert getattr(desk.chosen, name) == word


@pytest.mark.anyio
async def test_who_takes_a_choice_back_is_told_what_became_of_it_and_not_of_a_later_one() -> None:
    assert await do(BusyDesk(), "effort", "default") == "The effort is the default again."
    assert await do(BusyDesk(), "persona", "default") == "The persona is removed."


@pytest.mark.anyio
async def test_a_wish_that_the_model_does_not_take_is_kept_and_said() -> None:
    desk = PickyDesk()

    assert "it takes low, high" in await do(desk, "effort", "xhigh")
    assert desk.chosen.effort == "xhigh"
    assert "- persona: none\n\n`claude-sonnet-5-5` does not take `xhigh`" in await do(desk, "settings")
    assert await do(desk, "thinking", "on") == "From now on the thinking of this place is `on`."
    assert "for effort it takes no word" in await do(desk, "model", "claude-haiku-5-5")
    assert "does not take" not in await do(FakeDesk(), "effort", "xhigh")


@pytest.mark.anyio
async def test_a_persona_has_a_bound() -> None:
    desk = FakeDesk()

    assert "4,000" in await do(desk, "persona", "x" * 4001)
    assert desk.chosen.persona == ""


@pytest.mark.anyio
async def test_settings_show_what_is_chosen_and_what_is_the_default() -> None:
    desk = FakeDesk()
    await do(desk, "effort", "low")

    shown = await do(desk, "settings")
    assert "- effort: `low`\n" in shown
    assert "- model: `claude-sonnet-5-5` (default)" in shown
    assert "- persona: none" in shown
    await do(desk, "persona", "a pirate")
    assert "- persona: set" in await do(desk, "settings")


@pytest.mark.anyio
async def test_help_names_every_command() -> None:
    shown = await do(FakeDesk(), "help")

    assert [name for name in TABLE if f"`{name}" not in shown] == []
    assert "`persona: <text>`" in shown  # just as it is to be written after a mention


@pytest.mark.anyio
async def test_stop_says_when_there_is_nothing_to_stop() -> None:
    desk = FakeDesk()

    assert "nothing" in await do(desk, "stop")
    desk.running = True
    assert "Stopping" in await do(desk, "stop")


@pytest.mark.anyio
@pytest.mark.parametrize("private", [False, True])
async def test_who_has_nothing_to_stop_in_a_thread_sends_the_bot_out_of_it(*, private: bool) -> None:
    """All that is said in direct messages is for the bot."""
    desk, thread = FakeDesk(), Place("slack", "T1", "C1", "C1:1.0", private=private)

    told = await do(desk, "stop", place=thread)
    desk.running = True
    await do(desk, "stop", place=thread)

    assert desk.left == ([] if private else [thread])
    assert ("until somebody mentions me" in told) is not private


@pytest.mark.anyio
async def test_an_unknown_command_is_answered_in_words() -> None:
    assert "help" in await do(FakeDesk(), "dance")


@pytest.mark.anyio
async def test_models_are_offered_with_their_prices_and_an_unknown_price_is_said() -> None:
    answer = await do(FakeDesk(), "model")

    assert "- `claude-sonnet-5-5`: $2 in, $10 out\n" in answer
    assert answer.endswith("- `claude-haiku-5-5`: price unknown; will be retired on 2026-11-30")


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "own"), [("usage", True), ("privacy", True), ("settings", False), ("help", False)])
async def test_what_was_used_and_what_is_kept_is_somebodys_own(name: str, own: bool) -> None:
    command = Command(id="1", place=PLACE, author=ANA, at=0, name=name)

    assert (await commands.run(FakeDesk(), command, admin=True)).own is own


@pytest.mark.anyio
async def test_everybodys_usage_is_for_admins_and_limits_are_set_by_them_alone() -> None:
    desk = FakeDesk()

    assert await do(desk, "usage", "all", admin=False) == "Only admins of this bot may see that."
    assert await do(desk, "limits", "5/hour", admin=False) == "Only admins of this bot may change the limits."
    assert (await do(desk, "usage", "channel", admin=False)).startswith("**Usage of this channel**")
    assert (await do(desk, "usage", "all")).startswith("**Everybody’s usage**")
    assert (await do(desk, "limits", admin=False)).startswith("**How often you may ask**")
    assert "`5/hour`" in await do(desk, "limits", "5/hour")


@pytest.mark.anyio
async def test_with_a_budget_a_model_of_unknown_price_is_not_for_choice() -> None:
    desk = FakeDesk()
    desk.needs_prices = True

    assert "I do not know what `claude-haiku-5-5` costs" in await do(desk, "model", "claude-haiku-5-5")
    await do(desk, "model", "claude-sonnet-5-5")
    assert desk.chosen.model == "claude-sonnet-5-5"


@pytest.mark.anyio
async def test_a_list_of_models_that_cannot_be_had_is_said() -> None:
    desk = FakeDesk()
    desk.offers = []

    assert await do(desk, "model") == (
        "This place uses `claude-sonnet-5-5`. Claude does not say right now which others there are."
    )
    assert await do(desk, "model", "claude-haiku-5-5") == (
        "Claude does not say right now which models there are. Please try again in a minute."
    )
    assert await do(desk, "model", "default") == "The model is the default again."
