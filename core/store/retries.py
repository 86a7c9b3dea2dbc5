"""By what Redis knows that it is asked once more what it was asked when it failed: the answer is the same. No I/O."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from core.newest import Newest

MOST_UNDONE = 1_000


class Retries:
    """Tokens of what failed in this process."""

    def __init__(self) -> None:
        self._undone: Newest[str, str] = Newest(MOST_UNDONE)  # by its event's pseudonym

    @contextmanager
    def token(self, turn: str) -> Iterator[str]:
        """The one with which it failed, or a new one. What fails within the `with` has it again."""
        token = self._undone.pop(turn, "") or secrets.token_hex(8)
        try:
            yield token
        except BaseException:
            self._undone[turn] = token
            raise
