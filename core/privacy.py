"""The command about what is kept of people: told, given out, erased, and for how long."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from core.contract import Command, Outcome, Verdict
from core.store import Erased

EXPORT = "export"
DELETE = "delete"
KEEP = "keep"
WORDS = (EXPORT, DELETE, KEEP)
"""What can be asked for."""
PLACE = "place"
"""Asks it of the place, not of the person."""
YES = "yes"
DEFAULT = "default"
"""Takes back the days that were set for a channel."""
FILE = "parley.json"
"""The name of the file that is given out."""
MOST_BYTES = 8 << 20
"""The largest file that every platform takes from a bot."""
FILE_SENT = "What I keep of {} comes as a file, for you alone."
TOO_MUCH = (
    "What I keep of {} is too much for a file here. Please ask whoever runs this bot: `parley export` gives it out."
)
_ADMINS = "Only admins of this bot may do that for a place."


class Rights(Protocol):
    """What the command may use. core/rights.py is the only one."""

    @property
    def history_days(self) -> int:
        """HISTORY_DAYS."""

    async def keeps(self, command: Command) -> int | None:
        """The days that admins set for this channel; None: HISTORY_DAYS."""

    async def keep(self, command: Command, days: int | None) -> int | None: ...
    async def export(self, command: Command, *, place: bool) -> bytes:
        """All that is kept of the person, or of the place, as JSON."""

    async def erase(self, command: Command, *, place: bool) -> Erased: ...


async def answer(rights: Rights, command: Command, *, admin: bool) -> Verdict:
    """The command's answer, for this person alone. In a place of their own people may do what admins may elsewhere."""
    head, *rest = command.argument.lower().split() or [""]
    of_place = rest[:1] == [PLACE] or (head == KEEP and rest)
    if of_place and not (admin or _is_theirs(command, head)):
        return _told(_ADMINS)
    wish = _WISHES.get(head)
    return (wish and await wish(rights, command, tuple(rest))) or _told(_USAGE)


def _is_theirs(command: Command, wish: str) -> bool:
    """Whether the wish touches nobody else.

    How long things are kept is set for a whole channel, where others may have private places, too.
    """
    place, is_of_channel = command.place, wish == KEEP
    return place.private and not (is_of_channel and place.thread == command.author.id)


def is_request(argument: str) -> bool:
    """Whether a text after the word privacy can only be one."""
    first, *others = argument.lower().split() or [""]
    return first in WORDS and all(word in (PLACE, YES, DEFAULT) or word.isdecimal() for word in others)


async def _export(rights: Rights, command: Command, rest: tuple[str, ...]) -> Verdict | None:
    if rest not in ((), (PLACE,)):
        return None
    found = await rights.export(command, place=bool(rest))
    whose = "this place" if rest else "you"
    if len(found) > MOST_BYTES:
        return _told(TOO_MUCH.format(whose))
    return Verdict(Outcome.TOLD, FILE_SENT.format(whose), file=found)


async def _delete(rights: Rights, command: Command, rest: tuple[str, ...]) -> Verdict | None:
    match rest:
        case ():
            return _told(_WARNING)
        case ("place",):
            return _told(_WARNING_PLACE)
        case ("yes",):
            await rights.erase(command, place=False)
            # No numbers: others' questions that quote them went, too, and who asked about whom is told to nobody.
            return _told(_GONE.format("of you", "") + _LIMITS)
        case ("place", "yes"):
            return _told(_GONE.format("of this place", _numbers(await rights.erase(command, place=True))))
    return None


async def _keep(rights: Rights, command: Command, rest: tuple[str, ...]) -> Verdict | None:
    most = rights.history_days
    match rest:
        case ():
            return _told(_kept(most, await rights.keeps(command)))
        case (days,) if days == DEFAULT or days.isdecimal():
            wanted = None if days == DEFAULT else int(days)
            if wanted is not None and wanted > most:
                return _told(f"Whoever runs this bot lets me keep what is said for {_days(most)} at most.")
            return _told("Done. " + _kept(most, await rights.keep(command, wanted)))
    return None


async def _about(rights: Rights, command: Command, rest: tuple[str, ...]) -> Verdict:
    return _told(_ABOUT.format(kept=_kept(rights.history_days, await rights.keeps(command))))


_WISHES: Mapping[str, Callable[[Rights, Command, tuple[str, ...]], Awaitable[Verdict | None]]] = {
    "": _about,
    EXPORT: _export,
    DELETE: _delete,
    KEEP: _keep,
}


def _told(text: str) -> Verdict:
    return Verdict(Outcome.TOLD, text)


def _kept(history_days: int, own: int | None) -> str:
    days = history_days if own is None else min(own, history_days)
    if not days:
        return "In this channel and its threads I keep nothing of a conversation after the answer."
    return (
        f"In this channel and its threads I keep what is said for {_days(days)}. When a conversation becomes too long, "
        "a summary takes the place of its oldest part: I keep it for as long after the newest message in it, and so on "
        "with the next summary."
    )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _numbers(erased: Erased) -> str:
    return f" ({_count(erased.exchanges, 'answered question')} and {_count(erased.turns, 'message')})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


_ABOUT = """\
**What I keep, where, how long, and who sees it**
- What you ask me, with the names of people and files in it, and what I answer: encrypted, in the database of whoever \
runs this bot. {kept}
- Your newest question and its answer: for 7 days at most, for the buttons below it. A question that waits: until it \
is answered.
- How often you asked, and what it cost: numbers under a code name, for 92 days; and a line for each answer in a \
file of whoever runs this bot, until they delete it.
- Attached files: not kept. I read them in this chat each time I need them.
- In logs: nothing of what was said, no names, no ids.
- Who else sees it: to answer, your question, the conversation before it and attached files go to Anthropic, who make \
Claude; their terms for the API say how long they keep it. People in this place see what is said in it.
- If you delete your question or my answer in the chat, I forget it too.

**What you can do**
- `privacy export`: get what I keep about you as a file
- `privacy delete`: have it deleted, and with it what others asked me that quotes you; the file has nothing of that
- for admins, of a place: `privacy export place`, `privacy delete place`, `privacy keep 7` (days; `0`: nothing after \
the answer)"""
_WARNING = (
    "This deletes what you asked me and what I answered, in every place here, what others asked me that quotes you, "
    "and what you used in the past; it cannot be undone. Messages in the chat itself stay. Write `privacy delete yes` "
    "to do it."
)
_WARNING_PLACE = (
    "This deletes what anybody asked and I answered in this place and its threads, and what was chosen for it; it "
    "cannot be undone. Messages in the chat itself stay. Write `privacy delete place yes` to do it."
)
_GONE = "Done: nothing {} is kept any more{}. What is in the chat itself stays there."
_LIMITS = (
    " Only the counts of how often you ask and of what you used today stay, for a day, or as long as your limits look "
    "back: numbers under a code name. Whoever runs this bot also has a line of such numbers for each answer: ask them "
    "to delete those."
)
_USAGE = "Write `privacy`, `privacy export`, `privacy delete`, or `privacy keep` with a number of days."
