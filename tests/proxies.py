"""What stands between a company and the world: a proxy on a socket, and hosts with certificates of a CA of its own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass
class Proxy:
    """Leads everybody who asks for a host to the port here that stands for it, and notes whom it was asked for."""

    ports: Mapping[str, int]
    address: str = ""
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def proxy(ports: Mapping[str, int]) -> AsyncIterator[Proxy]:
    """`ports`: by host, of this machine."""
    found = Proxy(ports)

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        verb, target = head.decode("latin-1").split(" ", 2)[:2]
        host = target.removeprefix("http://").partition("/")[0].partition(":")[0]
        found.asked.append(f"{verb} {host}")
        first = b"" if verb == "CONNECT" else head
        if verb == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _joined(reader, writer, found.ports[host], host, first)

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found


@asynccontextmanager
async def tls(port: int, host: str, certificate: Path, *, at: int = 0) -> AsyncIterator[int]:
    """A port where this host speaks TLS (`at`; 0: any), in front of a plain one: `certificate` holds its key, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _joined(reader, writer, port, host, b"")

    server = await asyncio.start_server(lead, "127.0.0.1", at, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _joined(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, host: str, first: bytes
) -> None:
    """Both ways until one ends. The playground takes only those who call it by its own address."""
    there, thither = await asyncio.open_connection("127.0.0.1", port)
    thither.write(_renamed(first, host, port))

    async def hither() -> None:
        while some := await there.read(65_536):
            writer.write(some)
        writer.close()

    back = asyncio.create_task(hither())
    with suppress(OSError):
        while some := await reader.read(65_536):
            thither.write(_renamed(some, host, port))
    thither.close()
    with suppress(OSError):
        await back


def _renamed(some: bytes, host: str, port: int) -> bytes:
    return some.replace(f"Host: {host}\r\n".encode(), f"Host: 127.0.0.1:{port}\r\n".encode())


def certify(folder: Path, *hosts: str) -> tuple[Path, Path]:
    """The file of a CA that nobody knows, and one with a certificate of it for these hosts and its key."""
    ca_key, key, now = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
        datetime.now(UTC),
    )
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company's CA")])

    def made(subject: x509.Name, of: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder(issuer_name=ca_name, subject_name=subject, public_key=of.public_key())
        return (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
        )

    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    authority = made(ca_name, ca_key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    ca = authority.add_extension(usage, critical=True).sign(ca_key, hashes.SHA256())
    names = [_named(host) for host in hosts]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    own = made(subject, key).add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = own.sign(ca_key, hashes.SHA256())
    ca_file, file = folder / "ca.pem", folder / "host.pem"
    ca_file.write_bytes(ca.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    return ca_file, file


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
