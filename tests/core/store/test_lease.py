"""A lease, as its owner sees it."""

from core.contract import Outcome
from core.store import Admission, Lease


def lease(now: list[float]) -> Lease:
    return Lease(7, lambda: now[0], 10.0, "r", "l", "p", "e", "slack", turn="id-of-somebodys-message")


def test_a_lease_is_held_until_its_deadline_less_what_is_to_be_done_within() -> None:
    now = [0.0]
    held = lease(now)

    now[0] = 9.5
    assert held.held()
    assert held.held(0.4)
    assert not held.held(0.5)
    now[0] = 10.0
    assert not held.held()


def test_a_lost_lease_stays_lost() -> None:
    held = lease([0.0])
    held.lost = True
    held.deadline = 1000.0

    assert not held.held()


def test_a_lease_knows_the_platform_of_a_pool() -> None:
    held = lease([0.0])
    held.pool = "terminal.5ea7"

    assert held.platform == "terminal"


def test_no_id_shows_in_its_repr() -> None:
    assert "somebody" not in repr(lease([0.0]))


def test_an_admission_is_plain_when_nothing_is_wrong() -> None:
    assert Admission(Outcome.ACCEPTED) == Admission(Outcome.ACCEPTED, 0, False, None, 0, "")
