"""What stands on a screen, and the next thing to do to it."""

from math import inf

import pytest

from core.canvas import WITHDRAWN, Canvas, Ending, Stroke, Unheld
from core.contract import Action, Page
from core.errors import Closed, Shut, StaleLease, Uncertain, Vanished
from tests.core.stand_in import Notebook, Platform, StandIn, turn
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import run

pytestmark = pytest.mark.anyio

PAGES = "\n\n".join(f"Paragraph number {number}." for number in range(20))


def canvas(screen: StandIn | None = None, journal: Notebook | None = None, **of: object) -> Canvas:
    return Canvas(screen or StandIn(Platform(), size=300), journal or Notebook(), turn(**of))  # type: ignore[arg-type]  # a turn's arguments


async def bring(canvas: Canvas, text: str, ending: Ending | None = None) -> list[str]:
    """Do all there is to do for this text; the calls it took."""
    calls = []
    while stroke := canvas.plan(text, ending):
        calls.append(f"{stroke.call} {stroke.place}")
        await canvas.make(stroke)
    return calls


async def test_each_page_is_posted_when_the_text_comes_to_it_and_completed_before() -> None:
    here = canvas()

    assert [await bring(here, PAGES[:100]), await bring(here, PAGES[:200]), await bring(here, PAGES[:500])] == [
        ["post 0"],
        ["edit 0"],
        ["edit 0", "post 1"],
    ]


async def test_stop_is_offered_on_the_page_that_grows_and_only_there() -> None:
    screen = StandIn(Platform(), size=300)
    here = canvas(screen)
    await bring(here, PAGES[:200])
    await bring(here, PAGES)

    assert ([page.buttons for page in screen.messages.values()], here.unfinished) == ([(), (Action.STOP,)], 1)


def test_what_was_asked_stands_above_the_first_page_and_above_what_is_told_instead_of_an_answer() -> None:
    def shown(text: str, ending: Ending | None) -> list[str]:
        async def main() -> list[str]:
            screen = StandIn(Platform(), size=300)
            screen.head = "> why?"
            await bring(canvas(screen), text, ending)
            return [page.text for page in screen.messages.values()]

        return run(main())

    first, second = shown(PAGES, Ending())[:2]
    assert first.startswith("> why?\n\nParagraph number 0.")
    assert second.startswith("Paragraph")
    assert shown("", Ending("It failed.")) == ["> why?\n\n*It failed.*"]
    assert shown("", Ending()) == shown("", None) == []


async def test_a_page_that_was_left_needs_no_further_edit_at_the_end() -> None:
    here = canvas()
    await bring(here, PAGES)

    assert await bring(here, PAGES, Ending()) == ["edit 1"]


async def test_the_last_message_is_told_that_it_is_the_last() -> None:
    screen = StandIn(Platform())
    here = canvas(screen)
    await bring(here, "Hello.")
    assert await bring(here, "Hello.", Ending()) == ["edit 0"]
    assert await bring(here, "Hello.", Ending()) == []

    assert screen.messages["m1"] == Page("Hello.", final=True)


def late() -> StandIn:
    """Where nobody looks at a message any more when its answer ends."""
    found = StandIn(Platform(), size=300)
    found.watched_seconds = -1
    return found


async def test_an_answer_whose_end_would_reach_nobody_ends_in_a_new_message() -> None:
    screen, journal = late(), Notebook()
    here = canvas(screen, journal)
    await bring(here, PAGES)
    calls = await bring(here, PAGES, Ending(buttons=(Action.REGENERATE,)))

    assert calls == ["post 2", " 1"]
    assert [*screen.messages] == ["m1", "m3"]
    assert journal.bound[-3:] == [("m1", "m2"), ("m1", "m2", "m3"), ("m1", "m3")]


async def test_an_answer_that_somebody_stopped_ends_where_it_is() -> None:
    here = canvas(late())
    await bring(here, "Hello.")

    assert await bring(here, "Hello.", Ending("Stopped.", watched=True)) == ["edit 0"]


async def test_the_old_message_stays_until_the_new_one_is_noted() -> None:
    screen, journal = late(), Notebook()
    here = canvas(screen, journal)
    await bring(here, "Hello.")
    post = here.plan("Hello you.", Ending())
    assert post == Stroke("post", 1, Page("Hello you.", final=True))
    journal.is_down = True
    await here.make(post)
    with pytest.raises(Unheld):
        await here.make(Stroke("", 0))
    assert screen.shown == ["Hello.", "Hello you."]
    journal.is_down = False
    await here.make(Stroke("", 0))

    assert screen.shown == ["Hello you."]


async def test_a_new_message_stays_whatever_the_clocks_say() -> None:
    screen = late()
    here = canvas(screen)
    await bring(here, "Hello.")
    post = here.plan("Hello you.", Ending())
    assert post == Stroke("post", 1, Page("Hello you.", final=True))
    await here.make(post)
    screen.watched_seconds = inf

    calls = await bring(here, "Hello you.", Ending())
    assert calls == [" 0"]
    assert [*screen.messages] == ["m2"]


async def test_where_no_new_message_is_let_in_an_answer_ends_where_it_is() -> None:
    screen = late()
    here = canvas(screen)
    await bring(here, "Hello.")
    screen.fail("post", Closed("50013"))
    assert await bring(here, "Hello you.", Ending()) == ["post 1", "edit 0"]

    assert screen.shown == ["Hello you."]


async def test_buttons_move_to_the_last_page() -> None:
    screen = StandIn(Platform(), size=300)
    await bring(canvas(screen), PAGES, Ending(buttons=(Action.RETRY,)))

    assert [page.buttons for page in screen.messages.values()] == [(), (Action.RETRY,)]


def test_what_stands_there_from_before_is_edited_whatever_it_shows() -> None:
    assert canvas(shown=("m7",)).plan("Hello.", None) == Stroke("edit", 0, Page("Hello.", (Action.STOP,)))


async def test_after_a_crash_messages_are_kept_until_the_end_for_they_will_be_needed_again() -> None:
    screen = StandIn(Platform())
    screen.messages.update(m1=Page("old"), m2=Page("old"))
    plans = []
    for attempt in (1, 2):
        here = canvas(screen, shown=("m1", "m2"), attempt=attempt)
        await here.make(Stroke("edit", 0, Page("New.", (Action.STOP,))))
        plans.append(here.plan("New.", None))

    assert plans == [Stroke("", 1), None]


async def test_what_is_withdrawn_after_a_crash_is_one_message_like_any_other() -> None:
    screen = StandIn(Platform(), size=300)
    await bring(canvas(screen), PAGES)
    await bring(canvas(screen, attempt=2, shown=("m1", "m2")), "")

    assert screen.shown == [WITHDRAWN.text]


def test_an_empty_text_withdraws_what_is_shown_and_posts_nothing() -> None:
    assert canvas().plan("", None) is None
    assert canvas(shown=("m1",)).plan("", None) == Stroke("edit", 0, WITHDRAWN)


async def test_without_the_turn_nothing_is_called() -> None:
    screen, journal = StandIn(Platform()), Notebook(is_ours=False)
    here = canvas(screen, journal)
    for doing in (here.make(Stroke("post", 0, Page("Hello."))), here.look()):
        with pytest.raises(StaleLease):
            await doing

    assert screen.platform.calls == 0


async def test_a_post_of_unknown_fate_leaves_a_doubt_that_looking_settles() -> None:
    screen = StandIn(Platform())
    here = canvas(screen)
    doubts = [here.in_doubt]
    screen.fail("post", Uncertain("timeout"), lost=True)
    with pytest.raises(Uncertain):
        await here.make(Stroke("post", 0, Page("Hello.")))
    doubts.append(here.in_doubt)
    await here.look()

    assert [*doubts, here.in_doubt, here.is_empty] == [False, True, False, False]


async def test_whoever_had_the_turn_before_may_have_posted_more_than_one() -> None:
    screen, journal = StandIn(Platform(), size=300), Notebook(is_down=True)
    await bring(canvas(screen, journal), PAGES)
    journal.is_down = False
    after = canvas(screen, journal, attempt=2)
    while after.in_doubt:
        await after.look()

    assert journal.bound[-1] == ("m1", "m2")


async def test_what_may_not_be_changed_before_a_new_message_is_posted_goes_after_that() -> None:
    screen = StandIn(Platform(), size=300)
    here = canvas(screen)
    await bring(here, PAGES)
    screen.fail("edit", Shut("archived"))
    calls = await bring(here, PAGES.replace("Paragraph", "Line"), Ending())

    shown = [page.text for page in screen.messages.values()]
    assert calls == ["edit 0", "post 0", " 1", " 1", "post 1"]
    assert "".join(shown).count("Line") == 20
    assert "Paragraph" not in "".join(shown)


async def test_a_message_whose_removal_is_of_unknown_fate_is_not_taken_for_one_that_stands() -> None:
    screen = StandIn(Platform(), size=300)
    here = canvas(screen)
    await bring(here, PAGES)
    screen.fail("remove", Uncertain("timeout"), lost=True)
    with pytest.raises(Uncertain):
        await bring(here, "Hello.")

    calls, shown = await bring(here, PAGES), screen.shown
    assert calls == ["edit 0", "edit 1", "post 1"]
    assert "".join(shown).count("Paragraph") == 20


async def test_what_an_edit_of_unknown_fate_left_is_written_over_by_what_stood_before() -> None:
    screen = StandIn(Platform())
    here = canvas(screen)
    await bring(here, "Hello.")
    screen.fail("edit", Uncertain("timeout"), lost=True)
    with pytest.raises(Uncertain):
        await bring(here, "Hello you.")
    await bring(here, "Hello.")

    assert screen.shown == ["Hello."]


async def test_a_message_that_came_in_the_place_of_another_is_not_found_as_the_next_one() -> None:
    screen, journal = late(), Notebook()
    here = canvas(screen, journal)
    await bring(here, "Hello.")
    await bring(here, "Hello.", Ending())  # then we die
    after = canvas(screen, journal, shown=journal.bound[-1], attempt=2)
    after.plan("Hello.", Ending())
    await after.look()
    await bring(after, "Hello.", Ending())

    assert screen.messages == {"m2": Page("Hello.", final=True)}


async def test_a_message_whose_emptying_is_of_unknown_fate_is_not_taken_for_one_that_stands() -> None:
    screen = StandIn(Platform(), size=300)
    here = canvas(screen)
    await bring(here, PAGES)
    screen.fail("remove", Closed("missing_scope"))
    screen.fail("edit", Uncertain("timeout"), lost=True, skip=1)
    with pytest.raises(Uncertain):
        await bring(here, "Hello.")
    await bring(here, PAGES)

    assert "".join(screen.shown).count("Paragraph") == 20


@pytest.mark.parametrize("calls", [1, 2])
@pytest.mark.parametrize("error", [Vanished("message_not_found"), Shut("archived")])
async def test_what_is_to_be_removed_is_found_by_whoever_comes_after_and_as_it_stands(
    error: Vanished, calls: int
) -> None:
    screen, journal = StandIn(Platform(), size=300), Notebook()
    here = canvas(screen, journal)
    await bring(here, PAGES)
    text = PAGES.replace("Paragraph", "Line")
    screen.fail("edit", error)
    if not isinstance(error, Shut):
        del screen.messages["m1"]
    for _ in range(calls):  # then we die
        stroke = here.plan(text, None)
        assert stroke is not None
        await here.make(stroke)
    await bring(canvas(screen, journal, shown=journal.bound[-1], attempt=2), text, Ending())

    shown = "".join(screen.shown)
    assert [shown.count(word) for word in ("Line", "Paragraph")] == [20, 0]
    assert shown.index("number 1.") < shown.index("number 19.")


async def test_a_place_that_is_gone_takes_no_post() -> None:
    screen = StandIn(Platform())
    screen.fail("post", Vanished("thread_not_found"))
    with pytest.raises(Closed):
        await canvas(screen).make(Stroke("post", 0, Page("Hello.")))


def test_nonces_differ_by_turn_page_and_after_a_deletion_and_are_the_same_for_the_next_attempt() -> None:
    async def main() -> list[str]:
        screen = StandIn(Platform(), size=300)
        here = canvas(screen)
        await bring(here, PAGES)
        screen.messages.clear()
        await bring(here, PAGES, Ending())
        await bring(canvas(screen, id="t2"), "Hello.")
        return list(screen.nonces)

    nonces = run(main())
    assert len(nonces) == 4
    assert {len(nonce) for nonce in nonces} == {25}
    assert run(main()) == nonces


async def test_nothing_shows_what_somebody_wrote() -> None:
    here = canvas()
    await bring(here, "secret")

    assert "secret" not in repr((here, here.plan("secret text", Ending("secret")), Ending("secret")))
