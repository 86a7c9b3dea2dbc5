"""A file that somebody sent, fetched from the platform that keeps it: whole, within its limit, from nowhere else."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

import aiohttp

from core.errors import FileError, Throttled, Uncertain

TRANSFER = aiohttp.ClientTimeout(total=60, sock_read=10)
"""Seconds for a whole file, up or down, and for the next bytes of it."""

_CHUNK = 65_536


def is_kept(url: str, hosts: Collection[str], api_url: str) -> bool:
    """Whether a URL leads to the platform: to one of its `hosts` or below one, over TLS, or to where its API is."""
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
        where, home = (parts.scheme, parts.hostname, parts.port), (api.scheme, api.hostname, api.port)
    except ValueError:
        return False
    host = parts.hostname or ""
    is_known = any(host == known or host.endswith(f".{known}") for known in hosts)
    return where == home or (parts.scheme == "https" and parts.port in {None, 443} and is_known)


async def download(
    session: aiohttp.ClientSession,
    url: str,
    at_most: int,
    keeper: str,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
) -> bytes:
    """The bytes of the file at this URL. Nothing is unpacked, and no redirect is followed.

    Raises FileError when it has more than `at_most`, or when `keeper`, as people call the platform, does not give it;
    Throttled and Uncertain when another try may succeed soon.
    """
    content = bytearray()
    plain = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        async with session.get(url, headers=plain, allow_redirects=False, timeout=TRANSFER, proxy=proxy) as response:
            if response.status == 429:
                raise Throttled("http_429", retry_after=_seconds(response.headers.get("Retry-After", "")))
            if response.status == 408 or response.status >= 500:
                raise Uncertain(f"http_{response.status}")
            if response.status != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
                raise FileError(f"{keeper} did not give me this file. Please try to send it again.")
            async for chunk in response.content.iter_chunked(_CHUNK):
                content += chunk
                if len(content) > at_most:
                    raise FileError("This file is too large for me.")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Uncertain(type(error).__name__) from None
    return bytes(content)


def _seconds(told: str) -> float:
    return float(told) if told.isdecimal() else 0.0
