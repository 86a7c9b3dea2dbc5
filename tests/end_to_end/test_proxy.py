"""Behind a company's proxy, which looks into TLS with a CA of its own: the bot as it is started there."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.driver import Playground, running
from tests.proxies import certify, proxy, tls

pytestmark = pytest.mark.anyio

HOSTS = ("discord.com", "gateway.discord.gg")


async def test_discord_and_its_gateway_are_reached_through_the_proxy(place: Playground, tmp_path: Path) -> None:
    authority, certificate = certify(tmp_path, *HOSTS)
    here = urlsplit(place.discord.addresses["gateway"])
    port, gate = here.port or 0, f"wss://{HOSTS[1]}{here.path}"

    async with (
        tls(port, HOSTS[0], certificate) as api,
        tls(port, HOSTS[1], certificate) as gateway,
        proxy(dict(zip(HOSTS, (api, gateway), strict=True))) as way,
        running(
            "discord",
            place,
            tmp_path,
            DISCORD_API_URL="",
            DISCORD_GATEWAY_URL=gate,
            HTTPS_PROXY=way.address,
            SSL_CERT_FILE=str(authority),
        ),
    ):
        pass

    assert set(way.asked) == {f"CONNECT {host}" for host in HOSTS}
