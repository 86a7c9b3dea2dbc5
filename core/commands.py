"""The commands, in one table: Discord's tree, `/claude name`, `@bot name` and the terminal are made from it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from typing import Protocol

from core import accounts, privacy
from core.accounts import Accounts
from core.called import quoted
from core.contract import Command, Message, Outcome, Person, Place, Verdict
from core.dialogue import EFFORTS, Choices, Offer
from core.privacy import Rights

DEFAULT = "default"
WISHES = frozenset(("effort", "thinking"))
"""What not every model takes."""
QUEUE, INTERRUPT, STOP = "queue", "interrupt", "stop"
NOTHING_TO_STOP = "There is nothing of yours to stop here."
LEFT = f"{NOTHING_TO_STOP} I stay out of this thread until somebody mentions me."
FORGOTTEN = (
    "Done: I have forgotten this conversation. The next message starts afresh. (A thread is a conversation of its own.)"
)
FORGOTTEN_THREAD = (
    "Done: I have forgotten what was said in this thread. The next message starts afresh. "
    "A question that the thread began with stands in the conversation above it: `reset` there forgets that."
)
_MODES = "whether your next question waits (queue) or stops the older answer (interrupt)"
_STREAMS = "how an answer comes: growing (edit), or in one piece (final, off)"
_CHOICE = "what shall hold here; without it you see what does"
_MODEL_NAME = "its name, or default; without it you see which there are"
_PERSONA = "how I shall behave, or default; without it you see what holds"
_WHOSE = "whose; without it your own"
_LIMIT = "such as 30/hour for all together, each 5/hour for each person, none or default"
_WISH = "export or delete; for admins also export place, delete place, or keep 7 (days)"
_NO_PERSONA = "This place has no persona. `persona: be brief` would be one."
_HOW = (
    "**Ask me anything**: mention me in a channel, or write to me directly. "
    "Write one of these in the same way, and I do it:"
)
_FREE = frozenset(("ask", "persona"))
"""What is followed by people's own words."""
_COLON = re.compile(r"(/?[A-Za-z]+)[:：](?!//)\s*")
_MODEL = re.compile(r"claude-\S+|(claude[ -])?(fable|haiku|mythos|opus|sonnet)([ -]?\d[\d.-]*)?", re.IGNORECASE)


class Desk(Protocol):
    """What a command may use. core/desk.py is the only one."""

    def defaults(self, place: Place) -> Choices: ...
    @property
    def needs_prices(self) -> bool: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def rights(self) -> Rights: ...
    async def choices(self, place: Place) -> Choices: ...
    async def choose(self, place: Place, author: Person, name: str, value: str) -> Choices: ...
    async def forget(self, place: Place, command: str) -> None:
        """`command`: the id of the one that says so, which forgets once."""

    async def stop(self, place: Place, author: Person) -> bool: ...
    async def leave(self, thread: Place) -> bool:
        """Take what is said in a thread for others' until somebody mentions us. False: somebody is being answered."""

    async def models(self) -> Sequence[Offer]: ...
    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        """As an Offer's, also of a model that is not for choice by this name; empty where that is not known."""


Does = Callable[[Desk, Command], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One command. `argument` names what follows it ("" when nothing does), `options` are the only words it may be.

    `hint`: what may be written there, for menus that ask for it.

    `admin`: for admins only where there are any; `reserved`: the options that are. `does` is None for `ask`, which the
    engine answers as a message, and for `privacy`, which may answer with a file.
    """

    name: str
    summary: str
    does: Does | None = None
    argument: str = ""
    hint: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    admin: bool = False
    reserved: tuple[str, ...] = ()


async def _reset(desk: Desk, command: Command) -> str:
    await desk.forget(command.place, command.id)
    is_thread = command.place.thread not in {"", command.author.id}
    return FORGOTTEN_THREAD if is_thread else FORGOTTEN


async def _stop(desk: Desk, command: Command) -> str:
    if await desk.stop(command.place, command.author):
        return "Stopping."
    if not command.place.thread or command.place.private:
        return NOTHING_TO_STOP
    return LEFT if await desk.leave(command.place) else NOTHING_TO_STOP


async def _help(desk: Desk, command: Command) -> str:
    lines = [_HOW]
    lines += [f"- `{_syntax(row)}`: {row.summary}" for row in TABLE.values()]
    return "\n".join(lines)


async def _model(desk: Desk, command: Command) -> str:
    offers = await desk.models()
    offered = [offer.model for offer in offers]
    wanted = command.argument.strip()
    if not wanted:
        chosen = await desk.choices(command.place)
        uses = f"This place uses `{chosen.model or desk.defaults(command.place).model}`."
        if not offers:
            return f"{uses} Claude does not say right now which others there are."
        return f"{uses} You can choose from these (US dollars for a million tokens):\n" + "\n".join(map(_offer, offers))
    if wanted != DEFAULT and not offers:
        return "Claude does not say right now which models there are. Please try again in a minute."
    if wanted != DEFAULT and wanted not in offered:
        alike = re.sub(r"[ .]", "-", wanted.lower())
        near = either([f"`{name}`" for name in offered if alike in name])
        advice = f"Did you mean {near}?" if near else "Write `model` to see which there are."
        return f"There is no such model for this bot. {advice}"
    if desk.needs_prices and any(offer.model == wanted and not offer.price for offer in offers):
        return f"I do not know what `{wanted}` costs, and there is a budget here. Please choose another."
    return await _choose(desk, command, "model", wanted)


def _offer(offer: Offer) -> str:
    retires = f"; will be retired on {offer.retires}" if offer.retires else ""
    return f"- `{offer.model}`: {offer.price or 'price unknown'}{retires}"


async def _persona(desk: Desk, command: Command) -> str:
    wanted = command.argument.strip()
    if not wanted:
        chosen = await desk.choices(command.place)
        return f"The persona of this place:\n{quoted(chosen.persona)}" if chosen.persona else _NO_PERSONA
    if len(wanted) > 4000:
        return "A persona can have 4,000 characters at most. Please shorten it."
    return await _choose(desk, command, "persona", wanted)


def either(words: Sequence[str]) -> str:
    """These words, as "this, that or another one"; "" of none."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _one_of(name: str, words: tuple[str, ...], what: str) -> Does:
    """A choice between a few words."""

    async def choose(desk: Desk, command: Command) -> str:
        wanted = command.argument.strip().lower()
        if not wanted:
            chosen = getattr(await desk.choices(command.place), name) or getattr(desk.defaults(command.place), name)
            now = f"The {name} of this place is `{chosen or 'the model’s own'}`: {what}."
            return f"{now} It can be {either((*words, DEFAULT))}."
        return await _choose(desk, command, name, wanted)

    return choose


async def _choose(desk: Desk, command: Command, name: str, wanted: str) -> str:
    value = "" if wanted == DEFAULT else wanted
    chosen = await desk.choose(command.place, command.author, name, value)
    if name == "persona" and value:
        return "The persona is set."
    if value:
        lacks = await _left_out(desk, command.place, chosen, WISHES if name == "model" else {name} & WISHES)
        return "\n".join([f"From now on {_holds(name, value)}.", *lacks.values()])
    if around := getattr(chosen, name):  # a thread's choice is taken back, its channel's is not
        if name == "persona":
            return "From now on this place uses the persona of its channel."
        return f"From now on {_holds(name, around)}, as in its channel."
    return "The persona is removed." if name == "persona" else f"The {name} is the default again."


def _holds(name: str, value: str) -> str:
    """Said of a choice: several have the same words."""
    return f"this place uses `{value}`" if name == "model" else f"the {name} of this place is `{value}`"


async def _left_out(desk: Desk, place: Place, own: Choices, names: Set[str]) -> Mapping[str, str]:
    """Of these wishes of a place those that its model does not take."""
    default = desk.defaults(place)
    chosen = replace(default, **{name: value for name in ("model", *WISHES) if (value := getattr(own, name))})
    if not any(getattr(chosen, name) for name in names):
        return {}
    return {name: said for name, said in unfit(chosen, await desk.takes(chosen.model)).items() if name in names}


def unfit(chosen: Choices, takes: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """A sentence for each wish that the model does not take, and is then asked without. `takes`: an Offer's."""
    lacking = [name for name in takes if (wish := getattr(chosen, name)) and wish not in takes[name]]
    can = {name: f"for {name} it takes {', '.join(takes[name]) or 'no word'}." for name in lacking}
    return {
        name: f"`{chosen.model}` does not take `{getattr(chosen, name)}` and does as it does by itself: {can[name]}"
        for name in lacking
    }


async def _settings(desk: Desk, command: Command) -> str:
    chosen = await desk.choices(command.place)
    lacks = await _left_out(desk, command.place, chosen, WISHES)
    lines = ["**This place**"]
    for name in (field.name for field in fields(Choices) if field.name != "persona"):
        own, default = getattr(chosen, name), getattr(desk.defaults(command.place), name)
        lines.append(f"- {name}: `{own or default or 'the model’s own'}`{'' if own else ' (default)'}")
    lines.append(f"- persona: {'set' if chosen.persona else 'none'}")
    return "\n\n".join(["\n".join(lines), *lacks.values()])


async def _usage_of(desk: Desk, command: Command) -> str:
    return await accounts.usage(desk.accounts, command)


async def _limits(desk: Desk, command: Command) -> str:
    return await accounts.limits(desk.accounts, command)


def _choice(name: str, argument: str, words: tuple[str, ...], what: str) -> Row:
    does = _one_of(name, words, what)
    return Row(name, f"show or choose {what}", does, argument, _CHOICE, options=(*words, DEFAULT), admin=True)


TABLE = {
    row.name: row
    for row in (
        Row("ask", "ask Claude something", None, "question", "what to ask", required=True),
        Row("reset", "forget this conversation and start afresh", _reset),
        Row(STOP, "stop my answer to you; when there is none, I stay out of a thread until I am mentioned", _stop),
        Row("help", "show what I can do", _help),
        Row("model", "show or choose the model of this place", _model, "name", _MODEL_NAME, admin=True),
        Row("persona", "show or set how I behave in this place", _persona, "text", _PERSONA, admin=True),
        _choice("effort", "level", EFFORTS, "how hard I think before I answer"),
        _choice("thinking", "switch", ("on", "off"), "whether I think before I answer"),
        _choice("mode", "mode", (QUEUE, INTERRUPT), _MODES),
        _choice("stream", "way", ("edit", "final", "off"), _STREAMS),
        Row("settings", "show what is chosen for this place", _settings),
        Row(
            "usage", "show what was used", _usage_of, "whose", _WHOSE, options=accounts.WHOSE, reserved=(accounts.ALL,)
        ),
        Row("limits", "show or set how often people may ask in this channel", _limits, "limit", _LIMIT, admin=True),
        Row("privacy", "see, get or delete what I keep about you, and see who sees it", None, "wish", _WISH),
    )
}


def _syntax(row: Row) -> str:
    colon = ":" if row.name == "persona" else ""  # any words may follow: without it they are a question
    words = "|".join(row.options) or row.argument
    return f"{row.name}{colon} <{words}>" if row.argument else row.name


def parse_command(text: str, *, explicit: bool = False) -> tuple[str, str] | None:
    """The command that a text is, as (name, argument), or None when it is a question.

    People say "help me with this" and "stop using tabs" to a bot: a plain first word counts only when it is the whole
    text or what follows could be nothing else. `/name …` and `name: …` always count, also as code. `explicit`: it was
    typed after a slash command such as `/claude`, so an argument may follow its command freely.
    """
    head, argument = _split(text)
    marked = head.startswith("/") or head.endswith(":")
    row = TABLE.get(_name(head))
    if row is None:
        return None
    if not argument:
        bare = ("help", "") if marked or explicit else None
        return bare if row.required else (row.name, "")
    if not row.argument:
        return (row.name, "") if head.startswith("/") else None
    if marked or explicit or _could_be_nothing_else(row, argument):
        return row.name, argument
    return None


def _split(text: str) -> tuple[str, str]:
    """Its first word, and the rest. What is no text of people's own may end as a sentence does; help's is code."""
    whole = text.strip()
    whole = whole.strip("`") if whole[:1] == whole[-1:] == "`" else whole
    colon = _COLON.match(whole)
    if colon and _name(colon[1]) in TABLE:  # many leave no blank behind it
        head, argument = f"{colon[1]}:", whole[colon.end() :]
    else:
        head, argument = (*whole.split(maxsplit=1), "", "")[:2]
    if not argument:
        return head.rstrip(".!"), ""
    return head, argument if _name(head) in _FREE else argument.rstrip(".!")


def _name(head: str) -> str:
    return head.removeprefix("/").removesuffix(":").lower()


def hint(text: str) -> str:
    """What is said beside the answer to a question that may have been meant for a command of settings; "" of others."""
    head, argument = _split(text)
    row = TABLE.get(head.lower())
    if row is None or not row.admin or not argument or "?" in text or (row.name != "persona" and " " in argument):
        return ""
    return f"I took this as a question. To set the {row.name} of this place, put a colon behind it: `{row.name}: …`"


def _could_be_nothing_else(row: Row, argument: str) -> bool:
    if row.options:
        return argument.lower() in row.options
    if row.name == "limits":
        return accounts.is_limit(argument)
    if row.name == "privacy":
        return privacy.is_request(argument)
    if row.name == "persona":
        return argument == DEFAULT
    return row.name == "model" and (argument == DEFAULT or _MODEL.fullmatch(argument) is not None)


async def run(desk: Desk, command: Command, *, admin: bool, named: bool = False) -> Verdict:
    """Do what a command says; the answer is for this person alone.

    `admin`: the person may use admins' commands; `named`: because they were named as one.
    """
    if command.name == "privacy":
        return await privacy.answer(desk.rights, command, admin=admin, named=named)
    return Verdict(Outcome.TOLD, await _said(desk, command, admin=admin), own=command.name == "usage")


async def _said(desk: Desk, command: Command, *, admin: bool) -> str:
    row = TABLE.get(command.name)
    if row is None or row.does is None:
        return "I do not know this command. Try `help`."
    if row.admin and command.argument and not admin:
        return f"Only admins of this bot may change the {row.name}."
    wanted = command.argument.strip().lower()
    if wanted and row.options and wanted not in row.options:
        return f"Write {either([f'`{row.name} {word}`' for word in row.options])}."
    if wanted in row.reserved and not admin:
        return "Only admins of this bot may see that."
    return await row.does(desk, command)


def is_stop(message: Message) -> bool:
    """Whether it is a follow-up without our name that says nothing else."""
    return not (message.direct or message.files) and parse_command(message.text) == (STOP, "")


def as_command(message: Message, name: str, argument: str, *, edited: str = "") -> Command:
    """A message that turned out to be one."""
    return Command(
        id=message.id,
        place=message.place,
        author=message.author,
        at=message.at,
        address=message.address,
        name=name,
        argument=argument,
        files=message.files,
        quoted=message.quoted,
        edited=edited,
    )


def as_message(command: Command) -> Message:
    """The question that `ask` is."""
    return Message(
        id=command.id,
        place=command.place,
        author=command.author,
        at=command.at,
        address=command.address,
        text=command.argument,
        files=command.files,
        quoted=command.quoted,
    )
