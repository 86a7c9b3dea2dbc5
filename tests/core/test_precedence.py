"""Who goes next."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from core.contract import Bucket
from core.errors import Throttled
from core.precedence import LOOK, MOST_BUCKETS, MOST_GATHER, SHORTEST_GAP, Grant, Need, Precedence, Stand, Wish

EDITS = Bucket("edit", "T1", 50, 60)
POSTS = Bucket("post", "C1", 1, 1)


def slack(call: str) -> Sequence[Bucket]:
    return {"edit": (EDITS,), "post": (POSTS,)}.get(call, ())


def small(call: str) -> Sequence[Bucket]:
    return (Bucket("edit", "small", 3, 60),) if call == "edit" else ()


def unlimited(call: str) -> Sequence[Bucket]:
    return ()


class Table:
    """A precedence at a time, and what it lets through."""

    def __init__(self) -> None:
        self.precedence = Precedence()
        self.now = 1000.0
        self.look = inf

    def enter(self, buckets: object = small) -> Stand:
        return self.precedence.enter(buckets, self.now)  # type: ignore[arg-type]  # one of the functions above

    def ask(self, stand: Stand, call: str, need: Need, *, after: float = 0) -> None:
        self.precedence.ask(stand, Wish(call, need, self.now, after), self.now)

    def due(self) -> list[Stand]:
        """Who may go; their calls return at once."""
        granted, self.look = self.precedence.due(self.now)
        for grant in granted:
            self.precedence.returned(grant, self.now)
        return [grant.stand for grant in granted]

    def grant(self, stand: Stand, call: str, need: Need) -> Grant:
        self.ask(stand, call, need)
        [grant], self.look = self.precedence.due(self.now)
        assert grant.stand is stand
        return grant

    def open(self, stand: Stand) -> bool:
        """Whether a text that waits for long already may be posted."""
        self.precedence.ask(stand, Wish("post", Need.FIRST, self.now - 10), self.now)
        opened = self.due() == [stand]
        self.precedence.drop(stand)
        return opened


def test_a_reply_whose_end_cannot_be_kept_is_not_opened() -> None:
    table = Table()

    assert [table.open(table.enter()) for _ in range(4)] == [True, True, True, False]


def test_progress_never_takes_what_is_kept_for_ends() -> None:
    table = Table()
    stands = [table.enter() for _ in range(3)]
    for stand in stands:
        assert table.open(stand)
    table.now += 30

    table.ask(stands[0], "edit", Need.PROGRESS)
    assert table.due() == []
    for stand in stands:
        table.precedence.drop(stand)
        table.ask(stand, "edit", Need.END)
    assert table.due() == stands


def test_an_end_goes_before_a_beginning_and_that_before_progress() -> None:
    table = Table()
    ending, beginning, going = table.enter(slack), table.enter(slack), table.enter(slack)
    table.ask(going, "edit", Need.PROGRESS)
    table.ask(beginning, "post", Need.FIRST)
    table.ask(ending, "edit", Need.END)

    assert table.due() == [ending, beginning, going]


def test_progress_goes_to_who_is_most_behind() -> None:
    table = Table()
    stands = [table.enter() for _ in range(3)]
    for stand, unseen in zip(stands, (100, 900, 300), strict=True):
        stand.unseen = unseen
        table.ask(stand, "edit", Need.PROGRESS)

    assert table.due() == [stands[1], stands[2], stands[0]]


def test_one_reply_moves_in_even_gaps() -> None:
    table = Table()
    stand = table.enter(slack)
    assert table.open(stand)
    painted = [table.now]
    while table.now < 1004:
        table.ask(stand, "edit", Need.PROGRESS)
        while not table.due():
            table.now = table.look
        painted.append(table.now)

    gaps = [after - before for before, after in pairwise(painted)]
    assert min(gaps) >= SHORTEST_GAP
    assert max(gaps) < 0.5


def test_a_platform_without_limits_is_painted_every_50_milliseconds() -> None:
    table = Table()
    stand = table.enter(unlimited)
    assert table.open(stand)
    table.ask(stand, "edit", Need.PROGRESS)

    assert table.due() == []
    table.now += 0.051
    assert table.due() == [stand]


def test_a_first_text_is_gathered_longer_where_many_write() -> None:
    table = Table()
    alone = table.enter(slack)
    assert table.open(alone)
    stands = [table.enter(slack) for _ in range(40)]
    table.now += 2
    table.ask(stands[0], "post", Need.FIRST)

    assert table.due() == []
    table.now += MOST_GATHER
    assert table.due() == [stands[0]]


def test_where_there_is_room_again_at_once_no_text_is_gathered() -> None:
    table = Table()
    stands = [table.enter(lambda call: (Bucket("edit", "all", 10, 1),)) for _ in range(40)]
    table.ask(stands[0], "post", Need.FIRST)

    assert table.due() == [stands[0]]


def test_a_refusal_stops_the_bucket_for_everybody() -> None:
    table = Table()
    refused, other = table.enter(slack), table.enter(slack)
    grant = table.grant(refused, "edit", Need.END)
    table.precedence.returned(grant, table.now, Throttled("ratelimited", retry_after=7))
    table.ask(other, "edit", Need.END)

    assert table.due() == []
    table.now += 7
    assert table.due() == [other]


def test_a_refusal_that_names_its_bucket_stops_only_that() -> None:
    def both(call: str) -> Sequence[Bucket]:
        return (EDITS, Bucket("global", "", 50, 1))

    def everywhere(call: str) -> Sequence[Bucket]:
        return (Bucket("global", "", 50, 1),)

    table = Table()
    refused, here, elsewhere = table.enter(both), table.enter(both), table.enter(everywhere)
    grant = table.grant(refused, "edit", Need.END)
    table.precedence.returned(grant, table.now, Throttled("edit", retry_after=7))
    table.ask(here, "edit", Need.END)
    table.ask(elsewhere, "edit", Need.END)

    assert table.due() == [elsewhere]


def test_a_call_waits_until_all_its_buckets_have_room() -> None:
    table = Table()
    first, second = table.enter(slack), table.enter(slack)
    assert table.open(first)
    table.ask(second, "post", Need.END)

    assert table.due() == []
    table.now += 1.01
    assert table.due() == [second]


def test_what_was_granted_and_not_used_costs_nothing() -> None:
    table = Table()
    stand = table.enter(lambda call: (Bucket("edit", "one", 1, 60),) if call == "edit" else ())
    grant = table.grant(stand, "edit", Need.PROGRESS)
    table.precedence.unused(grant, table.now)

    assert stand.began is None
    table.ask(stand, "edit", Need.PROGRESS)
    assert table.due() == [stand]


def test_who_is_denied_some_progress_keeps_the_edit_for_its_end() -> None:
    table = Table()
    stand = table.enter(slack)
    table.grant(stand, "post", Need.FIRST)
    assert stand.held == 1
    table.now += 10

    table.precedence.deny(table.grant(stand, "edit", Need.PROGRESS), table.now)

    assert stand.held == 1


def test_who_waits_is_looked_at_again_soon() -> None:
    table = Table()
    stand = table.enter()
    table.ask(stand, "edit", Need.PROGRESS, after=table.now + 100)

    assert table.due() == []
    assert table.look == table.now + LOOK
    table.precedence.drop(stand)
    table.due()
    assert table.look == inf


def test_who_leaves_takes_nothing_along() -> None:
    table = Table()
    stands = [table.enter() for _ in range(3)]
    assert all(table.open(stand) for stand in stands)
    for stand in stands:
        table.precedence.leave(stand, table.now)

    assert table.open(table.enter())


def test_a_bucket_keeps_the_numbers_that_its_platform_says_now() -> None:
    calls = [3]

    def learning(call: str) -> Sequence[Bucket]:
        return (Bucket("edit", "C1", calls[0], 60),) if call == "edit" else ()

    table = Table()
    stands = [table.enter(learning) for _ in range(5)]
    assert [table.open(stand) for stand in stands] == [True, True, True, False, False]
    calls[0] = 5
    table.enter(learning)

    assert table.open(stands[3])


def test_buckets_that_nobody_uses_any_more_are_forgotten() -> None:
    table = Table()
    for number in range(MOST_BUCKETS + 10):
        table.precedence.leave(table.enter(lambda call, scope=str(number): (Bucket("edit", scope, 5, 5),)), table.now)

    assert len(table.precedence._shares) <= MOST_BUCKETS + 1
