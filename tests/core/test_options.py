"""What the settings say about answering."""

from dataclasses import replace

from core.access import Access
from core.contract import Place
from core.dialogue import Choices
from core.options import Options

OPTIONS = Options(Choices(model="m1", stream="edit"), Access(), streams={"discord": "off"})


def test_a_platform_may_have_answers_in_another_way_than_all() -> None:
    slack, discord = (OPTIONS.choices(Place(name, "T1", "C1")) for name in ("slack", "discord"))

    assert slack == OPTIONS.defaults
    assert discord == replace(OPTIONS.defaults, stream="off")
