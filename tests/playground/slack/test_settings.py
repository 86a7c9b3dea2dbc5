"""Settings: what is named changes, what is not stays."""

import pytest

from playground.slack.errors import Nonsense
from playground.slack.settings import Settings, changed


def test_what_is_named_changes_and_nothing_else() -> None:
    settings = changed(changed(Settings(), {"latency": 1, "retries": [0, 5]}), {"limits": "off"})

    assert (settings.latency, settings.retries, settings.limits.mode) == (1.0, (0.0, 5.0), "off")
    assert settings.ack == Settings().ack


@pytest.mark.parametrize("raw", [{"sockets": "many"}, {"retries": 5}, {"pair": "none"}, {"wrong": 1}])
def test_nonsense_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(Nonsense):
        changed(Settings(), raw)
