"""Settings are taken over one by one, and a wrong one is said to be."""

import pytest

from playground.discord.config import PUBLISHED, Config, changed
from playground.limits import Window


def test_what_is_not_named_stays() -> None:
    config = changed(Config(latency=0.1), {"privileged": ["message_content"]})

    assert config.latency == 0.1
    assert config.privileged == {"message_content"}


def test_limits_are_off_published_or_the_published_ones_with_changes() -> None:
    assert changed(Config(), {"limits": "off"}).limits == {}
    assert changed(Config(), {"limits": "published"}).limits == PUBLISHED
    mixed = changed(Config(), {"limits": {"message.edit": [2, 0.5], "global": None}}).limits
    assert mixed["message.edit"] == Window(2, 0.5)
    assert mixed["message.create"] == PUBLISHED["message.create"]
    assert "global" not in mixed


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed": 1},
        {"latency": -1},
        {"latency": "fast"},
        {"limits": "some"},
        {"limits": {"message.edit": [0, 1]}},
        {"limits": {"nothing": [1, 1]}},
        {"privileged": ["everything"]},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\."):
        changed(Config(), wrong)
