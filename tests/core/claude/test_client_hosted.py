"""Answers that take the API's own tools and those of MCP servers, through the real client library."""

from typing import Any

import pytest

from core import errors
from core.claude import ending
from core.dialogue import Tool
from core.events import ToolsLeftOut
from core.telling import LogEvent, Slug, heard_by
from tests.core.claude.bench import Bench, prompt
from tests.core.claude.test_client_tools import AGAIN, BEGUN, TOOLS, WHOLE, Kept, uses

pytestmark = pytest.mark.anyio

SEARCH = Tool("web_search", {"type": "web_search_20260318", "name": "web_search"})
FETCH = Tool("web_fetch", {"type": "web_fetch_20260318", "name": "web_fetch"})
CODE = {"type": "server_tool_use", "id": "srv_1", "name": "code_execution", "input": {"code": "await web_search()"}}
ASKED = {
    "type": "server_tool_use",
    "id": "srv_2",
    "name": "web_search",
    "input": {"query": "parrots"},
    "caller": {"type": "code_execution_20260120", "tool_id": "srv_1"},
}
"""Code that runs at the API, and what it asks for: while that is open, the API must be told where the code runs."""
SEARCHES = {"type": "server_tool_use", "id": "srv_3", "name": "web_search", "input": {"query": "euro"}}
GOES_ON = "Let me search. Found: 42."


WIKI = Tool(
    "wiki",
    {"type": "mcp_toolset", "mcp_server_name": "wiki"},
    server={"type": "url", "url": "https://w.example", "name": "wiki", "authorization_token": "s3"},
)
REFUSED = "Invalid authorization token for MCP server 'wiki'. Please check your token and try again."


def containers(bench: Bench) -> list[str]:
    return [call["arguments"].get("container", "") for call in bench.standin.calls()]


async def test_a_search_by_the_api_shows_a_status_and_is_counted(bench: Bench) -> None:
    async with bench.claude() as claude:
        answer = await claude.answer(prompt("Search the web for parrots", tools=(SEARCH,)), bench.reply)

    assert "(Searching the web…)" in bench.reply.told
    assert answer.usage.searches == 1
    assert answer.messages == ({"role": "assistant", "content": answer.text},)


@pytest.mark.parametrize("kind", ["bash_code_execution", "code_execution"])
async def test_a_file_that_claudes_code_wrote_is_told_to_stay_away(bench: Bench, kind: str) -> None:
    outputs = [{"type": f"{kind}_output", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"}]
    ran = {"type": f"{kind}_result", "stdout": "", "stderr": "", "return_code": 0, "content": outputs}
    plot = {"type": "server_tool_use", "id": "srv_1", "name": kind, "input": {"command": "python plot.py"}}
    result = {"type": f"{kind}_tool_result", "tool_use_id": "srv_1", "content": ran}
    text = {"type": "text", "text": "I saved the chart as sales.png."}
    nothing = {**result, "content": {**ran, "content": []}}
    bench.standin.script({"blocks": [plot, result, text]}, {"blocks": [plot, nothing, text]})

    async with bench.claude() as claude:
        answers = [await claude.answer(prompt(tools=(SEARCH,)), bench.reply) for _ in range(2)]

    assert [answer.note for answer in answers] == [ending.FILE_STAYS, ""]


@pytest.mark.parametrize("text", ["", AGAIN.partition("ment is")[0]])
async def test_an_answer_that_is_gone_on_with_repeats_nothing_after_a_pause_either(bench: Bench, text: str) -> None:
    paused = {"thinking": "I should look.", "text": text, "blocks": [SEARCHES], "stop_reason": "pause_turn"}
    bench.standin.script(paused, {"text": AGAIN[len(text) :]})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(begun=BEGUN, tools=(SEARCH,)), bench.reply)

    assert answer.text == WHOLE


@pytest.mark.parametrize("text", ["", "Let me search."])
async def test_a_paused_turn_goes_on_where_its_code_runs(bench: Bench, text: str) -> None:
    bench.standin.script({"text": text, "blocks": [CODE, ASKED], "stop_reason": "pause_turn"}, {"text": "Found: 42."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    first, second = containers(bench)
    assert (first, second[:10]) == ("", "container_")
    assert answer.text.endswith("Found: 42.")
    assert answer.attempts == 2


async def test_tools_of_ours_are_answered_where_the_code_runs_that_waits(bench: Bench) -> None:
    kept = Kept()
    clock = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    bench.standin.script({"blocks": [CODE, ASKED, clock], "stop_reason": "tool_use"}, {"text": "Noon, and 42."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, SEARCH), keep=kept), bench.reply)
        bench.standin.script({"text": "Noon, and 42."})
        after = await claude.answer(prompt(tools=(*TOOLS, SEARCH), progress=kept.all[-1]), bench.reply)

    _, second, restarted = containers(bench)
    assert second == restarted == kept.all[-1].container != ""
    assert answer.text == after.text == "Noon, and 42."
    assert answer.attempts == 2


async def test_a_search_that_the_api_puts_off_until_our_tools_are_done_costs_no_answer_that_is_cut(
    bench: Bench,
) -> None:
    clock = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    cut = {"chunks": ["Noon, ", "and ", "42."], "do": "cut", "after": 2}
    bench.standin.script({"blocks": [SEARCHES, clock], "stop_reason": "tool_use"}, cut, {"text": "42."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, SEARCH)), bench.reply)

    assert answer.text == "Noon, and 42."
    assert [call["status"] for call in bench.standin.calls()] == [200, 0, 400, 200]
    assert "clock({}): noon" in str(bench.standin.calls()[-1]["said"])


@pytest.mark.parametrize("status", [400, 404])
async def test_a_container_that_is_gone_costs_no_answer(bench: Bench, status: int) -> None:
    paused = {"text": "Let me search.", "blocks": [CODE, ASKED], "stop_reason": "pause_turn"}
    bench.standin.script(paused, {"do": str(status), "message": "Container not found."}, {"text": GOES_ON})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    assert [bool(id_) for id_ in containers(bench)] == [False, True, False]
    assert "srv_2" not in str(bench.standin.calls()[-1]["said"])
    assert (answer.text, answer.note) == (GOES_ON, "")


@pytest.mark.parametrize("status", [400, 404])
async def test_a_container_that_is_gone_after_the_resumed_call_wrote_costs_no_answer(bench: Bench, status: int) -> None:
    paused = {"text": "Let me search.", "blocks": [CODE, ASKED], "stop_reason": "pause_turn"}
    cut = {"chunks": [" Found", ": a lot", " more"], "do": "cut", "after": 2}
    bench.standin.script(paused, cut, {"do": str(status), "message": "Container not found."}, {"text": " All."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    assert [bool(id_) for id_ in containers(bench)] == [False, True, True, False]
    assert answer.text.startswith("Let me search.\n\n Found: a l")
    assert answer.text.endswith("All.")
    assert answer.note == ""


async def test_a_paused_turn_that_is_refused_again_and_again_comes_to_an_end(bench: Bench) -> None:
    paused = {"blocks": [CODE, ASKED], "stop_reason": "pause_turn"}
    bench.standin.script(paused, {"do": "400"}, paused, {"do": "400"}, {"do": "400"})

    async with bench.claude() as claude:
        with pytest.raises(errors.Rejected):
            await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    assert len(bench.standin.calls()) == 5


async def test_a_server_of_others_that_fails_is_left_out_with_a_note(bench: Bench) -> None:
    heard: list[LogEvent] = []
    bench.standin.script({"do": "400", "message": REFUSED}, {"text": "Without it, then."})

    async with bench.claude() as claude:
        with heard_by(heard.append):
            answer = await claude.answer(prompt(tools=(*TOOLS, WIKI)), bench.reply)

    with_it, without = (call["arguments"] for call in bench.standin.calls())
    assert [server["name"] for server in with_it["mcp_servers"]] == ["wiki"]
    assert "mcp_servers" not in without
    assert [tool["name"] for tool in without["tools"]] == [tool.name for tool in TOOLS]
    assert (answer.text, answer.note) == ("Without it, then.", ending.SERVERLESS)
    assert ToolsLeftOut(code=Slug("mcp_token"), tools=1) in heard


DOCS, DESK = (
    Tool(name, {"type": "mcp_toolset", "mcp_server_name": name}, server={**(WIKI.server or {}), "name": name})
    for name in ("docs", "desk")
)
DOWN = "Connection error while communicating with MCP server. The server may be unavailable."


@pytest.mark.parametrize(
    ("messages", "left", "note"),
    [
        ([REFUSED], ["docs", "desk"], ending.without_servers(["wiki"])),
        ([REFUSED, REFUSED.replace("wiki", "desk")], ["docs"], ending.without_servers(["wiki", "desk"])),
        ([DOWN], ["docs", "desk"], ending.without_servers(["wiki"])),
        ([DOWN, DOWN], ["wiki", "desk"], ending.without_servers(["docs"])),
        ([DOWN, DOWN, DOWN], ["wiki", "docs"], ending.without_servers(["desk"])),
        ([DOWN, DOWN, DOWN, DOWN], [], ending.SERVERLESS),
        ([REFUSED, DOWN, DOWN], ["docs"], ending.without_servers(["wiki", "desk"])),
        ([DOWN, REFUSED.replace("wiki", "docs")], ["desk"], ending.without_servers(["wiki", "docs"])),
        ([REFUSED.replace("wiki", "another")], ["docs", "desk"], ending.without_servers(["wiki"])),
    ],
)
async def test_of_servers_of_others_only_the_one_that_fails_is_left_out_also_where_it_is_not_named(
    bench: Bench, messages: list[str], left: list[str], note: str
) -> None:
    heard: list[LogEvent] = []
    bench.standin.script(*({"do": "400", "message": message} for message in messages), {"text": "Without it, then."})

    async with bench.claude() as claude:
        with heard_by(heard.append):
            answer = await claude.answer(prompt(tools=(WIKI, DOCS, DESK)), bench.reply)

    last = bench.standin.calls()[-1]["arguments"]
    assert [server["name"] for server in last.get("mcp_servers", [])] == left
    assert [tool["mcp_server_name"] for tool in last.get("tools", [])] == left
    assert (answer.text, answer.note) == ("Without it, then.", note)
    assert [event.tools for event in heard if isinstance(event, ToolsLeftOut)] == [3 - len(left)]


async def test_answers_do_for_a_minute_without_a_server_that_failed(bench: Bench) -> None:
    bench.standin.script({"do": "400", "message": DOWN, "times": 2}, {"text": "Fine.", "times": None})

    async with bench.claude() as claude:
        notes = [(await claude.answer(prompt(tools=(WIKI, DOCS)), bench.reply)).note for _ in range(2)]
        bench.time.skipped += 61
        later = await claude.answer(prompt(tools=(WIKI, DOCS)), bench.reply)

    asked = [call["arguments"]["mcp_servers"] for call in bench.standin.calls()]
    both = ["wiki", "docs"]
    assert [[one["name"] for one in servers] for servers in asked] == [both, ["docs"], ["wiki"], ["wiki"], both]
    assert [*notes, later.note] == [ending.without_servers(["docs"])] * 2 + [""]


async def test_answers_do_for_a_minute_without_a_tool_that_the_account_may_not_use(bench: Bench) -> None:
    heard: list[LogEvent] = []
    bench.standin.script(NO_SEARCH, {"text": "Fine.", "times": None})

    async with bench.claude() as claude:
        with heard_by(heard.append):
            for seconds in (0, 30, 31):
                bench.time.skipped += seconds
                answer = await claude.answer(prompt(tools=(SEARCH, FETCH)), bench.reply)

    asked = [[tool["name"] for tool in call["arguments"]["tools"]] for call in bench.standin.calls()]
    both = ["web_search", "web_fetch"]
    assert asked == [both, ["web_fetch"], ["web_fetch"], both]
    assert answer.note == ""
    codes = [event.code for event in heard if isinstance(event, ToolsLeftOut)]
    assert codes == [Slug("invalid_request_error"), Slug("failed_before")]


async def test_a_server_that_is_left_out_with_others_for_another_reason_is_not_taken_to_be_down(bench: Bench) -> None:
    bench.standin.script({"do": "400"}, {"text": "Fine.", "times": None})

    async with bench.claude() as claude:
        for _ in range(2):
            await claude.answer(prompt(tools=(WIKI,)), bench.reply)

    assert ["mcp_servers" in call["arguments"] for call in bench.standin.calls()] == [True, False, True]


async def test_a_server_of_others_that_fails_between_rounds_costs_no_result(bench: Bench) -> None:
    bench.standin.script(uses("clock"), {"do": "400", "message": REFUSED}, {"text": "Noon."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, WIKI)), bench.reply)

    assert (answer.text, answer.note, answer.attempts) == ("Noon.", ending.SERVERLESS, 3)
    assert "clock({}): noon" in str(bench.standin.calls()[-1]["said"])


async def test_where_servers_of_others_may_be_the_reason_they_are_left_out_once(bench: Bench) -> None:
    bench.standin.script({"do": "400", "times": 2})

    async with bench.claude() as claude:
        with pytest.raises(errors.Rejected):
            await claude.answer(prompt(tools=(WIKI,)), bench.reply)

    assert ["mcp_servers" in call["arguments"] for call in bench.standin.calls()] == [True, False]


SWITCHED_OFF = {"do": "400", "message": "A tool is turned off for this organization."}
NO_SEARCH = {"do": "400", "message": "Web search is not enabled for this organization."}
NO_CODE = {"do": "400", "message": "code_execution not supported in your workspace."}


async def test_a_tool_of_the_api_that_is_turned_off_there_is_left_out_with_a_note(bench: Bench) -> None:
    heard: list[LogEvent] = []
    bench.standin.script(SWITCHED_OFF, {"text": "Without it, then."})

    async with bench.claude() as claude:
        with heard_by(heard.append):
            answer = await claude.answer(prompt(tools=(*TOOLS, SEARCH, WIKI)), bench.reply)

    _, without = (call["arguments"] for call in bench.standin.calls())
    assert [tool["name"] for tool in without["tools"]] == [tool.name for tool in TOOLS]
    assert (answer.text, answer.note) == ("Without it, then.", ending.UNAIDED)
    assert ToolsLeftOut(code=Slug("invalid_request_error"), tools=2) in heard


@pytest.mark.parametrize(
    ("refusals", "left", "note"),
    [
        ([NO_SEARCH], ["web_fetch", "wiki"], ending.without_tools([SEARCH])),
        ([NO_SEARCH, {"do": "400", "message": REFUSED}], ["web_fetch"], ending.without_tools([SEARCH, WIKI])),
        ([NO_SEARCH, NO_SEARCH], [], ending.UNAIDED),
        ([NO_CODE], [], ending.UNAIDED),
    ],
)
async def test_of_the_apis_tools_only_one_that_is_named_is_left_out(
    bench: Bench, refusals: list[dict[str, Any]], left: list[str], note: str
) -> None:
    bench.standin.script(*refusals, {"text": "Without it, then."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(*TOOLS, SEARCH, FETCH, WIKI)), bench.reply)

    tools = bench.standin.calls()[-1]["arguments"]["tools"]
    assert [tool.get("name") or tool["mcp_server_name"] for tool in tools] == [*(tool.name for tool in TOOLS), *left]
    assert (answer.text, answer.note) == ("Without it, then.", note)


@pytest.mark.parametrize("code", ["workspace_policy_violation", "organization_not_enrolled_in_beta"])
async def test_what_the_account_may_not_use_is_left_out_with_a_note(bench: Bench, code: str) -> None:
    bench.standin.script({"do": "400", "code": code}, {"text": "Without it, then."}, {"do": "400", "code": code})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)
        with pytest.raises(errors.BadKey):
            await claude.answer(prompt(), bench.reply)

    assert (answer.text, answer.note) == ("Without it, then.", ending.UNAIDED)
    assert len(bench.standin.calls()) == 3


async def test_a_server_of_others_that_fails_takes_no_tool_of_the_api_with_it(bench: Bench) -> None:
    bench.standin.script({"do": "400", "message": REFUSED}, {"text": "Without it, then."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH, WIKI)), bench.reply)

    assert [tool["name"] for tool in bench.standin.calls()[-1]["arguments"]["tools"]] == ["web_search"]
    assert answer.note == ending.SERVERLESS


def cites(text: str, page: str) -> dict[str, Any]:
    cited = {"type": "web_search_result_location", "url": page, "title": "*x*", "cited_text": "x"}
    return {"type": "text", "text": text, "citations": [{**cited, "encrypted_index": "z"}]}


async def test_what_claude_cites_from_the_web_is_named_below_the_answer(bench: Bench) -> None:
    paused = {"blocks": [cites("The dollar is up.", "https://a.example/fx"), SEARCHES], "stop_reason": "pause_turn"}
    bench.standin.script(paused, {"blocks": [cites("The euro, too.", "https://b.example/")]})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)

    assert answer.text == "The dollar is up.\n\nThe euro, too."
    assert answer.note == "Sources: [a.example](https://a.example/fx), [b.example](https://b.example/)."
    assert answer.messages == ({"role": "assistant", "content": answer.text},)


def reads(id: str, page: str) -> list[dict[str, Any]]:
    """A page that Claude fetches: all of it, or why not."""
    words = {"type": "text", "media_type": "text/plain", "data": "Up."}
    content: dict[str, Any] = {"type": "web_fetch_tool_result_error", "error_code": "url_not_accessible"}
    if page:
        document = {"type": "document", "source": words, "title": "*x*", "citations": {"enabled": True}}
        content = {"type": "web_fetch_result", "url": page, "content": document, "retrieved_at": None}
    return [
        {"type": "server_tool_use", "id": id, "name": "web_fetch", "input": {"url": page or "https://gone.example/"}},
        {"type": "web_fetch_tool_result", "tool_use_id": id, "content": content},
    ]


async def test_pages_that_claude_read_are_named_after_those_that_it_cites(bench: Bench) -> None:
    read = [*reads("srv_1", "https://long.example/a"), *reads("srv_2", ""), *reads("srv_3", "https://a.example/fx")]
    bench.standin.script({"blocks": [*read, cites("The dollar is up.", "https://a.example/fx")]})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(FETCH,)), bench.reply)

    assert "(Reading a web page…)" in bench.reply.told
    assert answer.note == "Sources: [a.example](https://a.example/fx), [long.example](https://long.example/a)."


async def test_what_was_cited_before_a_restart_is_still_named(bench: Bench) -> None:
    kept = Kept()
    clock = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    searched = {"blocks": [cites("The dollar is up.", "https://a.example/fx"), clock], "stop_reason": "tool_use"}
    bench.standin.script(searched, {"text": "It is noon."})

    async with bench.claude() as claude:
        whole = await claude.answer(prompt(tools=(*TOOLS, SEARCH), keep=kept), bench.reply)
        bench.standin.script({"text": "It is noon."})
        again = await claude.answer(prompt(tools=(*TOOLS, SEARCH), progress=kept.all[-1]), bench.reply)

    assert whole.note == again.note == "Sources: [a.example](https://a.example/fx)."


async def test_what_the_part_that_stands_cites_is_named_below_the_whole(bench: Bench) -> None:
    long = {"blocks": [cites("The dollar is up.", "https://a.example/fx")], "stop_reason": "max_tokens"}
    bench.standin.script(long, {"blocks": [cites("The euro, too.", "https://b.example/")]})

    async with bench.claude() as claude:
        first = await claude.answer(prompt(tools=(SEARCH,)), bench.reply)
        rest = await claude.answer(prompt(tools=(SEARCH,), begun=first.text, cited=first.cited), bench.reply)

    assert rest.note == "Sources: [a.example](https://a.example/fx), [b.example](https://b.example/)."


async def test_servers_of_others_are_named_by_the_beta_and_their_tokens_stay_out_of_the_history(bench: Bench) -> None:
    async with bench.claude() as claude:
        answer = await claude.answer(prompt(tools=(WIKI,)), bench.reply)

    (call,) = bench.standin.calls()
    assert call["arguments"]["mcp_servers"] == [WIKI.server]
    assert call["headers"]["anthropic-beta"] == "mcp-client-2025-11-20"
    assert "s3" not in str(answer.messages)
