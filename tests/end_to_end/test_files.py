"""Files that people attach, on both platforms: what Claude sees of them, and what is said of those it cannot see."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from core import files
from tests.core.test_files import png
from tests.end_to_end.driver import Playground
from tests.end_to_end.rooms import Discord, Room, Slack, answered

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

PICTURE = png(40, 30)
PAPER = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
FOREIGN = "https://files.example.com/plan.pdf"
FILES: Mapping[str, bytes] = {
    "cat.png": PICTURE,
    "paper.pdf": PAPER,
    "notes.txt": b"Zaphod lives in Oslo.",
    "menu.txt": PICTURE,  # not what it is called
    "dog.png": b"\x7fELF\x02\x01\x01\x00\x00",  # neither
    "long.txt": b"word " * 60_001,
    "plan.pdf": PAPER,
}
READ = ["image", "application/pdf", "text/plain", "image"]


async def on_slack(place: Playground) -> tuple[Room, Mapping[str, Any]]:
    made = [{"name": name, "base64": base64.b64encode(content).decode()} for name, content in FILES.items()]
    return await Slack.opened(place.slack), {"files": _foreign(made)}


async def on_discord(place: Playground) -> tuple[Room, Mapping[str, Any]]:
    made = [{"filename": name, "base64": base64.b64encode(content).decode()} for name, content in FILES.items()]
    return await Discord.opened(place.discord), {"attachments": _foreign(made)}


def _foreign(made: list[dict[str, str]]) -> list[dict[str, str]]:
    return [*made[:-1], {**made[-1], "elsewhere": FOREIGN}]


def kinds(message: Mapping[str, Any]) -> list[str]:
    """What a question holds before its words."""
    *attached, _ = message["content"]
    return [
        one["type"] if one["type"] == "image" else one["source"]["media_type"] for one in attached if "source" in one
    ]


@pytest.mark.parametrize("house", [on_slack, on_discord])
@pytest.mark.usefixtures("slack")
async def test_what_can_be_read_is_seen_and_what_cannot_is_named(place: Playground, house: Any) -> None:
    room, attached = await house(place)

    await room.ask("What is in these?", **attached)
    (version,) = (await answered(room))[-1:]
    await room.ask("And what colour has the cat?")
    await answered(room, 2)

    first, second = await place.asked()
    assert kinds(first[0]) == READ
    assert "Zaphod lives in Oslo." in str(first[0])
    assert base64.b64encode(PICTURE).decode() in str(first[0])
    assert kinds(second[0]) == READ
    for name, advice in (
        ("dog.png", files.STRANGE),
        ("long.txt", files.TOO_LARGE),
        ("plan.pdf", "is not kept"),
    ):
        assert f"“{name}”" in version.text
        assert advice in version.text
    for name in ("cat.png", "paper.pdf", "notes.txt", "menu.txt"):
        assert f"“{name}”:" not in version.text
