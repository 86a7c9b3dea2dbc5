"""What a model that was turned against us might write, and what of it would do harm on a platform. No I/O."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from bots.discord import looks
from bots.discord.screen import SIZE as DISCORD_SIZE
from bots.discord.screen import content
from bots.slack import markup
from bots.slack.screen import SIZE as SLACK_SIZE
from bots.slack.screen import message
from core.contract import Action, Page
from core.text import Cutter
from playground.discord.mentions import allowed, pings
from tests.privacy.reading import hidden

ASKER, EVIL = "U0ADA12345", "evil.example"
PINGS = (
    "<@U0BEN12345>",
    "<@U0BEN12345|ada>",
    "<@w0ben12345>",
    "<!here>",
    "<!channel>",
    "<!EVERYONE|x>",
    "<!subteam^S1|t>",
    "<#C0SECRET12>",
    "<!date^1^{date}|x>",
    "@everyone",
    "@here",
    "@channel",
    "<@1400000000000000041>",
    "<@!1400000000000000041>",
    "<@&1400000000000000050>",
    "<#1400000000000000030>",
    "&lt;@U0BEN12345&gt;",
    "@\u200beveryone",
    "@every\u00adone",
)
LINKS = (
    f"[click](https://{EVIL}/?q=secret)",
    f"![x](https://{EVIL}/x.png)",
    f"![](https://{EVIL})",
    f"<https://{EVIL}|bank.example>",
    f"[bank.example](https://bank.example@{EVIL}/)",
    f"[x]: https://{EVIL}",
    "[x][x]",
    f"[a](https:\\/\\/{EVIL})",
    f"[a](//{EVIL})",
    "[a](javascript:alert(1))",
    f"[a](https://bank.example&#46;{EVIL})",
    f"https://{EVIL}/?q=secret",
    f'<img src="https://{EVIL}/x.png">',
    f'<a href="https://{EVIL}">bank</a>',
    f"[![x](https://{EVIL}/x.png)](https://{EVIL})",
    "https://discord.gg/evil",
)
UNSEEN = (
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\x07",
    "\x1b[31m",
    "\U000e0041\U000e0042",
    "\u00ad",
    "\ud800",
    "\u2028",
)
MARKS = (
    "`",
    "``",
    "```",
    "```js\n",
    "~~~",
    "~~~\n",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "    ",
    "# ",
    "|",
    "\n| a | b |\n|---|---|\n",
    "| 1 | 2 |\n",
    "**",
    "__",
    "*",
    "~~",
    "||",
    "\\",
    "<",
    ">",
    "&",
    "[",
    "](",
    ")",
    "<pre>",
    "</pre>",
    "<!--",
    "-->",
    "---\n",
)
WORDS = ("word", "a longer run of words, as people write them. ", "漢字", "👩‍👩‍👧", "x" * 300, "word " * 120)


def output(random: Random) -> list[str]:
    """An answer as the pieces that it comes in, cut where it hurts."""
    kinds = (PINGS, LINKS, UNSEEN, MARKS, MARKS, WORDS)
    text = "".join(random.choice(random.choice(kinds)) for _ in range(random.randint(3, 40)))
    cuts = sorted({0, len(text), *(random.randint(0, len(text)) for _ in range(random.randint(1, 4)))})
    return [text[start:end] for start, end in pairwise(cuts)]


def edits(pieces: Sequence[str], size: int, measure: Any) -> Iterator[Page]:
    """Every message of every edit, as the screen is given them."""
    cutter, text = Cutter(size, measure), ""
    for place, piece in enumerate(pieces):
        text += piece
        yield from cutter.cut(text, final=place == len(pieces) - 1)


# What would do harm

_SLACK_PING = re.compile(rf"<(?:#\w|!(?:here|channel|everyone|group|subteam|date)\b|@(?!{ASKER}[|>])\w)", re.IGNORECASE)
_SLACK_LINK = re.compile(r"<[a-z][a-z0-9+.-]*:[^<>\n]*\|", re.IGNORECASE)
_DISCORD_PING = re.compile(r"<@[!&]?\d|@(?:everyone|here)(?![^\W_]|[/.-]\w)")  # none in a package's name or an address
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]|[\U000e0000-\U000e007f]"
)
_MASKED = re.compile(r"\[([^\]\n]*)\]\(<?(https?://[^\s)>]*)")
_CODE = re.compile(r"```.*?(?:```|\Z)|(`+)(?!`)[^`]+\1(?!`)", re.DOTALL)


def on_slack(page: Page) -> Iterator[str]:
    """The kinds of harm that a message would do there: ping, preview, escape."""
    sent: Mapping[str, Any] = message(page.text, ASKER, (Action.STOP,), "turn")
    shown = "".join(block["text"] for block in sent["blocks"] if block["type"] == "markdown")
    if _SLACK_PING.search(shown) or "<" in sent["text"] or sent["parse"] != "none" or sent["link_names"]:
        yield "ping"
    if (
        sent["unfurl_links"]
        or sent["unfurl_media"]
        or {block["type"] for block in sent["blocks"]} - {"markdown", "actions"}
    ):
        yield "preview"
    if _UNSEEN.search(shown) or _units(shown) > 12_000 or _units(shown) + _units(sent["text"]) > 13_200:
        yield "escape"
    if _SLACK_LINK.search(shown):
        yield "escape"
    if ("](" in shown or "]:" in shown or "<" in shown) and hidden(shown):
        yield "escape"


def on_discord(page: Page) -> Iterator[str]:
    sent: Mapping[str, Any] = content(page.text, (Action.STOP,), "turn")
    shown = sent["content"]
    rung = pings(shown, allowed(sent["allowed_mentions"]), replied_to=1)
    if rung.everyone or rung.users or rung.roles or _DISCORD_PING.search(shown):
        yield "ping"
    if not sent["flags"] & 4 or "embeds" in sent or "attachments" in sent:
        yield "preview"
    if _UNSEEN.search(shown) or len(shown) > DISCORD_SIZE or any(map(_hides, _MASKED.findall(_CODE.sub("", shown)))):
        yield "escape"


def _hides(link: tuple[str, str]) -> bool:
    label, address = link
    host = re.sub(r"^https?://(?:[^/?#]*@)?", "", address).partition("/")[0].partition("?")[0]
    return host.removeprefix("www.") not in label


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def harm(pieces: Sequence[str]) -> Iterator[str]:
    """All that this output would do, at any of its edits, on either platform."""
    for page in edits(pieces, SLACK_SIZE, markup.measure):
        yield from on_slack(page)
    for page in edits(pieces, DISCORD_SIZE, looks.measure):
        yield from on_discord(page)
