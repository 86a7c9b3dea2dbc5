"""What failed is asked with its token once more, and what went well never."""

from contextlib import suppress

import pytest

from core.store import retries
from core.store.retries import Retries


def failed(tokens: Retries, turn: str) -> str:
    with suppress(OSError), tokens.token(turn) as token:
        raise OSError
    return token


def done(tokens: Retries, turn: str) -> str:
    with tokens.token(turn) as token:
        return token


def test_what_failed_has_its_token_again_until_it_goes_well() -> None:
    tokens = Retries()

    tried = [failed(tokens, "a"), failed(tokens, "a"), done(tokens, "a"), done(tokens, "a")]

    assert len(set(tried[:3])) == 1
    assert tried[3] != tried[0] != done(tokens, "b")


def test_of_what_failed_only_the_newest_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "MOST_UNDONE", 1)
    tokens = Retries()

    old, new = failed(tokens, "old"), failed(tokens, "new")

    assert (done(tokens, "old") == old, done(tokens, "new") == new) == (False, True)
