"""What was said in a thread before the bot comes into it."""

from typing import Any

import pytest

from bots.discord import threads
from bots.discord.parse import to_event
from core.called import is_kept_back
from core.commands import as_message
from core.contract import Message, Person
from core.errors import Closed, Uncertain
from tests.bots.discord.desk import ADA, BOT, GENERAL, House, at_work, house, turn
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio
PLANS = "[title of this thread] Plans"


async def test_what_was_said_in_a_thread_before_is_read(here: House) -> None:
    root = here.say("a topic")
    thread = here.do("thread", message=root)["id"]
    here.say("first", thread=thread, mention=True, user="grace")
    here.do("say", text="beep", thread=thread, mention=True)
    here.say("what do you think?", thread=thread, mention=True)
    asked = to_event("MESSAGE_CREATE", here.ground.gateway.past[-1].data, BOT, GENERAL)
    assert isinstance(asked, Message)

    found = await here.platform.before(asked)

    assert [(one.author.name, one.text) for one in found][-2:] == [("Grace", "first"), ("Ada", "beep")]


async def test_what_was_said_in_a_thread_stands_there_empty_where_we_may_not_read_it(here: House) -> None:
    asked = in_thread(here, "why?", said=2)

    _, *said = await here.platform.before(asked)

    assert [(is_kept_back(one), one.author.name) for one in said] == [(True, "Grace"), (True, "Ada"), (True, "Ada")]


def in_thread(here: House, text: str, *, said: int) -> Message:
    """A question in a thread, after so many messages there."""
    thread = here.do("thread", message=here.say("the topic", user="grace"), name="Plans")["id"]
    for number in range(said):
        here.say(str(number), thread=thread)
    return turn(here.say(text, thread=thread, mention=True), thread=thread).message


@pytest.mark.parametrize(("status", "times"), [(503, 2), (429, 2), ("reset", 1)])
async def test_a_hiccup_does_not_cost_the_question_its_thread(
    monkeypatch: pytest.MonkeyPatch, status: object, times: int
) -> None:
    monkeypatch.setattr(threads, "READ_PAUSES", (0.0, 0.0))
    async with house(content=True) as here:
        asked = in_thread(here, "why?", said=2)
        here.fail("message.list", status, times=times, retry_after=0.01)

        assert [one.text for one in await here.platform.before(asked)] == [PLANS, "the topic", "0", "1"]


async def test_a_thread_that_cannot_be_read_is_tried_as_long_as_its_asker_waits_and_what_was_read_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "READ_PAUSES", (0.0,) * 5)
    async with house(content=True) as here:
        asked = in_thread(here, "why?", said=100)
        here.fail("message.list", 503, skip=1, times=2)
        assert len(await here.platform.before(asked)) == 102
        assert len(here.calls("message.list")) == 4

        monkeypatch.setattr(threads, "THREAD_SECONDS", 0.0)
        here.fail("message.list", 503)
        with pytest.raises(Uncertain):
            await here.platform.before(asked)


async def test_of_a_long_thread_the_first_message_and_the_newest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "EARLIER_CALLS", 1)
    async with house(content=True) as here:
        said = [one.text for one in await here.platform.before(in_thread(here, "why?", said=105))]
        whole = [one.text for one in await here.platform.before(in_thread(here, "why?", said=99))]

    assert said == [PLANS, "the topic", *map(str, range(5, 105))]
    assert whole == [PLANS, "the topic", *map(str, range(99))]


async def test_what_was_said_in_a_thread_since_is_told_with_one_call() -> None:
    async with house(content=True) as here:
        asked = in_thread(here, "why?", said=205)
        whole = await here.platform.before(asked)
        calls, since = len(here.calls("message.list")), whole[-90].at

        said = await here.platform.before(asked, since)

        assert 0 < len(said) < 90
        assert said == [one for one in whole if one.at > since]
        assert len(here.calls("message.list")) == calls + 1


async def test_a_channel_has_no_past_of_its_own(here: House) -> None:
    here.say("hello")
    here.say("why?", mention=True)
    asked = to_event("MESSAGE_CREATE", here.ground.gateway.past[-1].data, BOT)
    assert isinstance(asked, Message)

    assert await here.platform.before(asked) == ()


# Its title


def posted(here: House, text: str, **more: Any) -> str:
    """Somebody posts in a forum; the id of the post, which is that of its first message."""
    forum = here.do("add_channel", name="help", forum=True)["id"]
    return str(here.do("thread", channel=forum, name="How do I install?", text=text, **more)["id"])


async def test_the_title_of_a_post_comes_with_its_first_message(here: House, inbox: Notebook) -> None:
    post = posted(here, "any idea?", mention=True)
    await until(lambda: inbox.events)
    [asked] = inbox.events
    assert isinstance(asked, Message)

    [title] = await here.platform.before(asked)

    assert (title.author, title.text) == (Person(ADA, "Ada"), "[title of this thread] How do I install?")
    assert (asked.text, asked.place.thread, here.calls("message.list")) == ("any idea?", post, [])
    assert not here.calls("channel.get")  # the gateway told


async def test_the_title_is_asked_for_where_the_gateway_did_not_tell_and_missing_it_costs_nothing_else() -> None:
    async with house(content=True) as here:
        post = posted(here, "it fails")
        asked = turn(here.say("why?", thread=post, user="grace", mention=True), thread=post).message

        with_title = await here.platform.before(asked)
        here.fail("channel.get", 500)
        without = await here.platform.before(asked)

    assert [(one.author.name, one.text) for one in with_title] == [
        ("Ada", "[title of this thread] How do I install?"),
        ("Ada", "it fails"),
    ]
    assert [one.text for one in without] == ["it fails"]


# Where nothing may be read


async def test_a_thread_that_the_bot_may_not_read_is_not_taken_for_an_empty_one() -> None:
    async with house(content=True) as here:
        asked = in_thread(here, "why?", said=2)
        here.do("deny", channel="general", permissions=["READ_MESSAGE_HISTORY"])

        with pytest.raises(Closed):
            await here.platform.before(asked)


async def test_a_thread_in_which_nothing_was_said_before_is_an_empty_one(here: House) -> None:
    thread = here.do("thread", name="Plans")["id"]
    asked = turn(here.say("why?", thread=thread, mention=True), thread=thread).message

    assert [one.text for one in await here.platform.before(asked)] == [PLANS]


@pytest.mark.parametrize("denied", [[], ["READ_MESSAGE_HISTORY"]])
async def test_a_command_brings_along_whether_the_thread_may_be_read(denied: list[str]) -> None:
    async with house(content=True) as here:
        thread = in_thread(here, "why?", said=1).place.thread
        here.do("deny", channel="general", permissions=denied)
        inbox = Notebook()
        async with at_work(here, inbox):
            await until(lambda: here.ground.world.commands.get(0))
            here.do("interact", command="ask", options={"question": "sum up"}, thread=thread)
            await until(lambda: inbox.commands)
            asked = as_message(inbox.commands[0])

            if denied:
                with pytest.raises(Closed):
                    await here.platform.before(asked)
            else:
                assert [one.text for one in await here.platform.before(asked)][:3] == [PLANS, "the topic", "0"]
