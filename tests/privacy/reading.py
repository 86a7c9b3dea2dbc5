"""How others read Markdown: the links whose host nobody sees, the images, in each dialect of CommonMark. No I/O."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

READERS = (
    MarkdownIt("commonmark"),
    MarkdownIt("commonmark").enable(["table", "strikethrough"]),
    MarkdownIt("js-default", {"html": False}),
)


def hidden(markdown: str) -> list[str]:
    """The addresses of links that some reader makes of the text without showing where they lead."""
    return [found for reader in READERS for found in _hidden(_inlines(reader.parse(markdown)))]


def images(markdown: str) -> list[str]:
    """The addresses of images that some reader would fetch."""
    tokens = (token for reader in READERS for token in _inlines(reader.parse(markdown)))
    return [str(token.attrs["src"]) for token in tokens if token.type == "image"]


def _inlines(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _inlines(token.children or ())


def _hidden(tokens: Iterator[Token]) -> Iterator[str]:
    href, label = "", ""
    for token in tokens:
        if token.type == "link_open" and token.info != "auto":
            href, label = str(token.attrs["href"]), ""
        elif token.type == "link_close":
            if not _is_shown(href, label):
                yield href
            href = ""
        elif href:
            label += token.content if not token.children else ""


def _is_shown(href: str, label: str) -> bool:
    """Whether the label names the host, or the link leads nowhere."""
    parts = urlsplit(unescape(href).replace("\\", "/"))
    if not parts.scheme and not parts.netloc:
        return True
    host = (parts.hostname or "").removeprefix("www.") or parts.hostname or ""
    return bool(host) and bool(re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", _readable(label)))


def _readable(label: str) -> str:
    return re.sub(r"(?<![\w.-])www\.(?=\w)", "", label.lower())
