"""The world: stamps that only grow, conversations that exist once."""

from hypothesis import given
from hypothesis import strategies as st

from playground.slack.world import Message, World


@given(st.lists(st.floats(1.6e9, 1.9e9), min_size=1, max_size=50))
def test_stamps_grow_even_when_the_clock_does_not(times: list[float]) -> None:
    clock = iter(times)
    world = World(clock=lambda: next(clock))
    stamps = [world.stamp() for _ in times]

    assert stamps == sorted(set(stamps))
    assert {len(stamp.partition(".")[2]) for stamp in stamps} == {6}


def test_a_conversation_of_the_same_people_is_the_same() -> None:
    world = World()

    assert world.direct("U0ADA") == world.direct("U0ADA")
    assert world.direct("U0ADA", "U0BEN") == world.direct("U0BEN", "U0ADA")
    assert (world.direct("U0ADA").kind, world.direct("U0ADA", "U0BEN").kind) == ("im", "mpim")


def test_a_channel_of_another_id_has_all_that_was_said_there() -> None:
    world = World()
    old = world.direct("U0ADA", "U0BEN")
    world.put(Message(old.id, "1.1", "U0ADA", "root"))
    world.put(Message(old.id, "1.2", "U0BEN", "reply", thread="1.1"))

    new = world.rename(old, "C0NEW")

    assert (world.channel(old.id), world.channel("C0NEW"), new.members) == (None, new, old.members)
    assert [message.text for message in world.top("C0NEW")] == ["root"]
    assert [(reply.channel, reply.text) for reply in world.replies("C0NEW", "1.1")] == [("C0NEW", "reply")]
    assert (list(world.top(old.id)), world.replies(old.id, "1.1")) == ([], [])
