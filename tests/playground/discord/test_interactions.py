"""Commands, buttons and forms, answered by the real client."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands, ui

from playground.discord.world import EPHEMERAL, GENERAL, LOADING
from tests.playground.discord.driving import Bot, Connect, World
from tests.waits import until

pytestmark = pytest.mark.anyio
Interaction = discord.Interaction


def command(act: Callable[[Interaction], Any]) -> Callable[[Bot], None]:
    """A client's /ask that does this."""

    def prepare(bot: Bot) -> None:
        @bot.tree.command(name="ask", description="Ask something")
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        async def ask(interaction: Interaction, question: str) -> None:
            interaction.extras["question"] = question
            await act(interaction)

        @bot.tree.error
        async def on_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
            bot.events.append(getattr(error, "original", error).args[0])

    return prepare


async def ask(world: World, **more: Any) -> Any:
    return await world.do("interact", command="ask", options={"question": "why?"}, **more)


async def test_a_deferred_answer_grows_in_one_message(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        deferred = await interaction.response.defer(thinking=True)
        for text in ("Be", "Because", "Because."):
            edited = await interaction.edit_original_response(content=text)
        assert deferred is not None
        assert deferred.message_id == edited.id

    await connect(prepare=command(answer))
    await ask(world)

    await until(lambda: len(world.state("versions")) == 4)
    shown = world.state("versions")
    assert [one["text"] for one in shown] == ["", "Be", "Because", "Because."]
    assert [one["flags"] for one in shown] == [LOADING, 0, 0, 0]
    assert [one["edited"] for one in shown] == [False, False, True, True]
    assert len({one["message"] for one in shown}) == 1
    assert shown[0]["asked"]["name"] == "ask"


async def test_an_ephemeral_answer_is_seen_by_one_person_and_not_through_the_channel(
    world: World, connect: Connect
) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.send_message("for you", ephemeral=True)

    bot = await connect(prepare=command(answer))
    await ask(world, user="grace")

    await until(lambda: world.state("versions"))
    shown = world.state("versions")[0]
    assert (shown["shown_to"], shown["flags"]) == (str(world.platform.world.user("grace").id), EPHEMERAL)
    channel = bot.get_partial_messageable(GENERAL)
    for call in (channel.fetch_message, lambda id_: channel.get_partial_message(id_).edit(content="x")):
        with pytest.raises(discord.NotFound):
            await call(int(shown["message"]))
    assert [one async for one in channel.history()] == []


async def test_an_answer_lets_nobody_into_a_private_thread(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.send_message("seen by all in it")

    bot = await connect(prepare=command(answer))
    thread = int((await world.do("thread", name="secret", private=True, user="ada"))["id"])
    await ask(world, thread=str(thread))

    await until(lambda: any(one["channel"] == str(thread) for one in world.state("versions")))
    shown = int(world.state("versions")[-1]["message"])
    with pytest.raises(discord.Forbidden):
        await bot.get_partial_messageable(thread).get_partial_message(shown).edit(content="x")


async def test_in_direct_messages_and_groups_a_command_says_where_it_is(world: World, connect: Connect) -> None:
    seen: list[Any] = []

    async def answer(interaction: Interaction) -> None:
        seen.append((interaction.guild_id, interaction.context.dm_channel, type(interaction.channel)))
        await interaction.response.send_message("yes")

    await connect(prepare=command(answer))
    group = await world.do("add_channel", name="group", people=["ada", "grace"])
    await ask(world, private=True)
    await ask(world, channel=group["id"], install="user")

    await until(lambda: len(world.state("versions")) == 2)
    assert sorted(seen, key=str) == [(None, False, discord.GroupChannel), (None, True, discord.DMChannel)]


async def test_a_user_installed_app_sends_five_followups(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.send_message("0")
        for number in range(1, 7):
            await interaction.followup.send(str(number))

    bot = await connect(prepare=command(answer))
    await world.do("add_guild", name="Elsewhere", bot=False)
    channel = next(
        c for c in world.platform.world.channels.values() if c.guild and c.name == "general" and c.id != GENERAL
    )
    await ask(world, channel=str(channel.id), install="user")

    await until(lambda: bot.events[-1:] and "40094" in bot.events[-1])
    assert [one["text"] for one in world.state("versions")] == ["0", "1", "2", "3", "4", "5"]


async def test_a_followup_to_a_thinking_answer_takes_its_place(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send("one")
        await interaction.followup.send("two")
        await interaction.delete_original_response()

    await connect(prepare=command(answer))
    await ask(world)

    await until(lambda: len(world.state("versions")) == 4)
    first, filled, second, gone = world.state("versions")
    assert first["message"] == filled["message"] == gone["message"] != second["message"]
    assert (filled["text"], second["text"], gone["deleted"]) == ("one", "two", True)
    assert second["reply_to"] == first["message"]


async def late(interaction: Interaction) -> None:
    await asyncio.sleep(0.05)
    await interaction.response.defer()


async def test_after_the_time_to_answer_an_interaction_is_unknown(world: World, connect: Connect) -> None:
    await world.do("config", ack_seconds=0.03)
    bot = await connect(prepare=command(late))
    await ask(world)

    await until(lambda: bot.events[-1:] == ["404 Not Found (error code: 10062): Unknown interaction"])


async def test_of_two_sessions_the_second_to_answer_is_refused(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.defer()

    first, second = await connect(prepare=command(answer)), await connect(prepare=command(answer))
    await ask(world)

    await until(lambda: any("40060" in event for event in first.events + second.events))
    assert [one["acked"] for one in world.state("interactions")] == [0, 5]


async def test_a_token_that_is_over_edits_nothing(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.response.defer()
        await asyncio.sleep(0.06)
        await interaction.edit_original_response(content="too late")

    await world.do("config", token_seconds=0.05)
    bot = await connect(prepare=command(answer))
    await ask(world)

    await until(lambda: bot.events[-1:] and "50027" in bot.events[-1])
    assert bot.events[-1].startswith("401")


async def test_before_its_first_answer_an_interaction_has_no_webhook(world: World, connect: Connect) -> None:
    async def answer(interaction: Interaction) -> None:
        await interaction.edit_original_response(content="too early")

    bot = await connect(prepare=command(answer))
    await ask(world)

    await until(lambda: bot.events[-1:] and "10015" in bot.events[-1])


async def test_a_button_of_an_old_message_is_pressed_and_edits_it(world: World, connect: Connect) -> None:
    class Stop(ui.DynamicItem[ui.Button[Any]], template=r"stop:(?P<run>\d+)"):
        def __init__(self, run: str) -> None:
            super().__init__(ui.Button(label="Stop", custom_id=f"stop:{run}"))
            self.run = run

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: Any, match: Any) -> "Stop":
            return cls(match["run"])

        async def callback(self, interaction: Interaction) -> None:
            await interaction.response.edit_message(content=f"stopped {self.run}", view=None)

    bot = await connect(prepare=lambda bot: bot.add_dynamic_items(Stop))
    view = ui.View(timeout=None)
    view.add_item(Stop("7"))
    sent = await bot.get_partial_messageable(GENERAL).send("working", view=view)
    await world.do("press", message=str(sent.id), custom_id="Stop", user="grace")

    await until(lambda: len(world.versions(sent.id)) == 2)
    first, last = world.versions(sent.id)
    assert first["components"][0]["components"][0]["custom_id"] == "stop:7"
    assert (last["text"], last["components"], last["method"]) == ("stopped 7", [], "interaction.callback")


async def test_a_press_may_be_acknowledged_and_edit_later(world: World, connect: Connect) -> None:
    async def on_interaction(interaction: Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.defer()
            await interaction.edit_original_response(content="regenerated")

    def prepare(bot: Bot) -> None:
        bot.event(on_interaction)

    bot = await connect(prepare=prepare)
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Again", custom_id="again"))
    sent = await bot.get_partial_messageable(GENERAL).send("first", view=view)
    await world.do("press", message=str(sent.id), custom_id="again")

    await until(lambda: [one["text"] for one in world.versions(sent.id)] == ["first", "regenerated"])
    assert world.versions(sent.id)[1]["components"]


async def test_a_form_is_opened_filled_in_and_sent(world: World, connect: Connect) -> None:
    class Form(ui.Modal, title="Persona"):
        text: ui.Label[Any] = ui.Label(text="Who am I?", component=ui.TextInput(custom_id="who"))

        async def on_submit(self, interaction: Interaction) -> None:
            assert isinstance(self.text.component, ui.TextInput)
            await interaction.response.send_message(self.text.component.value, ephemeral=True)

    async def answer(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())

    await connect(prepare=command(answer))
    opened = await ask(world)
    await until(lambda: world.state("interactions")[-1]["acked"] == 9)
    await world.do("submit", interaction=opened["id"], values={"who": "a pirate"})

    await until(lambda: world.state("versions"))
    assert world.state("versions")[0]["text"] == "a pirate"


async def test_a_context_menu_brings_the_whole_message(world: World, connect: Connect) -> None:
    def prepare(bot: Bot) -> None:
        @bot.tree.context_menu(name="Ask about this")
        async def about(interaction: Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"about {message.content}")
            answer = await interaction.original_response()
            assert answer.reference is not None
            bot.events.append(f"{answer.type.name} {answer.reference.message_id}")

    bot = await connect(prepare=prepare)
    said = await world.do("say", text="something unread", user="alan")
    await world.do("interact", command="Ask about this", target=said["id"])

    await until(lambda: bot.events[-1] != "ready")
    assert bot.events[-1] == f"context_menu_command {said['id']}"
    assert world.state("versions")[1]["text"] == "about something unread"


async def test_choices_are_offered_while_typing(world: World, connect: Connect) -> None:
    def prepare(bot: Bot) -> None:
        @bot.tree.command(name="model", description="Choose a model")
        async def model(interaction: Interaction, name: str) -> None: ...

        @model.autocomplete("name")
        async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}nnet", value="sonnet")]

    await connect(prepare=prepare)
    await world.do("interact", command="model", options={"name": "so"}, focused="name")

    await until(lambda: world.state("choices"))
    assert world.state("choices")[0]["choices"] == [{"name": "sonnet", "value": "sonnet"}]
