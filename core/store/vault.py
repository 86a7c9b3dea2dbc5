"""The contract's nouns as sealed values under the names of their keys. No I/O.

A value is bound to the key and the field that it stands in, so each has its own pair of methods here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from core.contract import Final, Message, Progress
from core.dialogue import Choices, Exchange
from core.store import records
from core.store.keys import Names
from core.store.records import Origin, Sighting
from core.store.sealing import Sealer, Unreadable

_CHOICES = frozenset(field.name for field in fields(Choices))


class Vault:
    """Seals and opens. `place`, `turn` and `exchange` are pseudonyms."""

    def __init__(self, names: Names, sealer: Sealer) -> None:
        self._base = names.base
        self._sealer = sealer

    def seal_message(self, message: Message, place: str, turn: str) -> bytes:
        return self._seal(records.MESSAGE.dump(message), place, f"x:{turn}", "m")

    def message(self, sealed: bytes, place: str, turn: str) -> Message:
        return records.MESSAGE.load(self._open(sealed, place, f"x:{turn}", "m"))

    def asked(self, sealed: bytes, place: str, turn: str) -> Message:
        """Who asked, and where, of a message that is of another shape: without a word."""
        event = records.ASKED.load(self._open(sealed, place, f"x:{turn}", "m"))
        return Message(id=event.id, place=event.place, author=event.author, at=event.at, address=event.address, text="")

    def seal_origin(self, origin: Origin, place: str, turn: str) -> bytes:
        return self._seal(records.ORIGIN.dump(origin), place, f"x:{turn}", "e")

    def origin(self, sealed: bytes, place: str, turn: str) -> Origin | None:
        return records.ORIGIN.load(self._open(sealed, place, f"x:{turn}", "e")) if sealed else None

    def seal_shown(self, shown: tuple[str, ...], place: str, turn: str) -> bytes:
        return self._seal(records.SHOWN.dump(shown), place, f"x:{turn}", "s")

    def shown(self, sealed: bytes, place: str, turn: str) -> tuple[str, ...]:
        return records.SHOWN.load(self._open(sealed, place, f"x:{turn}", "s")) if sealed else ()

    def seal_final(self, final: Final, place: str, turn: str) -> bytes:
        return self._seal(records.FINAL.dump(final), place, f"x:{turn}", "f")

    def final(self, sealed: bytes, place: str, turn: str) -> Final | None:
        return records.FINAL.load(self._open(sealed, place, f"x:{turn}", "f")) if sealed else None

    def seal_progress(self, progress: Progress, place: str, turn: str) -> bytes:
        return self._seal(records.dump_progress(progress), place, f"x:{turn}", "r")

    def progress(self, sealed: bytes, place: str, turn: str) -> Progress | None:
        return records.load_progress(self._open(sealed, place, f"x:{turn}", "r")) if sealed else None

    def seal_exchange(self, exchange: Exchange, place: str, id: str) -> bytes:
        return self._seal(records.dump_exchange(exchange), place, f"h:{place}", id)

    def exchanges(self, sealed: Iterable[tuple[str, str, bytes]]) -> tuple[Exchange, ...]:
        """Of (place, id, sealed exchange) each."""
        return tuple(records.load_exchange(self._open(text, place, f"h:{place}", id)) for place, id, text in sealed)

    def seal_choices(self, chosen: Mapping[str, str], place: str) -> list[bytes]:
        return [
            self._seal(value.encode("utf-8", "replace"), place, f"c:{place}", name) for name, value in chosen.items()
        ]

    def choices(self, *found: tuple[str, Sequence[tuple[str, bytes]]]) -> Choices:
        """Of (place, its choices) each; a later one's count more. One that only another release knows is left out."""
        return Choices(
            **{
                name: _text(self._open(sealed, place, f"c:{place}", name))
                for place, chosen in found
                for name, sealed in chosen
                if name in _CHOICES
            }
        )

    def seal_sighting(self, sighting: Sighting, place: str) -> bytes:
        return self._seal(records.SIGHTING.dump(sighting), place, f"v:{sighting.place.platform}", place)

    def sighting(self, sealed: bytes, place: str, platform: str) -> Sighting:
        return records.SIGHTING.load(self._open(sealed, place, f"v:{platform}", place))

    @property
    def newest(self) -> str:
        """The newest key's fingerprint."""
        return self._sealer.newest

    def resealed(self, sealed: bytes, place: str, key: str, field: str) -> bytes | None:
        """The same under the newest key; None when it is. Raises Unreadable."""
        if self._sealer.is_newest(sealed):
            return None
        return self._seal(self._open(sealed, place, key, field), place, key, field)

    def _seal(self, text: bytes, place: str, key: str, field: str) -> bytes:
        return self._sealer.seal(text, place, self._base + key, field)

    def _open(self, sealed: bytes, place: str, key: str, field: str) -> bytes:
        return self._sealer.open(sealed, place, self._base + key, field)


def _text(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        raise Unreadable("a stored choice is no text") from None
