"""Who may speak to a server of the playground: programs of this machine, and pages of its own."""

from aiohttp import web
from aiohttp.typedefs import Handler


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of somebody else's, open in a browser here, can neither write nor read, whatever it calls our address."""
    at_home = request.host.rpartition(":")[0] in ("127.0.0.1", "localhost")
    if not at_home or request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        raise web.HTTPForbidden
    return await handler(request)
