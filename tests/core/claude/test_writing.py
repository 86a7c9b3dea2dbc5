"""The answer as it grows, over all its calls."""

import pytest

from core.claude.writing import Writing
from tests.core.claude.bench import Screenless


@pytest.fixture
def reply() -> Screenless:
    return Screenless()


def call(writing: Writing, *steps: str, resumed: bool = False) -> None:
    """One call: steps that end in a colon are phases, the others pieces of text."""
    writing.open(resumed=resumed)
    for step in steps:
        writing.enter(step[:-1]) if step.endswith(":") else writing.add(step)
    writing.close()


def test_each_piece_is_shown_with_all_before_it(reply: Screenless) -> None:
    call(Writing(reply, ""), "One", " two")

    assert reply.texts == ["One", "One two"]


def test_a_phase_is_told_once_and_text_is_told_by_itself(reply: Screenless) -> None:
    call(Writing(reply, ""), "thinking:", "thinking:", "text:", "Yes")

    assert reply.statuses == ["Thinking…"]


def test_what_was_begun_stands_first_and_is_gone_on_with(reply: Screenless) -> None:
    writing = Writing(reply, "Once upon")
    call(writing, "Once upon", " a time")

    assert reply.texts == ["Once upon", "Once upon a time"]


@pytest.mark.parametrize(
    ("before", "after"), [("Let me look.", "Found."), ("Let me look.\n", "Found."), ("Let me look.\n\n", "\nFound.")]
)
def test_text_before_and_after_a_tool_stands_in_two_paragraphs(reply: Screenless, before: str, after: str) -> None:
    call(Writing(reply, ""), before, "tool:web_search:", after)

    assert reply.texts[-1] == "Let me look.\n\nFound."


def test_what_is_asked_for_anew_repeats_nothing_and_stays_in_the_same_part(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "Let me look.")
    writing.part()
    call(writing, "One.")
    writing.anew()
    call(writing, "One. Two.")

    assert writing.text == "Let me look.\n\nOne.\n\nOne. Two."
    assert (writing.current, writing.newest) == ("One.\n\nOne. Two.", "One. Two.")


def test_thinking_before_the_first_text_makes_no_paragraph(reply: Screenless) -> None:
    call(Writing(reply, ""), "thinking:", "text:", "Hello")

    assert reply.texts == ["Hello"]


def test_thinking_before_the_rest_of_a_broken_answer_makes_no_paragraph(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "The cat sat")
    call(writing, "thinking:", "text:", "The cat sat", " down.")

    assert writing.text == "The cat sat down."


def test_a_paused_turn_that_goes_on_after_its_tool_makes_a_paragraph(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "Let me look.", "tool:web_search:")
    call(writing, "text:", "Let me", " say: found.", resumed=True)

    assert writing.text == "Let me look.\n\nLet me say: found."


def test_pieces_of_text_without_anything_between_them_are_one_text(reply: Screenless) -> None:
    call(Writing(reply, ""), "text:", "The sky", "text:", " is blue.")

    assert reply.texts[-1] == "The sky is blue."


def test_a_call_that_breaks_off_while_it_repeats_adds_nothing(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "one two three")
    writing.open(resumed=False)
    writing.add("one tw")

    call(writing, "one two three", " four")

    assert writing.text == "one two three four"


def test_blank_text_of_a_broken_call_is_forgotten(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "\n\n")

    assert not writing.has_text
    call(writing, "Hello")
    assert writing.text == "Hello"


@pytest.mark.parametrize("begun", ["", "Once upon"])
def test_what_is_withdrawn_goes_back_to_what_stood_there_before(reply: Screenless, begun: str) -> None:
    writing = Writing(reply, begun)
    call(writing, begun, " a time")
    writing.withdraw()

    assert reply.texts[-1] == begun
    assert writing.text == begun


def test_what_comes_after_a_round_of_tools_is_a_part_of_its_own(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "Let me look.", "tool:clock:")
    writing.part()
    call(writing, "thinking:", "text:", "Let me look. It is noon.")

    assert writing.text == "Let me look.\n\nLet me look. It is noon."
    assert writing.current == "Let me look. It is noon."


def test_a_part_that_broke_off_goes_on_without_a_seam(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "Let me look.")
    writing.part()
    call(writing, "It is")
    call(writing, "It is", " noon.")

    assert (writing.text, writing.current) == ("Let me look.\n\nIt is noon.", "It is noon.")


def test_a_part_that_failed_without_a_word_is_still_a_part_of_its_own(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "Let me look.")
    writing.part()
    call(writing, "thinking:")
    call(writing, "It is noon.")

    assert writing.text == "Let me look.\n\nIt is noon."


def test_a_round_of_tools_before_any_word_makes_no_paragraph(reply: Screenless) -> None:
    writing = Writing(reply, "")
    call(writing, "tool:clock:")
    writing.part()
    call(writing, "It is noon.")

    assert writing.text == "It is noon."


def test_the_rest_that_was_asked_for_may_come_after_a_pause_and_a_round_of_tools(reply: Screenless) -> None:
    writing = Writing(reply, "Once upon")
    call(writing, "thinking:", "tool:web_search:")
    call(writing, "tool:clock:", resumed=True)
    writing.part()
    call(writing, "Once upon", " a time")
    writing.part()
    call(writing, "Once upon")

    assert writing.text == "Once upon a time\n\nOnce upon"


def test_an_answer_whose_rest_is_awaited_is_gone_on_with_after_a_restart(reply: Screenless) -> None:
    writing = Writing(reply, "Once upon", "Once upon", awaited="Once upon")
    call(writing, "Once upon", " a time")

    assert (writing.text, writing.current) == ("Once upon a time", " a time")


def test_an_answer_that_was_cut_off_in_its_tools_stands_again(reply: Screenless) -> None:
    writing = Writing(reply, "", "Let me look.\n\nAnd there.", "And there.")

    assert reply.texts == ["Let me look.\n\nAnd there."]
    assert writing.current == "And there."


def test_a_refusal_after_tools_takes_back_all_but_what_was_begun(reply: Screenless) -> None:
    writing = Writing(reply, "Once", "Once upon", "upon")
    writing.withdraw()

    assert (writing.text, writing.current, reply.texts[-1]) == ("Once", "Once", "Once")


def test_all_that_stands_can_be_one_part_again(reply: Screenless) -> None:
    writing = Writing(reply, "", "One. Two.", "Two.")
    writing.whole()

    assert writing.current == "One. Two."
