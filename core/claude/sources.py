"""Where on the web an answer's words come from, as links below it. No I/O.

What is on the web was written by anybody: of an address only what leads somewhere in the open is shown, with its host.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

MOST: Final = 5
LONGEST: Final = 200  # characters of an address, so that all of them fit a message beside other notes
_PLAIN: Final = ":/?#@!$&',;=%~+-._"  # of an address; what could end a link or begin emphasis is written as %28


def of(citations: Iterable[object]) -> tuple[str, ...]:
    """The addresses that a message cites, each once, in their order."""
    urls = (citation.get("url") for citation in citations if isinstance(citation, Mapping))
    return tuple(dict.fromkeys(url for url in urls if isinstance(url, str) and _host(url)))


def told(urls: Iterable[str]) -> str:
    """A sentence below an answer, "" when there is nothing to tell."""
    links = [
        f"[{_host(url)}]({address})" for url in urls if len(address := quote(url, _PLAIN, errors="replace")) <= LONGEST
    ]
    more = f" and {len(links) - MOST} more" if len(links) > MOST else ""
    return f"Sources: {', '.join(links[:MOST])}{more}." if links else ""


def _host(url: str) -> str:
    """In letters that cannot look like others; "" for an address that hides it, or is none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    return host if parts.scheme in ("http", "https") and "@" not in parts.netloc and "." in host else ""
