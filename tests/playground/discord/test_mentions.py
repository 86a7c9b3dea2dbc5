"""Who is pinged: what the text names, as far as allowed_mentions lets it through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.discord.errors import Refused
from playground.discord.mentions import NOBODY, Pings, allowed, pings

ADA, GRACE, ROLE = 1400000000000000040, 1400000000000000041, 1400000000000000050
TEXT = f"<@{ADA}> <@!{GRACE}> <@&{ROLE}> @everyone"


def test_without_allowed_mentions_all_are_pinged() -> None:
    found = pings(TEXT, allowed(None), replied_to=7)

    assert found == Pings(everyone=True, users=(ADA, GRACE, 7), roles=(ROLE,))


@given(st.text(alphabet="<@!&>14 0everyonh"), st.integers(0, 9))
def test_an_empty_parse_lets_nobody_be_pinged(text: str, replied_to: int) -> None:
    assert pings(text + TEXT, allowed({"parse": []}), replied_to=replied_to) == NOBODY


def test_only_the_listed_people_are_pinged() -> None:
    found = pings(TEXT, allowed({"parse": [], "users": [str(ADA)], "replied_user": True}), replied_to=GRACE)

    assert found == Pings(users=(ADA, GRACE))


def test_an_author_without_the_permission_pings_no_group() -> None:
    assert pings(TEXT, allowed(None), everyone=False) == Pings(users=(ADA, GRACE))


@pytest.mark.parametrize(
    "wrong", [{"parse": ["users"], "users": ["1"]}, {"parse": ["all"]}, {"users": [str(i) for i in range(101)]}]
)
def test_what_discord_refuses_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        allowed(wrong)


def test_an_address_is_no_mention_of_everyone() -> None:
    assert pings("me@everyones.example", allowed(None)) == NOBODY
