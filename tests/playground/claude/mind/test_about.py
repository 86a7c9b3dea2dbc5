"""What Parley is, and who it is that answers."""

import pytest

from playground.claude.mind.about import tell_about_parley

from .conftest import Ask, talk


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What is Parley?", "self-hosted chatbot"),
        ("How do I get an API key?", "platform.claude.com"),
        ("How do I connect Slack?", "slack-manifest"),
        ("how can I add the bot to Discord", "discord-invite"),
        ("What commands are there?", "`persona <text>`"),
        ("what does /reset do?", "starts afresh"),
        ("Is my data safe with you?", "encrypted"),
        ("How does Parley work?", "One walk for every message"),
        ("Who are you?", "no language model"),
        ("are you the real Claude?", "API key"),
        ("tell me about yourself", "no language model"),
        ("help", "Remember"),
        ("What can you do?", "Remember"),
        ("do I need to install Redis here?", "install nothing"),
    ],
)
def test_a_newcomer_is_told(question: str, part: str, ask: Ask) -> None:
    assert part in ask(question)


def test_common_words_mean_parley_only_beside_it() -> None:
    for other in ("How do I store data in a file?", "What is the price of oil?", "Which model of car is best?"):
        assert tell_about_parley(other, talk(other)) is None
