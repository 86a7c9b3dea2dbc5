"""The text of an answer while it is written. No I/O."""


class Draft:
    """A text that grows. It is joined only when somebody looks at it."""

    __slots__ = ("_parts", "length")

    def __init__(self, text: str = "") -> None:
        self._parts = [text] if text else []
        self.length = len(text)

    def append(self, part: str) -> None:
        self._parts.append(part)
        self.length += len(part)

    def __str__(self) -> str:
        self._parts = ["".join(self._parts)]
        return self._parts[0]
