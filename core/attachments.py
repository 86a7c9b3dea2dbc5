"""The files of a conversation: read for the question, read again where they are recent, named where they cannot be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from core import content, files, sizes
from core.content import Block
from core.contract import File, Json
from core.reading import Allotment, Read, Reading, Wanted

RECENT = 10
"""Questions before the newest whose files are read again, at the least."""
STEP = 10
"""Files of so many questions grow old at once: what is sent begins the same for many turns, for the prompt cache."""
NAMED = 5
"""Of the files that cannot be read, or do not fit."""


@dataclass(frozen=True, slots=True, repr=False)
class Attached:
    """What stands for a message's files before its words, and a sentence for each that could not, or not surely.

    `files` are its own, by the names that they turned out to have.
    """

    files: tuple[File, ...] = ()
    blocks: tuple[Block, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Filled:
    """A conversation as it is sent, and how many tokens its PDFs and images have at the most.

    `left_out`: the names of files that there is no room for any more; `unread`: of those that could not be read again.
    `beyond`: the refs of all that there is no room for, whether a person was told or not.
    """

    messages: tuple[Mapping[str, Json], ...]
    tokens: int = 0
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


async def attached(reading: Reading, wanted: Sequence[File], others: Sequence[File] = ()) -> Attached:
    """The files of a question, as the history keeps them: by reference, or as why not.

    `others` are those of what was said before it, the newest first: they stand in front, and have what room is left.
    """
    own, refs = wanted[: files.MOST_FILES], {file.ref for file in wanted}
    before = [*{file.ref: file for file in reversed(others) if file.ref not in refs}.values()][::-1]
    above = before[: files.MOST_FILES - len(own)]
    found = await reading.take([Wanted(file) for file in (*own, *above)])
    ours, theirs = found[: len(own)], found[len(own) :]
    ours += tuple(Read(file, advice=files.TOO_MANY) for file in wanted[files.MOST_FILES :])
    told = [block for one in reversed(theirs) for block in (files.of_others(one.file.name), _kept(one))]
    missed = [*(one.file.name for one in theirs if one.advice), *(file.name for file in before[len(above) :])]
    problems = [f"“{files.title(one.file.name)}”: {said}" for one in ours if (said := one.advice or _doubt(one))]
    blocks = (*told, *map(_kept, ours))
    return Attached(tuple(one.file for one in ours), blocks, tuple(filter(None, (*problems, unread_above(missed)))))


def unread_above(names: Sequence[str]) -> str:
    """What is said of files further up that Claude does not see; "" of none."""
    return f"Of the files further up I could not read {_quoted(names)}." if names else ""


def unread_again(names: Sequence[str]) -> str:
    """What is said of files that were read before and cannot be now; "" of none."""
    return f"I could not read {_quoted(names)} again{_without(names)}" if names else ""


def no_room(names: Sequence[str]) -> str:
    """What is said of files that did not fit; "" of none."""
    return f"There was no room left for {_quoted(names)}{_without(names)}" if names else ""


def _without(names: Sequence[str]) -> str:
    return f", so I answered without {'it' if len(names) == 1 else 'them'}."


def _quoted(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"“{files.title(name)}”" for name in names[:NAMED]) + more


async def filled(
    reading: Reading,
    messages: Sequence[Mapping[str, Json]],
    tokens: int,
    counted: Mapping[str, int],
    told: Collection[str] = (),
) -> Filled:
    """The conversation with its recent files in the place of their references, the newest before others.

    Those before the last message have so many `tokens` together: no words are left out for them. `counted`: of
    a file by its reference, where more is known than its size. `told`: what was `beyond` with the answer before; what
    made it so may have changed since, such as the model, so that it is not reckoned anew.
    """
    older = [block for said in reversed(messages[_recent(messages) : -1]) for block in files.references(said)]
    out = _beyond(messages, reading.allotment, tokens, counted)
    recent = [*files.references(messages[-1]), *(block for block in older if block["ref"] not in out)]
    if not recent and not any(map(files.references, messages)):
        return Filled(tuple(messages))
    found = await reading.take([Wanted(files.file_of(block), str(block.get("kind"))) for block in recent])
    blocks = {one.file.ref: one.block for one in found if one.block}
    own = {block["ref"] for block in files.references(messages[-1])}
    beyond = {str(block["ref"]): str(block["name"]) for block in older if block["ref"] in out - own}
    beyond |= {one.file.ref: one.file.name for one in found if one.advice == files.TOO_MUCH}
    left_out = [name for ref, name in beyond.items() if ref in own or ref not in told]
    unread = [one.file.name for one in found if one.advice and one.advice != files.TOO_MUCH]
    sent = tuple(_with(said, blocks) for said in messages)
    beside = sum(sizes.beside_text(_reference(one)) for one in found if one.block)
    return Filled(sent, beside, _each(left_out), _each(unread), tuple(beyond))


def _each(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _questions(messages: Sequence[Mapping[str, Json]]) -> list[int]:
    """Where people speak: what tools gave is no question."""
    return [
        place
        for place, said in enumerate(messages)
        if said["role"] == "user" and not any(block.get("type") == "tool_result" for block in content.blocks(said))
    ]


def _recent(messages: Sequence[Mapping[str, Json]]) -> int:
    """Where the messages begin whose files are read again."""
    places = _questions(messages)
    return places[max(len(places) - 1 - RECENT, 0) // STEP * STEP] if places else 0


def _beyond(
    messages: Sequence[Mapping[str, Json]], allotment: Allotment, tokens: int, counted: Mapping[str, int]
) -> frozenset[str]:
    """The refs of the files before the last message that there is no room for: the oldest, in steps.

    And each that is too long by itself. Every file that was ever there counts: so none comes back.
    """
    own = files.references(messages[-1])
    older = [block for said in messages[:-1] for block in files.references(said)]
    cost = {str(block["ref"]): counted.get(str(block["ref"]), sizes.of_file(block)) for block in older}
    fit = [one for one in older if cost[str(one["ref"])] <= tokens and not _refusal(one, allotment)]
    count = max(
        _surplus([cost[str(one["ref"])] for one in fit], tokens, 1 << max(tokens.bit_length() - 3, 0)),
        _surplus([*map(_bytes, fit)], allotment.size - sum(map(_bytes, own)), files.TOGETHER_BYTES // 2),
        _surplus([*map(_is_image, fit)], allotment.images - sum(map(_is_image, own)), files.MOST_IMAGES // 2),
    )
    too_long = (ref for ref, size in cost.items() if size > tokens)
    return frozenset((*too_long, *(str(one["ref"]) for one in fit[:count])))


def _surplus(found: Sequence[int], room: int, step: int) -> int:
    """How many of the first have to go, in steps, so that the others fit."""
    over = sum(found) - room
    if over <= 0:
        return 0
    gone = accumulate(found)
    return min(sum(1 for _ in takewhile(lambda size: size < -(-over // step) * step, gone)) + 1, len(found))


def _refusal(reference: Block, allotment: Allotment) -> str:
    return allotment.refusal(str(reference.get("kind")), _bytes(reference))


def _bytes(reference: Block) -> int:
    return files.file_of(reference).size


def _is_image(reference: Block) -> bool:
    return reference.get("kind") == "image"


def bare(messages: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json], ...]:
    """The conversation without any file."""
    return tuple(_with(said, {}) for said in messages)


def refused(said: Mapping[str, Json], advice: str) -> Mapping[str, Json]:
    """A message with why its files could not be read in the place of each.

    Where there are texts among others they stay: no text is refused for what it is.
    """
    kinds = {one.get("kind") for one in files.references(said)}
    blamed = [one for one in files.references(said) if one.get("kind") != "text" or kinds == {"text"}]
    told = [files.unread(str(one["name"]), advice) if one in blamed else one for one in content.blocks(said)]
    return {**said, "content": told} if blamed else said


def still_sent(said: Mapping[str, Json], sent: Mapping[str, Json]) -> Mapping[str, Json]:
    """A message of which some files were refused, as it is sent, with the others as they were sent before."""
    both = zip(content.blocks(said), content.blocks(sent), strict=True)
    return {**said, "content": [before if files.is_reference(block) else block for block, before in both]}


def _kept(read: Read) -> Block:
    return files.unread(read.file.name, read.advice) if read.advice else _reference(read)


def _doubt(read: Read) -> str:
    return files.DOUBTFUL if read.block and files.is_guess(read.block) else ""


def _reference(read: Read) -> Block:
    return files.reference(File(read.file.ref, read.file.name, read.size), read.kind, read.pages, read.tokens)


def _with(said: Mapping[str, Json], blocks: Mapping[str, Block]) -> Mapping[str, Json]:
    if not files.references(said):
        return said
    return {**said, "content": [_filled(block, blocks) for block in content.blocks(said)]}


def _filled(block: Block, blocks: Mapping[str, Block]) -> Block:
    if not files.is_reference(block):
        return block
    return blocks.get(str(block["ref"])) or files.gone(str(block["name"]))
