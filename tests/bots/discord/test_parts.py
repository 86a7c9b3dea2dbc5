"""When something was, and who somebody is."""

from hypothesis import given
from hypothesis import strategies as st

from bots.discord.parts import GUEST, author_of, is_past, seconds, snowflake
from tests.bots.discord.desk import payload


@given(st.integers(1_500_000_000, 4_000_000_000))
def test_an_id_of_a_moment_is_of_that_moment(moment: int) -> None:
    assert seconds(str(snowflake(moment))) == moment


def test_what_an_id_tells_of_a_time_before_any_turn_is_not_believed() -> None:
    now = 1_800_000_000.0

    assert is_past(now - 60, now)
    assert not is_past(now + 60, now)
    assert not is_past(seconds("5001"), now)


def test_a_guest_is_not_trusted() -> None:
    _, data = payload("mention")

    assert author_of(data).trusted
    assert not author_of(data | {"member": data["member"] | {"flags": GUEST}}).trusted


def test_a_name_is_the_servers_and_cannot_look_like_a_fence() -> None:
    _, data = payload("mention")

    assert author_of(data | {"member": data["member"] | {"nick": "<b>\nAda`"}}).name == "b Ada"
