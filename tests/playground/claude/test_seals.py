"""Signatures hold for exactly what was signed."""

from hypothesis import given
from hypothesis import strategies as st

from playground.claude.seals import sign, sign_compaction, signed_prefix

PREFIX = bytes(range(32))


@given(st.text(), st.text())
def test_a_signature_is_good_for_its_own_text_only(text: str, other: str) -> None:
    signature = sign(PREFIX, text)

    assert signed_prefix(signature, text) == PREFIX
    assert (signed_prefix(signature, other) == PREFIX) == (text == other)


@given(st.text())
def test_what_is_no_signature_is_none(text: str) -> None:
    assert signed_prefix(text, "a") is None


def test_a_compaction_is_signed_for_its_text() -> None:
    assert sign_compaction("a") == sign_compaction("a") != sign_compaction("b")
