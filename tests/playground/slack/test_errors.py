"""How the playground's Slack says no."""

from playground.slack.errors import Limited, Nonsense, Refused


def test_a_refusal_carries_its_code_and_whatever_goes_with_it() -> None:
    refused = Refused("missing_scope", "a sentence for developers", needed="chat:write")

    assert (refused.code, refused.details, refused.more) == (
        "missing_scope",
        ("a sentence for developers",),
        {"needed": "chat:write"},
    )


def test_who_is_limited_is_told_how_long() -> None:
    assert Limited(2.5).wait == 2.5


def test_nonsense_at_the_controls_is_a_wrong_value() -> None:
    assert isinstance(Nonsense("there is no channel x"), ValueError)
