"""Sealed values and the keys behind them."""

import os
import stat
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError, StoreDown
from core.store.sealing import Sealer, Unreadable, fingerprint, kept_key, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32
TEXT = b"what somebody said " * 20


@given(text=st.binary(max_size=2000), place=st.text("ab", max_size=3))
def test_what_was_sealed_is_opened(text: bytes, place: str) -> None:
    sealed = Sealer((OLD,)).seal(text, place, "key", "field")

    assert Sealer((OLD,)).open(sealed, place, "key", "field") == text


def test_a_sealed_value_shows_nothing_and_is_never_the_same_twice() -> None:
    sealer = Sealer((OLD,))
    one, two = (sealer.seal(b"incompressible?", "p", "k", "f") for _ in range(2))

    assert one != two
    assert b"incompressible?" not in one
    assert len(one) == len(b"incompressible?") + 5 + 12 + 16


def test_long_texts_are_compressed_when_it_pays() -> None:
    sealer, noise = Sealer((OLD,)), os.urandom(5000)

    assert len(sealer.seal(TEXT, "p", "k", "f")) < len(TEXT) / 3
    assert len(sealer.seal(noise, "p", "k", "f")) == len(noise) + 33


@pytest.mark.parametrize("there", [("q", "k", "f"), ("p", "l", "f"), ("p", "k", "g")])
def test_a_value_cannot_be_moved(there: tuple[str, str, str]) -> None:
    sealer = Sealer((OLD,))
    sealed = sealer.seal(TEXT, "p", "k", "f")

    with pytest.raises(Unreadable):
        sealer.open(sealed, *there)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_value_that_was_tampered_with_is_not_opened(at: int, bit: int) -> None:
    sealer = Sealer((OLD,))
    sealed = bytearray(sealer.seal(TEXT, "p", "k", "f"))
    sealed[at % len(sealed)] ^= 1 << bit

    with pytest.raises(Unreadable):
        sealer.open(bytes(sealed), "p", "k", "f")


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x01", b"\x03" + bytes(60), bytes(200), b"plain text that was never sealed at all"]
)
def test_rubbish_is_not_opened(rubbish: bytes) -> None:
    with pytest.raises(Unreadable):
        Sealer((OLD,)).open(rubbish, "p", "k", "f")


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before = Sealer((OLD,)).seal(TEXT, "p", "k", "f")
    rotated = Sealer((NEW, OLD))
    after = rotated.seal(TEXT, "p", "k", "f")

    assert rotated.open(before, "p", "k", "f") == rotated.open(after, "p", "k", "f") == TEXT
    assert Sealer((NEW,)).open(after, "p", "k", "f") == TEXT
    with pytest.raises(Unreadable):
        Sealer((NEW,)).open(before, "p", "k", "f")


def test_a_value_that_cannot_be_read_is_trouble_with_the_store() -> None:
    assert issubclass(Unreadable, StoreDown)


def test_many_places_do_not_fill_the_memory_with_keys() -> None:
    sealer = Sealer((OLD,))
    first = sealer.seal(TEXT, "place 0", "k", "f")
    for number in range(600):
        sealer.seal(b"x", f"place {number}", "k", "f")

    assert len(sealer._ciphers) == 512
    assert sealer.open(first, "place 0", "k", "f") == TEXT


def test_keys_are_read_in_base64_and_in_hexadecimal_newest_first() -> None:
    text = f" {b64encode(NEW).decode()} , {OLD.hex()}\n"

    assert parse_keys("HISTORY_KEY", text) == (NEW, OLD)
    assert parse_keys("HISTORY_KEY", b64encode(bytes([255] * 32)).decode().replace("/", "_").rstrip("=")) == (
        bytes([255] * 32),
    )


@pytest.mark.parametrize("text", ["", ",", "short", "x" * 64, b64encode(b"31" * 15).decode(), f"{OLD.hex()},oops"])
def test_a_wrong_key_is_named_with_its_fix_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_keys("HISTORY_KEY", text)

    assert "HISTORY_KEY must be 32 random bytes" in str(caught.value)
    assert "openssl rand -base64 32" in str(caught.value)
    assert "short" not in str(caught.value)
    assert "oops" not in str(caught.value)


def test_fingerprints_tell_keys_apart_and_not_what_they_are() -> None:
    assert fingerprint(OLD) != fingerprint(NEW)
    assert len(fingerprint(OLD)) == 8
    assert fingerprint(OLD) not in OLD


def test_a_key_is_made_once_for_the_owners_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "history.key"
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: kept_key("HISTORY_KEY", file), range(64)))

    assert made == {file.read_text().strip()}
    assert len(parse_keys("HISTORY_KEY", made.pop())[0]) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_damaged_key_file_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "history.key"
    file.write_bytes(b"\xff half a key")

    with pytest.raises(SettingsError, match="holds no key"):
        kept_key("HISTORY_KEY", file)
    assert file.read_bytes() == b"\xff half a key"


def test_a_key_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        kept_key("HISTORY_KEY", tmp_path / "missing" / "history.key")


def test_what_claims_to_be_compressed_and_is_not_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    sealer = Sealer((b"k" * 32,))
    monkeypatch.setattr("core.store.sealing._packed", lambda text: text[1:])
    sealed = sealer.seal(b"x" * 200, "p", "k", "f")

    with pytest.raises(Unreadable):
        sealer.open(sealed, "p", "k", "f")
