"""Which proxy leads where, and what failed for a certificate."""

import ssl
from pathlib import Path

import pytest

from core.network import is_untrusted, proxy_for, unfit_certificates, unfit_proxies


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


@pytest.mark.parametrize("address", ["proxy.example:3128", "me:word@proxy.example"])
def test_a_proxy_without_a_scheme_is_one_of_http(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)

    assert proxy_for("https://discord.com/api/v10") == f"http://{address}"
    assert unfit_proxies() == ()


def test_a_proxy_of_a_kind_that_we_cannot_talk_to_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unfit_proxies() == ()
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:word@proxy.example:1080")

    (told,) = unfit_proxies()
    assert told.startswith("HTTPS_PROXY names")
    assert "example" not in told


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:1/", "https://localhost/", "https://[::1]:1/", "https://example.org/", "https://a.internal/"],
)
def test_to_this_machine_and_to_whom_no_proxy_names_the_way_is_straight(url: str) -> None:
    assert proxy_for(url) is None


def test_a_file_without_certificates_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert unfit_certificates() == ()

    for wrong in (tmp_path, tmp_path / "missing.pem", Path(__file__)):
        monkeypatch.setenv("SSL_CERT_FILE", str(wrong))
        (told,) = unfit_certificates()
        assert told.startswith("SSL_CERT_FILE names no file of certificates")


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
