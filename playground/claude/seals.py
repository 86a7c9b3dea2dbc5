"""Signatures of what this Claude hands out and wants back unchanged: thinking blocks and compactions. No I/O."""

import base64
import binascii
import hmac

_SEAL = b"the playground's Claude"  # no secret: it must only notice a change, also after a restart
_SIZE = 32


def sign(prefix: bytes, thinking: str) -> str:
    """The signature of a thinking block that is returned with this text after the prompt of this digest (32 bytes)."""
    return base64.b64encode(prefix + _mac(prefix, thinking)).decode()


def signed_prefix(signature: str, thinking: str) -> bytes | None:
    """The prompt's digest that a signature carries, or None when it is not this block's."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    prefix, mac = raw[:_SIZE], raw[_SIZE:]
    return prefix if hmac.compare_digest(mac, _mac(prefix, thinking)) else None


def sign_compaction(content: str) -> str:
    return base64.b64encode(_mac(b"compaction", content)).decode()


def _mac(prefix: bytes, text: str) -> bytes:
    return hmac.digest(_SEAL, prefix + text.encode(errors="surrogatepass"), "sha256")
