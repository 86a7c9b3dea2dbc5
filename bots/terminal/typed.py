"""What was typed while nobody asked for a line, made into lines as readline makes them. No I/O."""

import re
from itertools import dropwhile

_STROKE = re.compile(r"\x1b\[200~(?P<pasted>.*?)\x1b\[201~|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO?.|(?P<key>.)", re.DOTALL)
"""One key, or what was pasted between the marks of a bracketed paste. Keys that begin with Escape do nothing here."""
_END = "\x04"
"""Ctrl-D, which is one at the beginning of a line alone."""


def line(typed: str) -> tuple[str | None, str]:
    """The first line and what was typed behind it; None and what stands in the line when it is not ended yet.

    Lines that were pasted together stay together. Backspace, Ctrl-W and Ctrl-U take away what is before them.
    """
    written = list[str]()
    for stroke in _STROKE.finditer(typed):
        pasted, key = stroke["pasted"], stroke["key"] or ""
        if pasted is not None:
            written += pasted.replace("\r\n", "\n").replace("\r", "\n")
        elif key in ("\r", "\n"):
            return "".join(written), typed[stroke.end() :]
        elif key in ("\x7f", "\b"):
            del written[-1:]
        elif key == "\x15":
            written.clear()
        elif key == "\x17":
            written = _without_a_word(written)
        elif key.isprintable() or key == "\t":
            written += key
    return None, "".join(written)


def ends(typed: str) -> bool:
    """Whether Ctrl-D was pressed where a line begins."""
    if _END not in typed:  # while a long paste comes in pieces, this is asked for each of them
        return False
    return any(begun.startswith(_END) for begun in re.split(r"[\r\n]", _STROKE.sub(_unpasted, typed)))


def _unpasted(stroke: re.Match[str]) -> str:
    return stroke[0] if stroke["pasted"] is None else "pasted"


def _without_a_word(written: list[str]) -> list[str]:
    backwards = dropwhile(str.isspace, reversed(written))
    return [*dropwhile(lambda letter: not letter.isspace(), backwards)][::-1]
