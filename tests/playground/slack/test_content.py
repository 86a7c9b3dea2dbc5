"""Content: the sizes that Slack accepts and refuses, to the character."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.slack import content
from playground.slack.arguments import Arguments
from playground.slack.content import read
from playground.slack.errors import Refused

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"


def refused(**given: Any) -> str:
    try:
        read(Arguments(given))
    except Refused as refusal:
        return refusal.code
    return ""


def markdown(length: int) -> dict[str, Any]:
    return {"type": "markdown", "text": "x" * length}


def drawn(text: str) -> dict[str, Any]:
    return {"type": "markdown", "text": text}


def section(length: int) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Stop"}, "action_id": "stop"} | more


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"text": "hi"}, ""),
        ({"text": "  "}, "no_text"),
        ({}, "no_text"),
        ({"blocks": []}, "no_text"),
        ({"blocks": "not json"}, "invalid_blocks_format"),
        ({"blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"blocks": ["divider"]}, "invalid_blocks_format"),
        ({"blocks": [{"type": "unheard_of"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}] * 50}, ""),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "divider", "block_id": "a"}] * 2}, "invalid_blocks"),
        ({"blocks": [markdown(12_000)]}, ""),
        ({"blocks": [markdown(12_001)]}, "invalid_blocks"),
        ({"blocks": [markdown(6_000), markdown(6_001)]}, "msg_blocks_too_long"),
        ({"blocks": [markdown(12_000), section(1_201)]}, "msg_blocks_too_long"),
        ({"blocks": [markdown(0)]}, "invalid_blocks"),
        ({"blocks": [{"type": "markdown"}]}, "invalid_blocks"),
        ({"blocks": [section(3_000)]}, ""),
        ({"blocks": [section(3_001)]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "invalid_blocks"),
        ({"blocks": [actions(button())]}, ""),
        ({"blocks": [actions()]}, "invalid_blocks"),
        ({"blocks": [actions(*(button(action_id=str(n)) for n in range(26)))]}, "invalid_blocks"),
        ({"blocks": [actions(button(), button())]}, "invalid_blocks"),
        ({"blocks": [actions(button(value="x" * 2_001))]}, "invalid_blocks"),
        ({"blocks": [actions(button(text={"type": "plain_text", "text": "x" * 76}))]}, "invalid_blocks"),
        ({"blocks": [actions(button(text={"type": "mrkdwn", "text": "x"}))]}, "invalid_blocks"),
        ({"blocks": [drawn(TABLE), drawn(f"```\n{TABLE}```")]}, ""),
        ({"blocks": [drawn(TABLE), drawn(TABLE)]}, "invalid_attachments"),
        ({"blocks": [drawn(TABLE), {"type": "table", "rows": []}]}, "invalid_attachments"),
        ({"markdown_text": f"{TABLE}\n{TABLE}"}, "invalid_attachments"),
        ({"blocks": [drawn("# One\n\nand this\n\n" * 25)]}, ""),
        ({"blocks": [drawn("# One\n\nand this\n\n" * 25), actions(button())]}, "invalid_blocks"),
        ({"blocks": [drawn("and this\n\n---\n\n" * 26)]}, "invalid_blocks"),
        ({"blocks": [drawn("- an item\n\n> # quoted\n\n```\n# code\n```\n\n" * 60)]}, ""),
        ({"markdown_text": "x" * 12_000}, ""),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "metadata": {"event_type": "a", "event_payload": {}}}, ""),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "a", "event_payload": {"x": "y" * 9_000}}}, "metadata_too_large"),
    ],
)
def test_what_is_taken_and_what_is_refused(given: dict[str, Any], error: str) -> None:
    assert refused(**given) == error


def test_a_refusal_points_at_the_place() -> None:
    with pytest.raises(Refused) as caught:
        read(Arguments({"blocks": [{"type": "divider"}, section(3_001)]}))

    assert caught.value.more["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/1/text/text]"]


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=10))
def test_blocks_mean_the_same_as_json_text_and_as_value(parts: list[str]) -> None:
    blocks = [{"type": "markdown", "text": part} for part in parts]

    assert read(Arguments({"blocks": blocks})) == read(Arguments({"blocks": json.dumps(blocks)}))


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=10))
def test_what_is_shown_holds_every_text_of_the_blocks_in_order(parts: list[str]) -> None:
    blocks = tuple({"type": "markdown", "text": part} for part in parts)

    assert content.shown("fallback", blocks) == "\n".join(parts)
    assert list(content.texts(blocks)) == parts


def test_a_button_is_found_in_actions_and_beside_a_section() -> None:
    blocks = [actions(button(action_id="a")) | {"block_id": "x"}, section(1) | {"accessory": button(action_id="b")}]

    assert [(where, found["action_id"]) for where, found in content.buttons(blocks)] == [("x", "a"), ("", "b")]
