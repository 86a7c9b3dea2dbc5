"""What a tool knows of its turn shows nothing of it."""

from tests.core.tools.test_making import AROUND


def test_the_surroundings_of_a_tool_show_nothing() -> None:
    assert "Ann" not in repr(AROUND)
