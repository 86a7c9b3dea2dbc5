"""Nobody is led to a host that he does not see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.links import GUARD, allowance, with_hosts, without_badges
from tests.privacy.reading import hidden

PIECES = st.lists(
    st.sampled_from(
        [
            *("[", "]", "](", "(", ")", "<", ">", "\\", "&", ";", "@", ":", "//", "/", "?", "#", " ", '"', "*", "!"),
            *("https://", "HTTP://", "https:", "javascript:", "mailto:", "evil.example", "good.example", "www."),
            *("&#46;", "&colon;", "&#104;", "%2e", "\\.", "[::1]", ":80", "user", "bücher.example", "label", "\t"),
        ]
    ),
    max_size=20,
).map("".join)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[docs](https://a.example/x)", "[docs (a.example)](https://a.example/x)"),
        ("see [a](https://a.example) and [b](http://b.example)", "see [a (a.example)](https://a.example) and [b (b.example)](http://b.example)"),
        ("[the docs of a.example](https://www.a.example/x)", "[the docs of a.example](https://www.a.example/x)"),
        ("[A.Example](https://a.example)", "[A.Example](https://a.example)"),
        ("[google.example](https://gle.example)", "[google.example (gle.example)](https://gle.example)"),
        ("[a.example.good.example](https://a.example)", "[a.example.good.example (a.example)](https://a.example)"),
        ("[see *a.example*](https://a.example)", "[see *a.example*](https://a.example)"),
        ("[https://b.example (a.example)](https://a.example)", "[https://b.example (a.example)](https://a.example)"),
        ("[https://a.example/x?y=z](https://a.example/b)", "[https://a.example/x?y=z](https://a.example/b)"),
        ("[**https://WWW.a.example**](https://a.example)", "[**https://WWW.a.example**](https://a.example)"),
        ("[see https://a.example/x.](https://a.example/b)", "[see https://a.example/x.](https://a.example/b)"),
        ("[good.example](https://good.example@evil.example/)", "[good.example (evil.example)](https://good.example@evil.example/)"),
        ("[a](https://h.example:8080/)", "[a (h.example:8080)](https://h.example:8080/)"),
        ("[a](<https://h.example/x y>)", "[a (h.example)](<https://h.example/x y>)"),
        ("[a](https://[::1]/)", "[a ([::1])](https://[::1]/)"),
        ("plain https://a.example stays", "plain https://a.example stays"),
        ("a[0](x) and [guide](./docs/guide.md#top)", "a[0](x) and [guide](./docs/guide.md#top)"),
    ],
)  # fmt: skip
def test_a_link_shows_the_host_that_it_leads_to(line: str, shown: str) -> None:
    assert with_hosts(line) == shown


@pytest.mark.parametrize("scheme", ["", "https://", "see https://", "HTTP://"])
@pytest.mark.parametrize(
    "rest",
    [
        *(
            "/login?ref=evil.example",
            "/?evil.example",
            "/evil.example",
            "#evil.example",
            "&to=evil.example",
            ",evil.example",
        ),
        *(
            "/a:evil.example",
            "/~evil.example",
            "/x%evil.example",
            "/(evil.example)",
            "/“evil.example”",
            "/a;evil.example",
        ),
        *("@evil.example", "\\@evil.example"),
    ],
)
def test_a_host_within_the_address_of_another_one_names_none(scheme: str, rest: str) -> None:
    label = f"{scheme}bank.example{rest}"

    assert with_hosts(f"[{label}](https://evil.example/x)") == f"[{label} (evil.example)](https://evil.example/x)"


@pytest.mark.parametrize("scheme", ["", "https://"])
@pytest.mark.parametrize(
    "rest", ["@bank.example", "\\.bank.example", "*.bank.example*", "&#46;bank.example", "%2ebank.example"]
)
def test_a_host_that_only_seems_to_end_there_names_none(scheme: str, rest: str) -> None:
    label = f"{scheme}evil.example{rest}"

    assert with_hosts(f"[{label}](https://evil.example/x)") == f"[{label} (evil.example)](https://evil.example/x)"


@pytest.mark.parametrize(
    "target",
    [
        *("javascript:alert(1)", "data:text/html,x", "slack://open", "mailto:a@b.example", "//evil.example"),
        *(
            "https:evil.example",
            "https:\\/\\/evil.example",
            "https://good&#46;evil.example",
            "&#104;ttps://evil.example",
        ),
        *("https://good\\.evil.example", "https://a]b.example", "https://", "https://x%2eexample", ""),
    ],
)
def test_what_hides_its_host_is_shown_instead_of_linked(target: str) -> None:
    line = f"[label]({target})"

    assert with_hosts(line) == f"[label]{GUARD}({target})"
    assert hidden(with_hosts(line)) == []


@settings(deadline=None)
@given(PIECES)
def test_no_reader_finds_a_link_whose_host_is_not_shown(line: str) -> None:
    assert hidden(with_hosts(f"[x{line}") if "](" in line else "") == []


@given(PIECES, PIECES)
def test_the_allowance_is_enough_never_shrinks_and_adds_up_over_lines(first: str, second: str) -> None:
    assert len(with_hosts(first)) - len(first) <= allowance(first)
    assert allowance(first + second) >= allowance(first)
    assert allowance(f"{first}\n{second}") == allowance(f"{first}\n") + allowance(second)


def test_of_a_picture_that_is_a_link_its_words_remain() -> None:
    text = "[![build](https://a.example/b.svg)](https://b.example) [![](c)](d) ![e](f) [g](h)"

    assert without_badges(text) == "[build](https://b.example) [image](d) ![e](f) [g](h)"
