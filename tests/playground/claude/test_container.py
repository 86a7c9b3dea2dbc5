"""Code of an answer runs in a container, whose id comes with the answer and must come back."""

from typing import Any

import pytest

from playground.claude import answer, container
from playground.claude.answer import Answer, Part
from playground.claude.errors import Refused
from playground.claude.request import Turn

from .conftest import text_of

CODE = {"type": "server_tool_use", "id": "srv_1", "name": "code_execution", "input": {"code": "await web_search()"}}
SEARCH = {
    "type": "server_tool_use",
    "id": "srv_2",
    "name": "web_search",
    "input": {"query": "parrots"},
    "caller": {"type": "code_execution_20260120", "tool_id": "srv_1"},
}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srv_2", "content": []}


def turns(*blocks: dict[str, Any]) -> tuple[Turn, ...]:
    return Turn("user", ({"type": "text", "text": "Hi"},)), Turn("assistant", blocks)


def test_what_code_asked_for_needs_its_container_until_its_result_is_there() -> None:
    with pytest.raises(Refused) as caught:
        container.check("", turns(CODE, SEARCH))

    assert caught.value.message == container.NEEDED
    container.check("container_1", turns(CODE, SEARCH))
    container.check("", turns(CODE, SEARCH, FOUND))
    container.check("", turns(CODE))


@pytest.mark.parametrize(
    ("body", "id_"),
    [({}, ""), ({"container": "c1"}, "c1"), ({"container": {"id": "c1"}}, "c1"), ({"container": None}, "")],
)
def test_a_container_is_named_by_its_id(body: dict[str, Any], id_: str) -> None:
    assert container.read(body) == id_


def test_what_is_no_id_is_refused() -> None:
    with pytest.raises(Refused):
        container.read({"container": 5})


def test_an_answer_without_code_has_no_container() -> None:
    assert container.is_used(Answer((Part("server_tool_use", (), {"id": "s", "name": "code_execution"}),)))
    assert not container.is_used(Answer((answer.text("Hi"), answer.search_failed("s"))))


@pytest.mark.anyio
async def test_a_paused_turn_goes_on_in_its_container(client: Any, streamed: Any, control: Any) -> None:
    await control.script({"blocks": [CODE, SEARCH], "stop_reason": "pause_turn"}, {"text": "Found."})

    events = await streamed("Hi")

    found = events[-2].delta.container
    assert found.id.startswith("container_")
    messages: Any = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [CODE, SEARCH]}]
    body: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 100, "messages": messages}
    with pytest.raises(Exception, match="container_id is required"):
        await client.messages.create(**body)
    rest = await client.messages.create(**body, container=found.id)
    assert (text_of(events), rest.content[0].text) == ("", "Found.")


@pytest.mark.anyio
async def test_an_answer_without_code_names_none(say: Any) -> None:
    assert (await say("What is 17 * 23?")).container is None
