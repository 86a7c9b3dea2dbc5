"""A request heard as a conversation: who said what, what stood around it, what tools gave."""

from typing import Any

from playground.claude.check import read
from playground.claude.mind.conversation import Conversation, Said, hear, words
from playground.claude.models import Catalogue

TOOL = {"name": "roll", "input_schema": {"type": "object"}}


def heard(*turns: Any, **more: Any) -> Conversation:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(turns)]
    return hear(read({"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": messages, **more}, Catalogue()))


def test_what_a_chat_program_wrote_is_not_taken_for_the_persons_words() -> None:
    text = "<context>\ntime: now\nspeaking: Ana B.\n</context>\n\n<others>\nBo: hi\n</others>\n\nWhat is <b>this</b>?"

    own, around = words(text)

    assert own == "What is <b>this</b>?"
    assert around == {"context": "time: now\nspeaking: Ana B.", "others": "Bo: hi"}
    assert Said("user", own, around).speaker == "Ana B."
    assert words("just words") == ("just words", {})


def test_the_question_is_the_newest_message_that_is_more_than_results() -> None:
    call = {"type": "tool_use", "id": "t1", "name": "roll", "input": {"sides": 6}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "4", "is_error": False}

    conversation = heard("Hi", "Hello!", "Roll a die", [call], [result], tools=[TOOL])

    assert conversation.question.words == "Roll a die"
    assert [said.words for said in conversation.before] == ["Hi", "Hello!"]
    assert [(used.name, used.arguments, used.result) for used in conversation.used] == [("roll", {"sides": 6}, "4")]


def test_a_choice_of_tools_is_heard() -> None:
    assert heard("Hi", tools=[TOOL]).tools == (TOOL,)
    assert heard("Hi", tools=[TOOL], tool_choice={"type": "none"}).tools == ()
    forced = heard("Hi", tools=[TOOL], tool_choice={"type": "tool", "name": "roll"}, model="claude-sonnet-5")
    assert forced.must_use == "roll"


def test_what_is_attached_is_named_without_looking_inside() -> None:
    png = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "a" * 8_192}}
    link = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    notes = {"type": "document", "title": "notes.txt", "source": {"type": "text", "data": "one two\nthree"}}
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "a" * 4_096}}

    question = heard([png, link, notes, pdf, {"type": "text", "text": "What is this?"}]).question

    assert question.attached == (
        "a PNG image of 6 kB",
        "a image",
        "a text file (“notes.txt”, 2 lines, 3 words)",
        "a PDF of 3 kB",
    )


def test_sentences_stay_whole_around_numbers_and_code() -> None:
    assert Said("user", "Add 1.5 and 2. Then tell me!", {}).sentences == ("Add 1.5 and 2.", "Then tell me!")
    assert Said("user", "```\na\nb\n```", {}).sentences == ("```\na\nb\n```",)
