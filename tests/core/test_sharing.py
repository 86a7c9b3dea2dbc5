"""What processes tell each other of the budgets that they share."""

from core.contract import Bucket
from core.sharing import NOBODY, Account, News


def test_where_a_call_goes_does_not_show() -> None:
    assert "C-secret" not in repr(Account(Bucket("slack.chat.postMessage", "C-secret", 3, 3)))


def test_who_is_alone_hears_of_nothing() -> None:
    assert News(used=(), held=0, live=0, left=0, rate=0, frozen=0, level=None) == NOBODY
