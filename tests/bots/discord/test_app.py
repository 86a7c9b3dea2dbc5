"""The platform on a Discord of our own: tokens, the gateway's fates, what was missed."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import yarl
from discord.gateway import DiscordWebSocket

from bots.discord import app as apps
from bots.discord.app import Discord, problems_of
from core.contract import Namer, Place
from core.errors import SettingsError
from core.events import Connected, Disconnected, LogEvent, heard_by
from playground.discord import TOKEN
from tests.bots.discord.desk import BOT, GENERAL, GUILD, House, Notebook, at_work, house, until
from tests.proxies import certify, tls

pytestmark = pytest.mark.anyio
HERE = Place("discord", GUILD, GENERAL)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OPEN_PAUSES", (0.01, 0.01))


# The token


async def refusal(platform: Discord) -> str:
    with pytest.raises(SettingsError) as failure:
        await platform.open()
    await platform.close()
    [sentence] = failure.value.problems
    return sentence


async def test_a_wrong_token_is_told_with_its_fix(here: House) -> None:
    assert "DISCORD_TOKEN is not accepted" in await refusal(Discord("wrong", here.api))


async def test_a_missing_intent_is_told_with_its_fix(here: House) -> None:
    said = await refusal(Discord(TOKEN, here.api, message_content=True))

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
        said = await refusal(Discord(TOKEN, f"https://localhost:{port}/api/v10"))

    assert "SSL_CERT_FILE" in said


async def test_an_address_where_nobody_answers_is_told(quick: None) -> None:
    assert "did not answer" in await refusal(Discord(TOKEN, "http://127.0.0.1:9/api/v10"))


async def test_a_discord_that_stumbles_at_first_is_asked_again(here: House, quick: None) -> None:
    here.fail("user.me", 503)
    platform = Discord(TOKEN, here.api)

    await platform.open()
    await platform.close()

    assert platform.rest.bot.user == BOT.user


@pytest.mark.parametrize("fault", [{"do": {"error": "40333"}}, *({"do": no, "via": False} for no in (401, 403, 404))])
async def test_a_bad_minute_at_the_start_does_not_read_as_a_bad_token(
    here: House, quick: None, fault: dict[str, Any]
) -> None:
    here.ground.plan.add([{"method": "user.me", "times": 2, **fault}])

    assert "did not answer" in await refusal(Discord(TOKEN, here.api))


async def test_an_address_that_is_not_the_apis_does_not_read_as_a_bad_token(here: House) -> None:
    assert "DISCORD_API_URL" in await refusal(Discord(TOKEN, f"{here.api}/nowhere"))


async def test_an_address_from_which_too_much_was_called_is_told(here: House, quick: None) -> None:
    here.fail("user.me", 429, via=False, retry_after=0.01, times=2)

    assert "from this machine's address" in await refusal(Discord(TOKEN, here.api))


async def test_screens_need_an_open_platform() -> None:
    with pytest.raises(RuntimeError, match="open"):
        _ = Discord(TOKEN).rest


# Commands


async def test_commands_are_offered_once_and_again_when_they_changed(here: House) -> None:
    for _ in range(2):
        async with at_work(here, Notebook()):
            pass
    assert len(here.calls("command.put")) == 1

    here.ground.world.commands[0][0]["description"] = "Something old"
    async with at_work(here, Notebook()):
        pass
    assert len(here.calls("command.put")) == 2


async def test_a_gateway_without_commands_is_still_listened_to(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OFFER_SECONDS", 0.05)
    here.fail("command.list", 500, times=None)
    inbox = Notebook()
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: inbox.events)

    assert not here.calls("command.put")


async def test_commands_are_offered_once_discord_has_come_back(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OFFER_SECONDS", 0.01)
    monkeypatch.setattr(apps, "OFFER_PAUSES", (0.01, 0.02))
    here.fail("command.list", 503, times=4)
    here.fail("command.put", 503)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))

    assert len(here.calls("command.put")) == 2


# The gateway


async def test_a_first_connect_that_fails_is_tried_again(here: House) -> None:
    platform = Discord(TOKEN, here.api, "ws://127.0.0.1:9/", pause_seconds=0.02)
    await platform.open()
    running = asyncio.create_task(platform.run(Notebook()))
    try:
        await until(lambda: len(here.calls("application.get")) > 2)  # ours, and two of discord.py's
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(here.ground.gateway.address)
        await until(lambda: platform.is_connected)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.close()


async def test_a_rest_that_fails_at_login_is_tried_again(here: House) -> None:
    inbox = Notebook()
    here.fail("application.get", 503, times=2)
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: inbox.events)


async def test_what_stands_before_discord_cannot_end_a_bot_that_runs(here: House) -> None:
    here.fail("user.me", 401, via=False)
    inbox = Notebook()
    async with at_work(here, inbox) as running:
        assert not running.done()
        here.say("why?", mention=True)
        await until(lambda: inbox.events)


async def test_who_identifies_and_loses_the_session_at_once_waits_longer_and_longer(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that discord.py cannot read ends its connection for good, and may come in every session."""
    monkeypatch.setattr(apps, "LONGEST_LISTEN_PAUSE", 0.0)
    platform = Discord(TOKEN, here.api, here.ground.gateway.address, pause_seconds=0.2)
    await platform.open()
    running = asyncio.create_task(platform.run(Notebook()))
    came = list[float]()
    try:
        for _ in range(3):
            await until(lambda: platform.is_connected)
            came.append(time.monotonic())
            here.do("frame", text="no JSON")
            await until(lambda: not platform.is_connected)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.close()

    assert came[2] - came[1] > 0.4


async def test_who_stops_by_itself_complains_of_no_connection(here: House) -> None:
    told: list[LogEvent] = []
    with heard_by(told.append):
        async with at_work(here, Notebook()):
            here.do("drop")
            await until(lambda: any(isinstance(one, Disconnected) for one in told))
            await until(lambda: isinstance(told[-1], Connected))

    assert [type(one) for one in told] == [Connected, Disconnected, Connected]


@pytest.mark.parametrize("verb", ["op7", "drop"])
async def test_a_lost_connection_is_mended_and_what_was_missed_is_heard(here: House, verb: str) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
        here.do(verb)
        here.say("while you were gone", mention=True)
        await until(lambda: inbox.events)

    assert inbox.texts == ["while you were gone"]
    assert "resume" in [one["event"] for one in here.records("connections")]


async def test_a_token_that_was_reset_ends_it_with_a_sentence(here: House) -> None:
    async with at_work(here, Notebook()) as running:
        here.do("close", code=4004)
        await until(running.done)

    with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
        running.result()


async def test_a_bot_that_has_outgrown_one_connection_ends_with_a_sentence(here: House) -> None:
    async with at_work(here, Notebook()) as running:
        here.do("close", code=4011)
        await until(running.done)

    with pytest.raises(SettingsError, match="DISCORD_SHARDS=auto"):
        running.result()


async def test_an_intent_that_was_taken_away_ends_it_with_a_sentence() -> None:
    async with house(content=True) as here:
        here.ground.config = type(here.ground.config)(limits={})
        async with at_work(here, Notebook()) as running:
            await until(running.done)

        with pytest.raises(SettingsError, match="DISCORD_MESSAGE_CONTENT"):
            running.result()


async def test_a_close_for_good_is_noted_by_its_number_and_followed_by_a_new_connection(
    here: House, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
        here.do("close", code=4013)
        await until(lambda: not here.platform.is_connected)
        await until(lambda: here.platform.is_connected)
        here.say("why?", mention=True)
        await until(lambda: inbox.events)

    assert "code=closed_4013" in caplog.text


async def test_screens_work_on_after_the_listening_has_ended(here: House) -> None:
    async with at_work(here, Notebook()):
        pass

    await here.platform.rest.typing(GENERAL)
    assert here.records("typing")


async def test_it_has_no_other_names_for_files(here: House) -> None:
    assert not isinstance(here.platform, Namer)


async def test_the_last_frame_is_dated(here: House) -> None:
    assert here.platform.last_frame_at == 0
    async with at_work(here, Notebook()):
        here.say("why?", mention=True)
        await until(lambda: here.platform.last_frame_at)

    assert time.time() - here.platform.last_frame_at < 5
