"""Slack's text as Markdown and Markdown as Slack shows it: nobody is pinged, nothing is lost."""

import re
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack.markup import LOADING, NOTIFIES, measure, notification, quiet, status, to_markdown
from core import engine
from core.claude import ending
from core.prompts import READING
from core.text import pages
from tests.core.adversaries import adversary
from tests.core.test_text import is_balanced

NAMES = {"C0NEWS": "news", "U0BEN": "Ben Okri"}
ASKER = "U0ADA"
PING = re.compile(r"<(?:[@#]\w|!(?:here|channel|everyone|group|subteam|date)\b)", re.IGNORECASE)
SLACKISH = st.lists(
    st.sampled_from(
        [
            *(
                "<",
                ">",
                "|",
                "&amp;",
                "&lt;",
                "&gt;",
                "```",
                "`",
                "\n",
                " ",
                "@",
                "#",
                "!",
                "channel",
                "here",
                "~~~",
                "![",
                "](",
                "$$",
                "\\(",
                "\\)",
                "\\[",
                "\\]",
                "$x_1$",
                "\\\\\n",
                "**",
                "字",
                "「",
            ),
            *(
                "U0BEN",
                "U0ADA",
                "https://a.example/?x=1",
                "word",
                "😀",
                "é",
                "subteam^S1",
                "mailto:a@b.c",
                ")",
                "python",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U0BEN> and <@U0BEN|ben> and <@U0EVE>", "@Ben Okri and @Ben Okri and @U0EVE"),
        ("see <#C0DEV|dev>, <#C0OPS> or <#C0NEWS|>", "see #dev, #C0OPS or #news"),
        ("<!here> <!channel|@channel> <!subteam^S1|@core> <!subteam^S2>", "@here @channel @core @S2"),
        ("at <!date^1795259310^{date}|Nov 21>", "at Nov 21"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<https://a.example|a.example> <https://a.example/b|the b>", "https://a.example [the b](https://a.example/b)"),
        ("read <http://README.md|README.md> and <http://a.example/x|a.example/x>", "read README.md and a.example/x"),
        ("<https://a.example/b_(c)|the c>", "[the c](<https://a.example/b_(c)>)"),
        ("<mailto:a@b.example|a@b.example> <tel:+123>", "a@b.example +123"),
        ("a &lt; b &amp;&amp; c &gt; d &amp;lt;", "a < b && c > d &lt;"),
        ("1 < 2 > 0 <b>", "1 < 2 > 0 <b>"),
        ("run ```print(1)``` now", "run \n```\nprint(1)\n```\n now"),
        ("```python\nprint(1)\n```", "```python\nprint(1)\n```"),
        ("```a b\nc```", "```\na b\nc\n```"),
        ("```<https://a.example|a.example> &lt;@U0BEN&gt;```", "```\na.example <@U0BEN>\n```"),
        ("an open ```fence", "an open ```fence"),
    ],
)
def test_slacks_text_becomes_the_markdown_that_it_looks_like(text: str, expected: str) -> None:
    assert to_markdown(text, NAMES) == expected


@given(SLACKISH)
def test_no_text_breaks_the_reading_and_plain_words_survive_it(text: str) -> None:
    assert to_markdown(text, NAMES).count("word") >= text.count("word") - text.count("|")


@pytest.mark.parametrize(
    "text",
    [
        *("<!channel>", "<!here|here>", "<!everyone>", "<!CHANNEL>", "<!subteam^S1|@core>", "<!group>"),
        *("<@U0BEN>", "<@U0BEN|ben>", "<@U0ADAM>", "<#C0DEV>", "[x](<!channel>)", "`<!here>`", "```\n<!channel>\n```"),
    ],
)
def test_nobody_but_the_asker_is_named_so_that_slack_would_notify_him(text: str) -> None:
    assert not PING.search(quiet(text, ASKER))


def test_the_asker_may_be_named() -> None:
    assert quiet("<@U0ADA> <@U0ADA|ada>", ASKER) == "<@U0ADA> <@U0ADA|ada>"
    assert quiet("<@U0ADA>", "") == "&lt;@U0ADA>"


def test_html_and_links_stay_as_they_are() -> None:
    text = "<!DOCTYPE html><!-- x --><https://a.example> List<int> a <b>"

    assert quiet(text, ASKER) == text


@given(SLACKISH)
def test_a_text_at_every_step_of_its_way_pings_nobody(text: str) -> None:
    found = PING.findall(quiet(text, ASKER).replace(f"<@{ASKER}>", "").replace(f"<@{ASKER}|", ""))

    assert found == []


def test_images_become_links_but_not_in_code() -> None:
    text = "![a cat](https://a.example/c.png) ![](https://b.example)\n`![x](y)`\n```\n![z](y)\n```\n![d](e) vec![1]"
    shown = (
        "[a cat (a.example)](https://a.example/c.png) [image (b.example)](https://b.example)\n"
        "`![x](y)`\n```\n![z](y)\n```\n[d](e) vec![1]"
    )

    assert quiet(text, ASKER) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\[ \left\{ x_1,\; x_2 \right\} \]", r"`\left\{ x_1,\; x_2 \right\}`"),
        (r"Of \(\{a_i\}_{i=1}\) and $\{b_*\}$: $5 or `$c_*$`", r"Of `\{a_i\}_{i=1}` and `\{b_*\}`: $5 or `$c_*$`"),
        ("So:\n\n$$\na & b \\\\\nc\n$$\nthen", "So:\n\n```\na & b \\\\\nc\n```\nthen"),
        ("\\[\nx_1", "```\nx_1\n```"),
        ("```\n$$\n\\(x\\)\n```\n\\(x\\)", "```\n$$\n\\(x\\)\n```\n`x`"),
        ("| $a_ | b$ |\n|---|---|\n| $x_1 | y$ |", "| $a_ | b$ |\n|---|---|\n| $x_1 | y$ |"),
        ("\\(x = [a](https://evil.example)\\)", "`x = [a](https://evil.example)`"),
    ],
)
def test_formulas_come_as_code_and_hide_nothing(text: str, shown: str) -> None:
    assert quiet(text, ASKER) == shown
    assert measure(text) >= len(quiet(text, ASKER))


def test_a_badge_is_the_link_that_it_is() -> None:
    badge = "[![build](https://img.example/x.svg)](https://ci.example.com)"

    assert quiet(badge, ASKER) == "[build (ci.example.com)](https://ci.example.com)"


@pytest.mark.parametrize("before", ["", "<https://a.example/?q=", "<mailto:", "<@U0BEN|", "a | b "])
def test_slacks_own_links_have_no_label_that_hides_them(before: str) -> None:
    shown = quiet(f"{before}<https://evil.example|bank> <https://a.example>", ASKER)

    assert not re.search(r"<[a-z]+:[^>\n]*\|", shown)
    assert shown.endswith("<https://a.example>")


def test_what_nobody_can_see_goes_but_not_what_parts_a_line() -> None:
    assert quiet("a\u202eb\U000e0041c \u200b# d 👩\u200d💻\x07", ASKER) == "abc \u200b# d 👩\u200d💻"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thinking…", "is thinking…"),
        ("Searching the web…", "is searching the web…"),
        ("2 ahead of you", "is waiting: 2 ahead of you"),
        ("", ""),
    ],
)
def test_a_status_reads_well_behind_the_bots_name(text: str, expected: str) -> None:
    assert status(text) == expected


@pytest.mark.parametrize("text", [ending.ASKING, ending.ahead(20), ending.waiting("61 seconds"), engine.AWAY, READING])
def test_what_is_going_on_is_told_as_what_claude_does_and_fits_a_line(text: str) -> None:
    assert status(text).startswith("is ")
    assert "Claude" not in status(text)
    assert not status(text).startswith("is waiting:")
    assert len(text) <= LOADING


@given(SLACKISH)
def test_the_measure_is_at_least_what_is_sent(text: str) -> None:
    sent = quiet(text, ASKER)

    assert measure(text) >= len(sent.encode("utf-16-le")) // 2


@given(SLACKISH, SLACKISH)
def test_the_measure_never_shrinks_and_adds_up_over_lines(first: str, second: str) -> None:
    assert measure(first + second) >= measure(first)
    assert measure(f"{first}\n{second}") == measure(f"{first}\n") + measure(second)


@given(SLACKISH)
def test_the_notification_is_plain_and_short_and_holds_no_markup_of_slacks(text: str) -> None:
    plain = notification(text * 200)

    assert 0 < len(plain) <= NOTIFIES
    assert "<" not in plain
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", plain)


@given(st.text(min_size=1) | SLACKISH)
def test_a_short_text_leaves_room_for_the_longest_notification(text: str) -> None:
    short = (text * 1_500)[:1_500]

    assert measure(short) + NOTIFIES <= 13_000


def test_the_notification_leaves_the_marks_out() -> None:
    assert notification("## Why\n**Because** `x` < y\n```python\nz\n```") == "Why\nBecause x &lt; y\n\nz"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_what_pages_cuts_is_balanced_as_it_is_sent_and_fits(seed: int) -> None:
    sent = [quiet(page.text, ASKER) for page in pages(adversary(Random(seed)), 600, measure, final=False, most=50)]

    assert all(is_balanced(text) for text in sent)
    assert all(len(text) <= 600 for text in sent)


def test_the_whole_message_stays_below_what_slack_takes() -> None:
    text = "word " * 2_300

    assert measure(text) + len(notification(text)) <= 13_000


@pytest.mark.parametrize(
    "piece",
    [
        "`",
        "``` ",
        "![",
        "<",
        "<@",
        "&",
        "\n",
        "[",
        " ",
        "~",
        "<!here>",
        "](https://a.b)",
        "]: x:",
        "$",
        "$$\n",
        "\\(",
        "[![a](b",
    ],
)
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = piece * (40_000 // len(piece))

    started = time.process_time()
    quiet(text, ASKER)
    measure(text)
    notification(text)
    to_markdown(text, NAMES)

    assert time.process_time() - started < 0.5
