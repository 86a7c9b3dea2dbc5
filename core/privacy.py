"""The command about what is kept of people: told, given out, erased, and for how long."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.contract import Command, Outcome, Verdict
from core.store import Erased, Reach

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
    async def export(self, command: Command, place: Reach | None, at_most: int) -> bytes:
        """All that is kept of the person, or of the place, as JSON; b"" when that is surely more bytes than so many."""

    async def erase(self, command: Command, place: Reach | None) -> Erased: ...


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for: a word of WORDS, and those behind it. `reach`: how much of the place it may be of."""

    rights: Rights
    command: Command
    rest: tuple[str, ...]
    reach: Reach

    @property
    def is_of_thread(self) -> bool:
        return self.command.place.thread not in {"", self.command.author.id}

    def but_threads(self, what: str) -> str:
        """What is said of them, which lie in the place and which it may not be of."""
        is_part = self.reach is Reach.HERE and not self.command.place.thread
        return _BUT_THREADS.format(what) if is_part else ""


async def answer(rights: Rights, command: Command, *, admin: bool, named: bool) -> Verdict:
    """The command's answer, for this person alone. In a place of their own people may do what admins may elsewhere.

    In a channel lie private threads, too: those are for admins who are `named`, and not for everybody where none are.
    """
    head, *rest = command.argument.lower().split() or [""]
    of_place = rest[:1] == [PLACE] or (head == KEEP and rest)
    if of_place and not (admin or _is_theirs(command, head)):
        return _told(_ADMINS)
    reach = Reach.ALL if command.place.private else Reach.SHARED if named else Reach.HERE
    does = _WISHES.get(head)
    return (does and await does(_Wish(rights, command, tuple(rest), reach))) or _told(_USAGE)


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


def is_erasure(argument: str) -> bool:
    """Whether it erases: without the last word it only warns of what that would do."""
    first, *others = argument.lower().split() or [""]
    return first == DELETE and others[-1:] == [YES]


async def _export(wish: _Wish) -> Verdict | None:
    if wish.rest not in ((), (PLACE,)):
        return None
    of_place = bool(wish.rest)
    found = await wish.rights.export(wish.command, wish.reach if of_place else None, MOST_BYTES)
    whose = "this place" if of_place else "you"
    if not found or len(found) > MOST_BYTES:
        return _told(TOO_MUCH.format(whose))
    without = wish.but_threads("are not in it") if of_place else ""
    return replace(_told(FILE_SENT.format(whose) + without), file=found)


async def _delete(wish: _Wish) -> Verdict | None:
    match wish.rest:
        case ():
            return _told(_WARNING)
        case ("place",):
            but = wish.but_threads("stay")
            threads = "" if but or wish.is_of_thread else " and its threads"
            return _told(_WARNING_PLACE.format(threads) + but)
        case ("yes",):
            await wish.rights.erase(wish.command, None)
            # No numbers: others' questions that quote them went, too, and who asked about whom is told to nobody.
            return _done(_GONE.format("of you", "") + _LIMITS)
        case ("place", "yes"):
            numbers = _numbers(await wish.rights.erase(wish.command, wish.reach))
            return _done(_GONE.format("of this place", numbers) + wish.but_threads("stay"))
    return None


async def _keep(wish: _Wish) -> Verdict | None:
    rights, command, most = wish.rights, wish.command, wish.rights.history_days
    match wish.rest:
        case ():
            return _told(_kept(most, await rights.keeps(command)))
        case (days,) if days == DEFAULT or (days.isdecimal() and len(days) < 9):  # Python reads none of 5,000 digits
            wanted = None if days == DEFAULT else int(days)
            if wanted is not None and wanted > most:
                return _told(f"Whoever runs this bot lets me keep what is said for {_days(most)} at most.")
            return _done("Done. " + _kept(most, await rights.keep(command, wanted)))
    return None


async def _about(wish: _Wish) -> Verdict:
    return _told(_ABOUT.format(kept=_kept(wish.rights.history_days, await wish.rights.keeps(wish.command))))


_WISHES: Mapping[str, Callable[[_Wish], Awaitable[Verdict | None]]] = {
    "": _about,
    EXPORT: _export,
    DELETE: _delete,
    KEEP: _keep,
}


def _told(text: str) -> Verdict:
    return Verdict(Outcome.TOLD, text, own=True)


def _done(text: str) -> Verdict:
    """What cannot be asked once more. Others saw the command, too, if they see this."""
    return Verdict(Outcome.TOLD, text)


def _kept(history_days: int, own: int | None) -> str:
    days = history_days if own is None else min(own, history_days)
    if not days:
        return (
            "In this channel and its threads I keep nothing of a conversation after the answer. An answer that "
            "failed, was cut or was stopped stays for an hour, for the buttons below it."
        )
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
- for admins, of a place: `privacy export place`, `privacy delete place` (of a channel with its threads, also private \
ones, where whoever runs this bot has named you as an admin), `privacy keep 7` (days; `0`: nothing after the answer)"""
_WARNING = (
    "This deletes what you asked me and what I answered, in every place here, what others asked me that quotes you, "
    "and what you used in the past; it cannot be undone. Messages in the chat itself stay. Write `privacy delete yes` "
    "to do it."
)
_WARNING_PLACE = (
    "This deletes what anybody asked and I answered in this place{}, and what was chosen for it; it cannot be undone. "
    "Messages in the chat itself stay. Write `privacy delete place yes` to do it."
)
_BUT_THREADS = (
    " The threads of this channel {}: people may be there who are not here. Write it in the thread that you mean, or "
    "ask whoever runs this bot to do it, or to name you in `ADMINS`."
)
_GONE = "Done: nothing {} is kept any more{}. What is in the chat itself stays there."
_LIMITS = (
    " Only the counts of how often you ask and of what you used today stay, for a day, or as long as your limits look "
    "back: numbers under a code name. Whoever runs this bot also has a line of such numbers for each answer: ask them "
    "to delete those."
)
_USAGE = "Write `privacy`, `privacy export`, `privacy delete`, or `privacy keep` with a number of days."
