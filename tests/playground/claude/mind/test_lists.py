"""Lists, as many items as are asked for."""

from .conftest import Ask


def test_a_list_has_as_many_items_as_were_asked_for(ask: Ask) -> None:
    assert ask("List five fruits") == "1. Apple\n2. Banana\n3. Orange\n4. Mango\n5. Strawberry"
    assert ask("Name 3 programming languages").count("\n") == 2
    assert ask("What are the continents?").count("\n") == 6


def test_tips_are_known_or_general_and_say_so(ask: Ask) -> None:
    assert "No agenda" in ask("Give me tips for better meetings")
    general = ask("three tips for planning a wedding")
    assert "planning a wedding" in general
    assert "3. " in general
    assert "4. " not in general
    assert "offline stand-in" in general
