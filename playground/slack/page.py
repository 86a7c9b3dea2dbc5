"""The page at `/`, where a person reads the channels and writes into them."""

import secrets
from importlib.resources import files

from aiohttp import web

PAGE = files(__package__).joinpath("page.html")


async def page(request: web.Request) -> web.Response:
    """One file; only its own script runs, and it talks to this server alone."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    text = PAGE.read_text(encoding="utf-8").replace("NONCE", nonce)
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})
