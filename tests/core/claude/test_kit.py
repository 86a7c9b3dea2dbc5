"""The tools of one answer, and which of them it goes on without."""

import pytest

from core.claude import ending
from core.claude.failures import DOWN, Failure, judged
from core.claude.kit import Kit
from core.dialogue import Tool
from core.events import ToolsLeftOut
from core.telling import Slug


async def ours(_: object) -> str:
    return ""


CLOCK, SEARCH = Tool("clock", {}, run=ours), Tool("web_search", {})
WIKI, DOCS, DESK = (Tool(name, {}, server={"name": name}) for name in ("wiki", "docs", "desk"))
WHOLE = Kit((CLOCK, SEARCH, WIKI, DOCS, DESK))
UNNAMED = judged(400, {"message": "Connection error while communicating with MCP server."})
UNTAKEN = judged(400, {"message": "Invalid authorization token for MCP server 'docs'."})
ODD = judged(400, {"type": "invalid_request_error", "message": "No."})


def after(*found: Failure) -> Kit:
    """The kit after these failures."""
    kit = WHOLE
    for failure in found:
        kit = kit.without_server(failure) or kit
    return kit


@pytest.mark.parametrize(
    ("found", "gone"),
    [
        ([], ()),
        ([UNTAKEN], (DOCS,)),
        ([UNNAMED], (WIKI,)),
        ([UNNAMED, UNNAMED], (DOCS,)),
        ([UNNAMED] * 3, (DESK,)),
        ([UNNAMED] * 4, (WIKI, DOCS, DESK)),
        ([UNNAMED] * 5, (WIKI, DOCS, DESK)),
        ([UNNAMED, UNTAKEN], (WIKI, DOCS)),
        ([UNNAMED, UNTAKEN, UNNAMED], (DOCS, DESK)),
    ],
)
def test_a_server_is_left_alone_and_given_back_where_it_was_not_the_reason(
    found: list[Failure], gone: tuple[Tool, ...]
) -> None:
    kit = after(*found)

    assert kit.gone == kit.down == gone
    assert kit.tools == tuple(tool for tool in WHOLE.whole if tool not in gone)


def test_without_servers_there_is_nothing_to_do_without() -> None:
    assert Kit((CLOCK, SEARCH)).without_server(UNNAMED) is None
    assert Kit((CLOCK,)).unaided(ODD) is None
    assert WHOLE.without((), DOWN) is None


def test_who_is_left_without_a_name_is_not_the_reason() -> None:
    kit = WHOLE.unaided(ODD)

    assert kit is not None
    assert (kit.tools, kit.down) == ((CLOCK,), ())
    assert kit.left_out == ToolsLeftOut(code=Slug("invalid_request_error"), tools=4)
    assert kit.note == ending.UNAIDED


def test_only_what_is_gone_is_told() -> None:
    assert (WHOLE.note, WHOLE.left_out) == ("", None)
    assert after(UNTAKEN).note == ending.without_servers(["docs"])
    assert after(*[UNNAMED] * 4).note == ending.SERVERLESS
