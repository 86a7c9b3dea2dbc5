"""What Slack's blocks say, in Slack's own markup: the words in them, and the tables. No I/O."""

from collections.abc import Callable, Iterator, Sequence

from core.outside import Payload, object_in, objects, objects_in, text_in

MOST_BLOCKS = 50
MOST_RUNS = 2_000
"""Rich text has one for each word that looks otherwise than the one before."""
DEEPEST = 6
"""Levels of blocks within blocks that are read."""
MOST_ROWS = 500
TABLES = ("table", "data_table")
_SAYS = ("title", "subtitle", "text", "body", "description")
"""Where a block has its texts: a section has one, a card or a video has several."""
_NAMED = {
    "user": ("user_id", "<@{}>"),
    "channel": ("channel_id", "<#{}>"),
    "usergroup": ("usergroup_id", "<!subteam^{}>"),
    "broadcast": ("range", "<!{}>"),
    "emoji": ("name", ":{}:"),
    "date": ("fallback", "{}"),
    "color": ("value", "{}"),
}
"""What rich text names by a key of its own, and how Slack's markup writes that."""


def words(blocks: Sequence[Payload], depth: int = DEEPEST) -> Iterator[str]:
    """Every text in these blocks, in order, but for their tables: those are `table`'s."""
    for block in blocks[:MOST_BLOCKS]:
        if text_in(block, "type") == "rich_text":
            yield "".join(_rich([block], DEEPEST)).strip()
            continue
        yield from (text_in(block, key) or text_in(object_in(block, key), "text") for key in _SAYS)
        if depth:
            yield from words((*objects_in(block, "elements"), *objects_in(block, "fields")), depth - 1)


def table(block: Payload, read: Callable[[str], str]) -> str:
    """A table as Markdown, "" when nothing stands in it. `read` makes Markdown of Slack's text."""
    found = block.get("rows")
    rows = [_row(row, read) for row in found[:MOST_ROWS]] if isinstance(found, list) else []
    if not any(any(row) for row in rows):
        return ""
    width = max(map(len, rows))
    lines = ["| " + " | ".join((*row, *[""] * (width - len(row)))) + " |" for row in rows]
    return "\n".join((lines[0], "|" + "---|" * width, *lines[1:]))


def _row(row: object, read: Callable[[str], str]) -> Sequence[str]:
    """Its cells, each on one line; an empty one may be null."""
    cells = row[:MOST_BLOCKS] if isinstance(row, list) else []
    return [" ".join(read("".join(_cell(cell))).split()).replace("|", "\\|") for cell in cells]


def _cell(cell: object) -> Iterator[str]:
    for part in objects([cell]):
        value = part.get("value")
        yield text_in(part, "text") or (str(value) if isinstance(value, int | float) else "")
        yield from _rich(objects_in(part, "elements"), DEEPEST)


def _rich(elements: Sequence[Payload], depth: int) -> Iterator[str]:
    """Rich text, which says apart from each other what Slack's markup says in one."""
    for element in elements[:MOST_RUNS]:
        match text_in(element, "type"):
            case "link":
                label = text_in(element, "text")
                yield f"<{text_in(element, 'url')}{'|' * bool(label)}{label}>"
            case kind if kind in _NAMED:
                key, mark = _NAMED[kind]
                yield mark.format(text_in(element, key))
            case "rich_text_preformatted" if depth:
                yield f"\n```{''.join(_rich(objects_in(element, 'elements'), depth - 1))}```"
                continue
            case "text" if object_in(element, "style").get("code"):
                yield f"`{text_in(element, 'text')}`"
            case kind:
                yield text_in(element, "text") or "\n" * kind.startswith("rich_text")
        if depth:
            yield from _rich(objects_in(element, "elements"), depth - 1)
