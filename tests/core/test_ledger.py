"""What the others are told, once, and what they are not told."""

from collections.abc import Sequence

from core.contract import Bucket
from core.errors import Throttled
from core.ledger import Ledger
from core.precedence import Grant, Need, Precedence, Stand, Wish
from core.sharing import Account

EDITS, POSTS = Bucket("edit", "T1", 50, 60), Bucket("post", "C1", 3, 3)


def slack(call: str) -> Sequence[Bucket]:
    return {"edit": (EDITS,), "post": (POSTS,)}.get(call, ())


class Desk:
    """A precedence with its ledger at a time."""

    def __init__(self) -> None:
        self.precedence = Precedence()
        self.ledger = Ledger(self.precedence)
        self.now = 1000.0

    def grant(self, stand: Stand, call: str, need: Need) -> Grant:
        self.precedence.ask(stand, Wish(call, need, self.now - 10), self.now)
        [grant], _ = self.precedence.due(self.now)
        return grant

    def returned(self, grant: Grant, refused: Throttled | None = None) -> None:
        self.ledger.returned(grant, self.now, self.precedence.returned(grant, self.now, refused))

    def accounts(self, *, told: bool = True) -> dict[str, Account]:
        """The accounts of a whole letter, by the name of their bucket."""
        letter = self.ledger.letter((), self.now, whole=True)
        if told:
            self.ledger.told(letter)
        return {account.bucket.name: account for account in letter.accounts}


def test_a_letter_speaks_of_the_buckets_of_its_calls() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    grant = desk.grant(stand, "post", Need.FIRST)

    letter = desk.ledger.letter([grant], desk.now)

    [asked] = letter.asked
    assert [account.bucket for account in letter.accounts] == [POSTS, EDITS]
    assert (asked.charged, asked.spared, asked.opens) == ((0,), (1,), True)


def test_what_a_call_would_hold_is_not_held_before_it_may_be_made() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    grant = desk.grant(stand, "post", Need.FIRST)

    assert [account.held for account in desk.ledger.letter([grant], desk.now).accounts] == [0, 0]
    assert desk.accounts()["edit"].held == 1


def test_what_became_of_calls_is_told_until_somebody_heard_it() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    first, second = desk.grant(stand, "post", Need.END), desk.grant(stand, "post", Need.END)
    desk.returned(first)
    desk.precedence.unused(second, desk.now)
    desk.ledger.unused(second)
    desk.now += 2

    unheard = desk.accounts(told=False)["post"]
    heard = desk.accounts()["post"]

    assert (heard.ended, heard.unused) == (((first.id, 2.0),), (second.id,)) == (unheard.ended, unheard.unused)
    assert "post" not in desk.accounts()


def test_what_happens_while_a_letter_is_under_way_stands_in_the_next() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    first, second = desk.grant(stand, "post", Need.END), desk.grant(stand, "post", Need.END)
    desk.returned(first)
    letter = desk.ledger.letter((), desk.now, whole=True)
    desk.returned(second)
    desk.ledger.told(letter)

    assert [id for id, _ in desk.accounts()["post"].ended] == [second.id]


def test_a_refusal_is_told_with_the_seconds_that_are_left() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    desk.returned(desk.grant(stand, "edit", Need.END), Throttled("ratelimited", retry_after=30))
    desk.now += 10

    assert desk.accounts()["edit"].refused == ((1, 20.0),)


def test_who_is_live_and_for_how_long_is_told_until_nobody_is() -> None:
    desk = Desk()
    stand = desk.precedence.enter(slack, desk.now)
    live = desk.accounts()["edit"]
    desk.precedence.leave(stand, desk.now)
    gone = desk.accounts()["edit"]

    assert (live.live, live.left) == (1, 6.0)
    assert (gone.live, gone.left) == (0, 0)
    assert desk.accounts() == {}
    assert desk.ledger.is_settled
