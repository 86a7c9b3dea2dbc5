"""Where an answer's words come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claude import sources
from core.links import with_hosts


def cites(*urls: object) -> list[object]:
    return [{"type": "web_search_result_location", "url": url} for url in urls]


def test_each_address_is_named_once_in_the_order_of_the_answer() -> None:
    found = sources.of(cites("https://b.example/1", "https://a.example/", "https://b.example/1"))

    assert found == ("https://b.example/1", "https://a.example/")


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "x", "javascript:alert(1)", "ftp://a.example", "https://", "https://bank.example@evil.example/"),
        *("https://[", "https://localhost/", f"https://{'a' * 64}.example/"),
    ],
)
def test_an_address_that_leads_nowhere_in_the_open_is_none(url: object) -> None:
    assert sources.of(cites(url)) == ()


def test_what_cites_nothing_has_no_sources() -> None:
    assert sources.of(["x", None, {"type": "char_location"}]) == ()
    assert sources.told(()) == ""


def test_links_name_their_hosts() -> None:
    found = sources.of(cites("https://a.example/x?y=(1)", "https://www.b.example:8443/", "https://bücher.example/ä"))

    assert sources.told(found) == (
        "Sources: [a.example](https://a.example/x?y=%281%29), [www.b.example](https://www.b.example:8443/), "
        "[xn--bcher-kva.example](https://xn--bcher-kva.example/%C3%A4)."
    )


def test_many_are_counted_and_endless_ones_left_out() -> None:
    many = [f"https://a.example/{number}" for number in range(9)]

    assert sources.told(sources.of(cites(*many, "https://a.example/" + "x" * 300))).endswith("/4) and 4 more.")
    assert sources.of(cites(f"https://{'a.' * 80}example/")) == ()


@given(st.text(st.characters()), st.text(st.characters()))
def test_no_address_leaves_its_link(host: str, end: str) -> None:
    told = sources.told(sources.of(cites(f"https://{host}.example/{end}")))

    assert not told or (told.count("](") == told.count(")") == 1 and "*" not in told)
    assert with_hosts(told) == told
