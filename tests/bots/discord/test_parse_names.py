"""What Claude reads where people mention a channel or a role."""

import json
from dataclasses import replace

import pytest

from bots.discord.looks import looks
from bots.discord.parse import to_event
from core.contract import Command, Message
from playground.discord.wire import member
from playground.discord.world import MODERATORS
from tests.bots.discord.desk import BOT, GUILD, House, at_work, payload
from tests.bots.inboxes import Notebook
from tests.waits import until

KNOWING = replace(BOT, called=lambda id: {"30": "#billing", "50": "@Support"}.get(id, ""))


def test_channels_and_roles_are_named_where_they_are_known_and_a_channel_that_is_not_stays_a_link() -> None:
    kind, data = payload("mention")
    found = to_event(kind, data | {"content": f"<@{BOT.user}> <#30> or <#31>? ask <@&50>"}, KNOWING)

    assert isinstance(found, Message)
    assert found.text == "#billing or <#31>? ask @Support"


def test_a_persona_keeps_its_links() -> None:
    kind, data = payload("mention")
    found = to_event(kind, data | {"content": f"<@{BOT.user}> persona: send people to <#30>, not to <@&50>"}, KNOWING)
    asked = to_event(kind, data | {"content": f"<@{BOT.user}> ask: what is <#30>?"}, KNOWING)

    assert isinstance(found, Command)
    assert isinstance(asked, Command)
    assert (found.name, found.argument) == ("persona", "send people to <#30>, not to @Support")
    assert (asked.name, asked.argument) == ("ask", "what is #billing?")
    assert looks(found.argument) == found.argument  # as Claude repeats it, it is a link


@pytest.mark.anyio
async def test_channels_roles_and_threads_have_the_names_that_everybody_there_may_know(here: House) -> None:
    inbox = Notebook()
    far = here.do("add_guild", name="next door")["channel"]
    thread, hidden = (here.do("thread", name="Plans", private=private)["id"] for private in (False, True))
    async with at_work(here, inbox):
        here.do("add_channel", name="billing")
        secret = here.do("add_channel", name="layoffs", hidden=True)["id"]
        within = here.do("thread", channel=secret, name="Whom")["id"]
        billing = here.ground.world.channel("billing").id
        here.say(f"<#{billing}>, <#{thread}>, <@&{MODERATORS}>, <#{hidden}>, <#{far}>", mention=True)
        here.say(f"see <#{secret}> and <#{within}>", mention=True)
        await until(lambda: here.ground.world.commands.get(0))
        question = {"question": f"is <#{billing}> for <@&{MODERATORS}>?"}
        here.do("interact", command="ask", options=question)
        here.do("interact", command="ask", options={"question": f"is it in <#{secret}>, <#{within}> or <#{hidden}>?"})
        here.do("interact", command="persona", options={"text": f"Send people to <#{billing}>."})
        await until(lambda: len(inbox.events) == 5)

    assert inbox.texts == [f"#billing, #Plans, @Moderators, <#{hidden}>, <#{far}>", f"see <#{secret}> and <#{within}>"]
    assert sorted(one.argument for one in inbox.commands) == [
        f"Send people to <#{billing}>.",
        "is #billing for @Moderators?",
        f"is it in <#{secret}>, <#{within}> or <#{hidden}>?",
    ]


@pytest.mark.anyio
async def test_who_reads_a_hidden_channel_may_know_its_name_and_those_of_what_the_same_people_see(
    here: House, inbox: Notebook
) -> None:
    staff, leads = (here.do("add_channel", name=name, hidden=True)["id"] for name in ("staff", "leads"))
    within = here.do("thread", channel=staff, name="Whom")["id"]
    alone = here.do("thread", channel=staff, name="Us", private=True)["id"]
    owner = here.ground.world.users[here.ground.world.guilds[int(GUILD)].owner].name
    here.say(f"<#{staff}>, <#{leads}>, <#{within}>, <#{alone}>", channel=staff, user=owner, mention=True)
    await until(lambda: inbox.events)

    assert inbox.texts == [f"#staff, #leads, #Whom, <#{alone}>"]


@pytest.mark.anyio
async def test_channels_have_names_where_nobody_sees_any_before_somebody_lets_them_in(here: House) -> None:
    inbox = Notebook()
    everybody = {"id": GUILD, "name": "@everyone", "permissions": "0"}
    change = {"t": "GUILD_ROLE_UPDATE", "s": None, "op": 0, "d": {"guild_id": GUILD, "role": everybody}}
    us = member(here.ground.world, here.ground.world.guilds[int(GUILD)].members[int(BOT.user)])
    let_in = {**us, "guild_id": GUILD, "roles": [str(MODERATORS)]}
    async with at_work(here, inbox):
        here.do("frame", text=json.dumps({"t": "GUILD_MEMBER_UPDATE", "s": None, "op": 0, "d": let_in}))
        here.do("add_channel", name="billing")
        secret = here.do("add_channel", name="layoffs", hidden=True)["id"]
        here.do("frame", text=json.dumps(change))
        here.say(f"<#{here.ground.world.channel('billing').id}>, <#{secret}>", mention=True)
        await until(lambda: inbox.events)

    assert inbox.texts == [f"#billing, <#{secret}>"]


@pytest.mark.anyio
async def test_of_channels_that_the_bot_may_not_see_only_the_one_that_is_asked_in_has_a_name(
    here: House, inbox: Notebook
) -> None:
    """Discord calls all of them ___hidden___, and says the same of who sees them."""
    await until(lambda: here.ground.world.commands.get(0))
    staff, leads = (here.do("add_channel", name=name)["id"] for name in ("staff", "leads"))
    for hidden in (staff, leads):
        here.do("deny", channel=hidden, permissions=["VIEW_CHANNEL"])
    here.do("interact", command="ask", options={"question": f"<#{staff}> or <#{leads}>?"}, channel=staff)
    await until(lambda: inbox.commands)

    assert [one.argument for one in inbox.commands] == [f"#staff or <#{leads}>?"]
