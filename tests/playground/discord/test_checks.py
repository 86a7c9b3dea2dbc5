"""Which messages Discord takes."""

from typing import Any

import pytest

from playground.discord import checks
from playground.discord.errors import Refused
from playground.discord.world import COMPONENTS_V2


def button(custom_id: str = "stop", **more: Any) -> dict[str, Any]:
    return {"type": 2, "custom_id": custom_id, "label": "Stop", "style": 2} | more


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def v2(*texts: str, **more: Any) -> dict[str, Any]:
    return {"flags": COMPONENTS_V2, "components": [{"type": 10, "content": text} for text in texts]} | more


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000},
        {"content": "\N{GRINNING FACE}" * 2000},
        {"content": None},
        {"embeds": [{"description": "x" * 4096}], "nonce": "n" * 25},
        {"components": [row(*(button(f"b{i}") for i in range(5)))] * 1},
        v2("x" * 4000),
    ],
)
def test_what_fits_is_taken(body: dict[str, Any]) -> None:
    checks.message(body)


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2001},
        {"content": "\N{GRINNING FACE}" * 2001},
        {"content": 5},
        {"nonce": "n" * 26},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        {"embeds": [{}] * 11},
        {"components": [row(button())] * 6},
        {"components": [row(*(button(f"b{i}") for i in range(6)))]},
        {"components": [row()]},
        {"components": [button()]},
        {"components": [row(button("same"), button("same"))]},
        {"components": [row(button("x" * 101))]},
        {"components": [row(button(label="x" * 81))]},
        v2("x" * 4001),
        v2(*["x"] * 41),
        v2("x", content="both"),
    ],
)
def test_what_does_not_fit_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        checks.message(body)

    assert refused.value.body()["code"] == 50035


def test_many_wide_characters_in_components_break_discord() -> None:
    with pytest.raises(Refused) as refused:
        checks.message(v2("漢" * 3900))

    assert refused.value.status == 500


def test_buttons_alone_are_no_message() -> None:
    with pytest.raises(Refused, match="50006"):
        checks.not_empty(" \n", ())


@pytest.mark.parametrize(
    "wrong",
    [
        [{"name": "Ask", "description": "d"}],
        [{"name": "two words", "description": "d"}],
        [{"name": "ask", "description": ""}],
        [{"name": "ask", "description": "d"}] * 2,
    ],
)
def test_a_command_that_discord_would_not_register_is_refused(wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(Refused):
        checks.commands(wrong)


def test_a_context_menu_may_have_a_name_with_spaces() -> None:
    checks.commands([{"name": "Ask about this", "type": 3}, {"name": "ask", "description": "d"}])


@pytest.mark.parametrize("raw", [b"{", b"3", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        checks.body(raw)


def test_a_body_may_be_missing_or_a_list() -> None:
    assert checks.body(b"") == {}
    assert checks.body(b"[1]") == {"list": [1]}
