"""The application, its commands, servers and people over REST."""

import aiohttp
import discord
import pytest
from discord import app_commands

from playground.discord import TOKEN
from playground.discord.world import ADA, BOT, GUILD
from tests.playground.discord.driving import Bot, Connect, World

pytestmark = pytest.mark.anyio


def with_commands(bot: Bot) -> None:
    @bot.tree.command(name="ask", description="Ask something")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(interaction: discord.Interaction, question: str) -> None:
        await interaction.response.send_message(question)

    @bot.tree.context_menu(name="Ask about this")
    async def about(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content)


async def test_commands_are_synced_and_keep_their_ids(world: World, connect: Connect) -> None:
    bot = await connect(prepare=with_commands)
    first = {one.name: one.id for one in await bot.tree.fetch_commands()}
    second = {one.name: one.id for one in await bot.tree.sync()}

    assert set(first) == {"ask", "Ask about this"}
    assert first == second
    registered = world.platform.world.commands[0][0]
    assert (registered["contexts"], registered["integration_types"]) == ([0, 1, 2], [0, 1])


async def test_a_server_has_commands_of_its_own(world: World, connect: Connect) -> None:
    bot = await connect(prepare=with_commands)
    guild = discord.Object(GUILD)
    bot.tree.copy_global_to(guild=guild)

    assert len(await bot.tree.sync(guild=guild)) == 2
    assert world.platform.world.commands[GUILD][0]["guild_id"] == str(GUILD)


async def test_one_command_is_made_and_taken_away(world: World) -> None:
    path = f"/applications/{BOT}/commands"
    _, made, _ = await world.call("POST", path, {"name": "help", "description": "Help"})

    assert (await world.call("DELETE", f"{path}/{made['id']}"))[0] == 204
    assert (await world.call("DELETE", f"{path}/{made['id']}"))[1]["code"] == 10063
    assert (await world.call("GET", path))[1] == []
    assert (await world.call("GET", "/applications/5/commands"))[0] == 403


async def test_servers_channels_and_people_are_fetched(world: World, connect: Connect) -> None:
    bot = await connect()
    guild = await bot.fetch_guild(GUILD)
    member = await guild.fetch_member(ADA)
    channels = await guild.fetch_channels()

    assert (guild.name, guild.approximate_member_count) == ("Playground", 4)
    assert (member.name, [role.name for role in member.roles]) == ("ada", ["@everyone", "Moderators"])
    assert [channel.name for channel in channels] == ["general", "random"]
    assert (await bot.fetch_channel(channels[0].id)).id == channels[0].id
    assert (await bot.application_info()).owner.id == ADA


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/guilds/{GUILD}/members/5", 10007),
        (f"/guilds/{GUILD}/members?limit=5", 50001),
        ("/guilds/5", 10004),
        ("/users/5", 10013),
    ],
)
async def test_what_is_not_there_has_discords_code(world: World, path: str, code: int) -> None:
    assert (await world.call("GET", path))[1]["code"] == code


async def test_with_the_intent_in_the_portal_members_are_listed(world: World) -> None:
    await world.do("config", privileged=["members"])
    _, found, _ = await world.call("GET", f"/guilds/{GUILD}/members?limit=2&after={BOT}")

    assert [one["user"]["username"] for one in found] == ["ada", "grace"]


async def test_a_server_that_the_bot_is_not_in_is_closed_to_it(world: World) -> None:
    made = await world.do("add_guild", name="Elsewhere", bot=False)

    assert (await world.call("GET", f"/guilds/{made['id']}"))[1]["code"] == 50001
    assert [one["name"] for one in (await world.call("GET", "/users/@me/guilds"))[1]] == ["Playground"]


async def test_every_call_needs_the_right_token(world: World, connect: Connect) -> None:
    assert (await world.call("GET", "/users/@me", token=TOKEN))[0] == 200
    status, body, _ = await world.call("GET", "/users/@me", token="wrong")
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})
    bot = await connect()
    async with type(bot)(discord.Intents.none()) as other:
        with pytest.raises(discord.LoginFailure):
            await other.login("wrong")


async def test_an_address_of_a_file_that_is_none_is_not_renewed(world: World) -> None:
    urls = {"attachment_urls": ["https://example.com/x"]}
    _, body, _ = await world.call("POST", "/attachments/refresh-urls", urls)

    assert body["refreshed_urls"] == [{"original": "https://example.com/x", "refreshed": None}]
    assert (await world.call("POST", "/attachments/refresh-urls", {}))[0] == 400


async def test_where_the_gateway_is_needs_no_token(world: World) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{world.api}/gateway") as response:
        assert (await response.json())["url"] == world.server.addresses["gateway"]
