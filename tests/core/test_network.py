"""Which proxy leads where, and what failed for a certificate."""

import ssl

import pytest

from core.network import is_untrusted, proxy_for


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "example.org,.internal")


def test_the_proxy_is_that_of_the_scheme() -> None:
    assert proxy_for("https://discord.com/api/v10") == "http://proxy.example:3128"
    assert proxy_for("http://discord.com/api/v10") is None


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:1/", "https://localhost/", "https://[::1]:1/", "https://example.org/", "https://a.internal/"],
)
def test_to_this_machine_and_to_whom_no_proxy_names_the_way_is_straight(url: str) -> None:
    assert proxy_for(url) is None


def test_a_certificate_is_found_behind_what_it_was_translated_to() -> None:
    cause = OSError()
    cause.__context__ = ssl.SSLCertVerificationError()
    error = RuntimeError()
    error.__cause__ = cause

    assert is_untrusted(error)
    assert is_untrusted(ssl.SSLCertVerificationError())
    assert not is_untrusted(OSError())
    assert not is_untrusted(ssl.SSLError())


def test_errors_that_name_each_other_as_the_cause_have_an_end() -> None:
    error, other = OSError(), RuntimeError()
    error.__cause__, other.__cause__ = other, error

    assert not is_untrusted(error)
