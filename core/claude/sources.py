"""Where on the web an answer's words come from, as links below it. No I/O.

What is on the web was written by anybody: of an address only what leads somewhere in the open is shown, with its host.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeGuard
from urllib.parse import quote, urlsplit

MOST: Final = 5
LONGEST: Final = 200  # characters of a link, so that all of them fit a message beside other notes
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_PLAIN: Final = ":/?#@!$&',;=%~+-._"  # of an address; what could end a link or begin emphasis is written as %28


def of(found: Iterable[object]) -> tuple[str, ...]:
    """The addresses of what a message cites or read, each once, in their order, as a link takes them."""
    urls = (one.get("url") for one in found if isinstance(one, Mapping))
    return tuple(dict.fromkeys(filter(None, map(_address, filter(_is_text, urls)))))


def told(addresses: Iterable[str]) -> str:
    """A sentence below an answer, "" when there is nothing to tell."""
    links = [f"[{urlsplit(address).hostname}]({address})" for address in addresses]
    more = f" and {len(links) - MOST} more" if len(links) > MOST else ""
    return f"Sources: {', '.join(links[:MOST])}{more}." if links else ""


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _address(url: str) -> str:
    """Its host in letters that cannot look like others; "" for one that hides it, is endless, or is no address."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    whole = parts._replace(netloc=f"{host}:{port}" if port else host).geturl()
    address = quote(whole, _PLAIN, errors="replace")
    return address if len(address) + len(host) <= LONGEST else ""
