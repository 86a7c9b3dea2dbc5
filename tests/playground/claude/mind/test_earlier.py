"""Questions about the conversation itself."""

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.earlier import answer_about_earlier, asks_to_go_on, rest_of, summary

from .conftest import Ask, said, talk


def test_what_was_asked_is_known(ask: Ask) -> None:
    assert "> What is 2+2?" in ask("Hi", "What is 2+2?", "What did I just ask?")
    assert "> Hi" in ask("Hi", "What is 2+2?", "What was my first question?")
    assert "> What is 2+2?" in ask("Hi", "What is 2+2?", "what was my second message")
    assert "only 1 thing so far" in ask("Hi", "what was my third question?")
    assert "first thing" in ask("What did I just ask?")


def test_what_was_said_is_known(ask: Ask) -> None:
    assert "> 2+2 = **4**" in ask("What is 2+2?", "What did you just say?")
    assert "> 2+2 = **4**" in ask("What is 2+2?", "repeat that")
    assert "not said anything" in ask("What did you say?")


def test_messages_are_counted(ask: Ask) -> None:
    assert "first message" in ask("How many messages have I sent?")
    assert "once" in ask("Hi", "How many questions have I asked?")
    assert "2 times" in ask("Hi", "Hi", "How many messages have I sent?")


def test_a_summary_keeps_every_fact_and_the_latest_topics() -> None:
    questions = [
        "My name is Ana.",
        "ok",
        *(part for n in range(30) for part in (f"Question {n}", "ok")),
        "Summarize this",
    ]
    told = summary(talk(*questions))

    assert "- My name is Ana" in told
    assert "* Question 29" in told
    assert "* Question 5\n" not in told
    assert "11 earlier messages" in told


def test_what_others_wrote_is_told_when_it_is_asked_for() -> None:
    conversation = talk("<others>\nBo: It rains.\nCy: I like rain.\n</others>\n\nWhat did Bo say?")

    assert answer_about_earlier("What did Bo say?", conversation) == "Bo said:\n- It rains."
    assert "* " not in summary(Conversation((said("<others>\nBo: It rains.\n</others>\n\n"),)))
    assert "It rains" in summary(conversation)


def test_a_text_to_summarize_is_not_the_conversation() -> None:
    text = "Please summarise:\n- one\n- two"

    assert answer_about_earlier("Please summarise:", talk(text)) is None


def test_who_asks_to_go_on_is_understood() -> None:
    for text in (
        "continue",
        "Please go on.",
        "Your answer above broke off before its end. Go on.",
        "go on where you stopped",
    ):
        assert asks_to_go_on(said(text)), text
    for text in ("continue the fraction", "What is more?", "Hi"):
        assert not asks_to_go_on(said(text)), text


def test_the_rest_is_what_follows_and_nothing_else() -> None:
    asked = said("continue")

    assert rest_of("one two three", "one two ", asked) == " three"
    assert rest_of("one two three", "four", asked) is None
    assert "whole answer" in str(rest_of("one two", "one two", asked))
