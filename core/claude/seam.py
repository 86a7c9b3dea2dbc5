"""How an answer that broke off goes on where its text stops, without a seam and without repeating. No I/O.

The models no longer take the beginning of their own answer as a prefill, so a following user's turn asks for the rest.
A fresh turn never begins with a space or in the middle of a word; therefore the model is asked to repeat the last words
first: where those end is exactly where the rest begins. `Seam` takes the repetition away again, as it streams.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

_ANCHOR: Final = 60  # characters of the text, at most, that the model is asked to repeat
_TAIL: Final = 2_000  # characters of the text that are looked at for a repetition
_SURE: Final = 16  # characters from which on a repetition that nobody asked for is no accident
_STUB: Final = 3  # letters of a broken word from which on the word was begun again

_ASK: Final = (
    "Your answer above broke off before its end. Go on with it exactly where it stops: no introduction, no remark about"
    " the interruption, nothing again of what stands there already. Begin by repeating its last words, exactly as they"
    " stand between the tags (without the tags), and write on from there in the same breath.\n"
    "<last_words>{anchor}</last_words>"
)


def anchor(text: str) -> str:
    """The last words of the text, from the beginning of a word on; without the white space at its end."""
    tail = text.rstrip()[-_ANCHOR:]
    words = tail.split(maxsplit=1)
    if len(tail) < _ANCHOR or len(words) < 2:
        return tail.lstrip()
    return words[1]


def going_on(messages: Sequence[Mapping[str, Any]], text: str) -> tuple[Mapping[str, Any], ...]:
    """The conversation with the answer so far and the question for the rest: roles go on alternating."""
    return (*messages, {"role": "assistant", "content": text}, {"role": "user", "content": _ask(text)})


def awaited(messages: Sequence[Mapping[str, Any]], text: str) -> str:
    """The answer so far whose rest these messages ask for, when nothing of it stands in the text yet; else ""."""
    found = ""
    for said, asks in itertools.pairwise(message["content"] for message in messages):
        if isinstance(said, str) and asks == _ask(said):
            found = said
    return found if text.endswith(found) else ""


def _ask(text: str) -> str:
    return _ASK.format(anchor=anchor(text))


class Seam:
    """Joins what comes to what stands: give it the pieces, show what it returns, and `flush` at the end.

    It holds back only as long as what came may still be a repetition.
    """

    __slots__ = ("_anchor", "_held", "_open", "_tail")

    def __init__(self, text: str) -> None:
        self._tail = text[-_TAIL:]
        self._anchor = anchor(text)
        self._held = ""
        self._open = bool(self._anchor)

    def feed(self, piece: str) -> str:
        if not self._open:
            return piece
        self._held += piece
        if self._may_repeat(self._held.lstrip()):
            return ""
        return self.flush()

    def flush(self) -> str:
        """What was held back, less the repetition. Nothing is held back afterwards."""
        held, self._held = self._held, ""
        if not self._open:
            return held
        self._open = False
        return unrepeated(self._tail, held)

    def _may_repeat(self, came: str) -> bool:
        """Whether more of it could decide otherwise than what came does."""
        if self._anchor.startswith(came):
            return True
        if came.startswith(self._anchor):
            return not came[len(self._anchor) :].strip()  # white space may belong to either side
        return came in self._tail


def unrepeated(text: str, more: str) -> str:
    """What of `more` is new after `text`."""
    last, came = anchor(text), more.lstrip()
    if last and came.startswith(last):
        return _after_space(text, came[len(last) :])
    for length in range(min(len(text), len(came)), _STUB - 1, -1):
        if text.endswith(came[:length]) and (length >= _SURE or _is_word_again(text, came, length)):
            return came[length:]
    return more


def _after_space(text: str, more: str) -> str:
    """What follows the last words when the text ends in white space that `more` may repeat, in part or in whole."""
    space = text[len(text.rstrip()) :]
    if more.startswith(space):
        return more[len(space) :]
    return more.lstrip() if space else more


def _is_word_again(text: str, came: str, length: int) -> bool:
    """Whether the text ends in a broken word and `came` begins with the same word, whole."""
    before = text[-length - 1 : -length]
    return came[:length].isalnum() and not before.isalnum() and came[length : length + 1].isalnum()
