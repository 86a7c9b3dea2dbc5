"""What keeps the bot from its work is told with its fix."""

from pathlib import Path
from typing import Any

import pytest

from bots.discord import portal
from bots.discord.app import Discord
from bots.discord.portal import problems_of
from core.errors import SettingsError
from playground.discord import TOKEN
from tests.bots.discord.desk import BOT, House
from tests.proxies import certify, tls

pytestmark = pytest.mark.anyio
GATEWAY = "ws://127.0.0.1:9/"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "OPEN_PAUSES", (0.01, 0.01))


async def refusal(platform: Discord) -> str:
    with pytest.raises(SettingsError) as failure:
        await platform.open()
    await platform.close()
    [sentence] = failure.value.problems
    return sentence


async def test_a_wrong_token_is_told_with_its_fix(here: House) -> None:
    assert "DISCORD_TOKEN is not accepted" in await refusal(Discord("wrong", here.api, GATEWAY))


async def test_a_missing_intent_is_told_with_its_fix(here: House) -> None:
    said = await refusal(Discord(TOKEN, here.api, GATEWAY, message_content=True))

    assert "DISCORD_MESSAGE_CONTENT" in said
    assert "developer portal" in said


async def test_an_application_whose_commands_go_elsewhere_is_told() -> None:
    elsewhere = problems_of({"flags": 1 << 18, "interactions_endpoint_url": "https://a.example"}, wants_content=True)

    assert len(elsewhere) == 1
    assert "Interactions Endpoint URL" in elsewhere[0]
    assert problems_of({"flags": 1 << 19, "interactions_endpoint_url": None}, wants_content=True) == []
    assert len(problems_of({}, wants_content=True)) == 1


async def test_a_certificate_that_nobody_trusts_is_told_with_its_fix(tmp_path: Path) -> None:
    _, certificate = certify(tmp_path, "localhost")

    async with tls(9, "localhost", certificate) as port:
        said = await refusal(Discord(TOKEN, f"https://localhost:{port}/api/v10", GATEWAY))

    assert "SSL_CERT_FILE" in said


async def test_an_address_where_nobody_answers_is_told(quick: None) -> None:
    assert "did not answer" in await refusal(Discord(TOKEN, "http://127.0.0.1:9/api/v10", GATEWAY))


async def test_a_discord_that_stumbles_at_first_is_asked_again(here: House, quick: None) -> None:
    here.fail("user.me", 503)
    platform = Discord(TOKEN, here.api, GATEWAY)

    await platform.open()
    await platform.close()

    assert platform.rest.bot.user == BOT.user


@pytest.mark.parametrize("fault", [{"do": {"error": "40333"}}, *({"do": no, "via": False} for no in (401, 403, 404))])
async def test_a_bad_minute_at_the_start_does_not_read_as_a_bad_token(
    here: House, quick: None, fault: dict[str, Any]
) -> None:
    here.ground.plan.add([{"method": "user.me", "times": 2, **fault}])

    assert "did not answer" in await refusal(Discord(TOKEN, here.api, GATEWAY))


async def test_an_address_that_is_not_the_apis_does_not_read_as_a_bad_token(here: House, quick: None) -> None:
    assert "DISCORD_API_URL" in await refusal(Discord(TOKEN, f"{here.api}/nowhere", GATEWAY))


async def test_an_address_from_which_too_much_was_called_is_told(here: House, quick: None) -> None:
    here.fail("user.me", 429, via=False, retry_after=0.01, times=2)

    assert "from this machine's address" in await refusal(Discord(TOKEN, here.api, GATEWAY))
