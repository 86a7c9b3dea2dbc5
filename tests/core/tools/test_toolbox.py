"""TOOLS and MCP_SERVERS: what is on, what is wrong."""

import json

import pytest

from core.errors import SettingsError
from core.tools import toolbox
from core.tools.builtin import BY_THE_API, FUNCTIONS
from tests.core.tools.test_making import AROUND


def test_nothing_is_on_unless_it_is_named() -> None:
    assert toolbox([]).tools(AROUND) == ()


def test_what_is_named_is_on_in_the_same_order_however_it_was_named() -> None:
    one = toolbox(["web_search", "current_time", "web_search"]).tools(AROUND)
    two = toolbox(["current_time", "web_search"]).tools(AROUND)

    assert [tool.name for tool in one] == [tool.name for tool in two] == ["current_time", "web_search"]
    assert json.dumps([tool.spec for tool in one]) == json.dumps([tool.spec for tool in two])


def test_what_claude_must_know_of_a_tool_is_said_where_that_is_on() -> None:
    assert toolbox(["current_time", "web_search"]).hints == ()
    (hint,) = toolbox(["code_execution"]).hints
    assert "Files that it writes reach nobody" in hint


def test_a_tool_that_does_not_exist_is_told_with_what_may_be_meant() -> None:
    with pytest.raises(SettingsError) as told:
        toolbox(["websearch", "zzz"], "http://insecure")
    there = [*(function.__name__ for function in FUNCTIONS), *(tool.name for tool in BY_THE_API)]

    assert told.value.problems[0] == "TOOLS: there is no tool websearch. Did you mean web_search?"
    assert f"Choose from {', '.join(there)}." in told.value.problems[1]
    assert told.value.problems[2].startswith("MCP_SERVERS: write https addresses")


def test_an_mcp_server_is_an_address_or_an_address_with_a_name_and_a_token() -> None:
    (plain,) = toolbox([], "https://mcp.example.com/sse").tools(AROUND)
    (named,) = toolbox([], '[{"name": "wiki", "url": "https://w.example", "authorization_token": "s3cret"}]').tools(
        AROUND
    )

    assert plain.spec == {"type": "mcp_toolset", "mcp_server_name": "mcp-example-com"}
    assert plain.server == {"type": "url", "url": "https://mcp.example.com/sse", "name": "mcp-example-com"}
    assert named.server == {"type": "url", "url": "https://w.example", "name": "wiki", "authorization_token": "s3cret"}
    assert "s3cret" not in repr(named)
    assert "s3cret" not in repr(toolbox([], '[{"url": "https://w.example", "authorization_token": "s3cret"}]'))


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_several_mcp_servers_stand_with_spaces_or_commas_between(between: str) -> None:
    tools = toolbox([], between.join(("https://a.example/x,y", "https://b.example/mcp", ""))).tools(AROUND)

    assert [tool.server and tool.server["url"] for tool in tools] == ["https://a.example/x,y", "https://b.example/mcp"]


def test_two_servers_of_one_host_have_two_names() -> None:
    first, second, third = toolbox([], "https://a.example/one https://a.example/two https://a.example/three").others

    assert [one.name for one in (first, second, third)] == ["a-example", "a-example-2", "a-example-3"]
    assert second.spec["mcp_server_name"] == (second.server or {})["name"] == "a-example-2"


def test_a_name_that_somebody_gave_is_taken_by_no_host() -> None:
    listed = '[{"url": "https://a.example"}, {"type": "url", "url": "https://b.example", "name": "a-example"}]'

    assert [one.name for one in toolbox([], listed).others] == ["a-example-2", "a-example"]


@pytest.mark.parametrize(
    "servers",
    [
        '[{"url": "https://a.b", "name": "a b"}]',
        '[{"url": "https://a.b", "name": 5}]',
        '[{"url": "https://a.b", "name": "a"}, {"url": "https://a.b/2", "name": "a"}]',
    ],
)
def test_a_name_that_cannot_be_one_is_told_as_that(servers: str) -> None:
    with pytest.raises(SettingsError) as told:
        toolbox([], servers)

    assert told.value.problems[0].startswith("MCP_SERVERS: give each server a name of its own")
    assert "a.b" not in told.value.problems[0]


@pytest.mark.parametrize(
    "servers",
    [
        "http://mcp.example.com", "mcp.example.com", "https://", "[1]", "[{}]", "[", '[{"url": "https://a.b", "x": 1}]',
        '[{"url": 5}]', '[{"type": "stdio", "url": "https://a.b"}]',
    ],
)  # fmt: skip
def test_what_is_no_server_is_told_without_repeating_it(servers: str) -> None:
    with pytest.raises(SettingsError) as told:
        toolbox([], servers)

    assert told.value.problems[0].startswith("MCP_SERVERS: write")
    assert "a.b" not in told.value.problems[0]
