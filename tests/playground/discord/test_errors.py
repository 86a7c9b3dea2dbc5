"""Refusals in Discord's shape."""

from playground.discord.errors import SENTENCES, Refused, invalid


def test_a_code_knows_its_status_and_sentence() -> None:
    refused = Refused(10008)

    assert refused.status == 404
    assert refused.body() == {"message": "Unknown Message", "code": 10008}


def test_a_field_is_named_where_it_stands() -> None:
    body = invalid("embeds.0.title", "BASE_TYPE_MAX_LENGTH", "Too long.").body()

    wrong = {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Too long."}]}
    assert body["errors"] == {"embeds": {"0": {"title": wrong}}}


def test_every_status_is_a_refusal() -> None:
    assert all(400 <= status < 500 for status, _ in SENTENCES.values())
