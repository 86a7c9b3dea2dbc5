"""What people wrote, as ciphertext: AES-256-GCM, one key per place, and the two keys that Parley makes for itself.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. Its associated data are these first five
bytes, the name of the Redis key and the field, so it cannot be moved to another place. Version 2 was compressed first.
"""

import binascii
import hashlib
import hmac
import os
import secrets
import zlib
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import SettingsError, StoreDown
from core.folders import opened
from core.newest import Newest

KEY_BYTES = 32
_HEAD, _NONCE, _TAG = 5, 12, 16
_PLAIN, _ZLIB = b"\x01", b"\x02"
_WORTH = 128
"""Bytes from which compression is tried; below, its header eats what it saves."""
_EFFORT, _WINDOW, _MEMORY = 3, 13, 5
"""Of zlib: 8 KB are looked back upon, and its tables take 50 KB instead of 270. To make those ready takes ten times as
long as to compress an answer, whose size is the same either way.
"""
_CACHED = 512
"""Keys of places, 3 KB each; one is derived in 13 us."""


class Unreadable(StoreDown):
    """A value that none of our keys opens, that was tampered with, or that only another release reads."""


class Sealer:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = {fingerprint(key)[:4]: key for key in keys}
        self._newest = fingerprint(keys[0])[:4]
        self.newest = fingerprint(keys[0]).hex()
        """The newest key's fingerprint."""
        self._ciphers: Newest[tuple[bytes, str], AESGCM] = Newest(_CACHED)

    def seal(self, text: bytes, place: str, key: str, field: str) -> bytes:
        version, packed = _PLAIN, text
        if len(text) >= _WORTH and len(smaller := _packed(text)) < len(text):
            version, packed = _ZLIB, smaller
        head, nonce = version + self._newest, os.urandom(_NONCE)
        cipher = self._cipher(self._newest, place)
        return head + nonce + cipher.encrypt(nonce, packed, _bound(head, key, field))

    def open(self, sealed: bytes, place: str, key: str, field: str) -> bytes:
        head, nonce, rest = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        if len(rest) < _TAG or head[:1] not in (_PLAIN, _ZLIB):
            raise Unreadable("a stored value is not one of ours")
        if head[1:] not in self._keys:
            raise Unreadable("a stored value was sealed with a HISTORY_KEY that this process does not have")
        try:
            packed = self._cipher(head[1:], place).decrypt(nonce, rest, _bound(head, key, field))
        except InvalidTag:
            raise Unreadable("a stored value does not belong where it was found") from None
        try:
            return zlib.decompress(packed) if head[:1] == _ZLIB else packed
        except zlib.error:
            raise Unreadable("a stored value is not one of ours") from None

    def is_newest(self, sealed: bytes) -> bool:
        return sealed[1:_HEAD] == self._newest

    def _cipher(self, id: bytes, place: str) -> AESGCM:
        known = self._ciphers.pop((id, place), None)
        if known is None:
            derive = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"parley place " + place.encode())
            known = AESGCM(derive.derive(self._keys[id]))
        self._ciphers[id, place] = known
        return known


def fingerprint(key: bytes) -> bytes:
    """Tells keys apart without telling them."""
    return hmac.digest(key, b"parley fingerprint", hashlib.sha256)[:8]


def parse_keys(name: str, text: str) -> tuple[bytes, ...]:
    """32 bytes each, in base64 or hexadecimal, newest first, commas between. Raises SettingsError."""
    keys = tuple(key for part in text.split(",") if (key := _parse(part.strip())))
    if not keys or len(keys) <= text.strip(", \n").count(","):
        raise SettingsError(
            [f"{name} must be 32 random bytes in base64 or hexadecimal: `openssl rand -base64 32` makes one."]
        )
    return keys


def kept_key(name: str, file: Path) -> str:
    """The key in this file; made at the first start, the same for all who race to make it. Raises SettingsError."""
    try:
        if not file.exists():
            _make(file)
        text = file.read_text("ascii", "replace").strip()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise SettingsError([f"{file} cannot be used ({why}): it holds {name}, which may be set instead."]) from None
    if not _parse(text):
        raise SettingsError([f"{file} holds no key: put back the file that was there, or set {name}."])
    return text


def _make(file: Path) -> None:
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = opened(draft, os.O_WRONLY)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, file)
    finally:
        draft.unlink()


def _parse(text: str) -> bytes | None:
    if len(text) == 2 * KEY_BYTES:
        with suppress(ValueError):
            return bytes.fromhex(text)
    with suppress(binascii.Error, ValueError):
        key = b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        return key if len(key) == KEY_BYTES else None
    return None


def _packed(text: bytes) -> bytes:
    packer = zlib.compressobj(_EFFORT, zlib.DEFLATED, _WINDOW, _MEMORY)
    return packer.compress(text) + packer.flush()


def _bound(head: bytes, key: str, field: str) -> bytes:
    return head + f"{key}\0{field}".encode()
