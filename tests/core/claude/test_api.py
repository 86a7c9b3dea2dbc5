"""The connection to the API: what is sent with each request, and that nothing comes from the environment."""

import pytest

from core.claude.api import Api, Timeouts
from core.claude.failures import RAISED, translated
from core.claude.models import Model
from core.claude.request import COMPACTION, Request
from tests.core.claude.bench import KEY, Bench, prompt

pytestmark = pytest.mark.anyio


async def test_an_answer_comes_in_one_piece_with_its_headers(bench: Bench) -> None:
    bench.standin.script({"text": "Hello."})
    api = Api(KEY, bench.standin.api, 1, Timeouts())

    asked = prompt()
    message, headers = await api.whole(Request(asked, Model(asked.model), asked.messages, ""))
    await api.close()

    assert message["content"][0]["text"] == "Hello."
    assert headers["request-id"] == bench.standin.calls()[0]["request_id"]
    assert "stream" not in bench.standin.calls()[0]["arguments"]


async def test_a_page_is_asked_for_with_the_abilities_that_are_only_told_by_name(bench: Bench) -> None:
    api = Api(KEY, bench.standin.api, 1, Timeouts())

    page = await api.fetch("/v1/models?limit=1")
    await api.close()

    assert '"data"' in page
    assert bench.standin.calls("models.list")[0]["headers"]["anthropic-beta"] == COMPACTION


async def test_the_environment_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-another")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another")
    api = Api(KEY, bench.standin.api, 1, Timeouts())

    assert await api.fetch("/v1/models?limit=1")
    await api.close()


async def test_nobody_there_is_a_failure_like_any_other() -> None:
    api = Api(KEY, "http://127.0.0.1:1", 1, Timeouts(connect=1))

    with pytest.raises(RAISED) as lost:
        await api.fetch("/v1/models")
    await api.close()

    assert isinstance(lost.value, Exception)
    assert translated(lost.value).again
