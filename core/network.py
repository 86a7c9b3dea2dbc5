"""What a company puts between this machine and the world: a proxy, and certificates of its own."""

import os
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # it is there

from core.logs import CHAIN

UNTRUSTED = (
    "{} shows a certificate that is not trusted here: check this machine's clock, or set SSL_CERT_FILE to a file with "
    "all the CAs to trust, your company's too, in the environment (only with Docker in .env)."
)
CERTIFICATE = frozenset(("ClientConnectorCertificateError", "SSLCertVerificationError"))
"""What aiohttp, and what Python, raises for such a certificate."""
_HERE = frozenset(("127.0.0.1", "localhost", "::1"))


def proxy_for(url: str) -> str | None:
    """The proxy that leads there, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; None: none does, nor ever to this machine.

    aiohttp could look it up by itself, but does so for each request, in a thread, and reads passwords from ~/.netrc.
    """
    parts, named = urlsplit(url), getproxies_environment()
    found = named.get(parts.scheme)
    host = parts.hostname or ""
    if not found or host in _HERE or proxy_bypass_environment(host, named):
        return None
    return found if "://" in found else f"http://{found}"


def unfit_proxies() -> tuple[str, ...]:
    """A sentence for each of the two settings that names a proxy of a kind that nobody here can talk to."""
    named = getproxies_environment()
    kinds = {name: named.get(name, "").rpartition("://")[0] for name in ("https", "http")}
    return tuple(
        f"{name.upper()}_PROXY names a proxy of a kind that Parley does not know: it must begin with http:// or https://."
        for name, kind in kinds.items()
        if kind.lower() not in ("", "http", "https")
    )


def unfit_certificates() -> tuple[str, ...]:
    """A sentence where SSL_CERT_FILE names no certificates: then nobody's is trusted, and Claude is not even asked."""
    chosen = os.environ.get("SSL_CERT_FILE")
    if not chosen:
        return ()  # the system's own take 20 ms to read, and nobody can mistype their name
    try:
        ssl.create_default_context(cafile=chosen)
    except OSError:  # also what ssl raises
        return (
            "SSL_CERT_FILE names no file of certificates that this user can read: correct it, or leave it out (with "
            "Docker, mount the file).",
        )
    return ()


def is_untrusted(error: BaseException) -> bool:
    """Whether it came of a certificate that nobody here trusts."""
    link: BaseException | None = error
    for _ in range(CHAIN):
        if link is None or isinstance(link, ssl.SSLCertVerificationError):
            break
        link = link.__cause__ or link.__context__
    return isinstance(link, ssl.SSLCertVerificationError)
