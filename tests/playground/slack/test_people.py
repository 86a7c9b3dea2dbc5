"""Who is who: the app itself, members, guests, other teams, other bots."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.anyio


async def test_the_app_learns_who_it_is(client: AsyncWebClient) -> None:
    me = await client.auth_test()

    assert (me["team"], me["team_id"]) == ("Playground", "T0PLAY")
    assert (me["user_id"], me["bot_id"]) == ("U0PARLEY", "B0PARLEY")
    assert "chat:write" in me.headers["X-OAuth-Scopes"]


async def test_a_guest_a_stranger_and_a_bot_can_be_told_from_a_member(client: AsyncWebClient) -> None:
    found = {user: (await client.users_info(user=user))["user"] for user in ("U0ADA", "U0GUEST", "U0OTHER", "U0ROBOT")}

    assert [user["is_restricted"] for user in found.values()] == [False, True, False, False]
    assert [user["is_bot"] for user in found.values()] == [False, False, False, True]
    assert [user["team_id"] for user in found.values()] == ["T0PLAY", "T0PLAY", "T0OTHER", "T0PLAY"]
    assert found["U0OTHER"]["is_stranger"]


async def test_nobody_is_found_by_a_wrong_id(client: AsyncWebClient, refusal: Any) -> None:
    assert await refusal(client.users_info(user="U0NOBODY")) == "user_not_found"
    assert await refusal(client.bots_info(bot="B0NOBODY")) == "bot_not_found"


async def test_a_bot_is_found_by_its_bot_id(client: AsyncWebClient) -> None:
    assert (await client.bots_info(bot="B0ROBOT"))["bot"]["user_id"] == "U0ROBOT"


async def test_the_list_of_users_holds_this_team_only(client: AsyncWebClient) -> None:
    members = (await client.users_list())["members"]

    assert {"U0ADA", "U0PARLEY"} < {member["id"] for member in members}
    assert {member["team_id"] for member in members} == {"T0PLAY"}
