"""What the service calls where members say: nothing inside, nothing endless, no redirect (ASVS 1.3.6)."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from foundation import outward
from foundation.egress import Egress, EgressRefusedError
from foundation.outward import AnswerRefusedError, GuardedTransport

MOST = 10_000
STRICT = Egress(frozenset(), may_be_plain=False)
NAMED = Egress(frozenset({"idp.city.example", "127.0.0.1", "10.1.2.3"}), may_be_plain=False)
DRILL = Egress(frozenset({"127.0.0.1", "localhost"}), may_be_plain=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example/",
        "ftp://idp.example/",
        "file:///etc/passwd",
        "https://",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user@idp.example/",
        "https://idp.example\\@10.0.0.1/",
        "https://idp.example/#fragment",
        "https://idp.example:99999/",
        "https://idp .example/",
        "https://例.example/",
        "https://idp.example/" + "x" * 2000,
    ],
)
@pytest.mark.asvs("1.3.6")
def test_no_other_address_is_called(url: str) -> None:
    assert not STRICT.allows(url)


def test_public_names_and_what_the_operator_named_are_called() -> None:
    assert STRICT.allows("https://login.example.com/tenant/v2.0")
    assert STRICT.allows("https://8.8.8.8/")
    assert NAMED.allows("https://10.1.2.3/")
    assert not NAMED.allows("http://127.0.0.1:9000/"), "plain http is for drills"
    assert DRILL.allows("http://127.0.0.1:9000/")
    assert not DRILL.allows("http://127.0.0.2:9000/"), "not named"
    assert not DRILL.allows("http://idp.example/")


@pytest.mark.asvs("1.3.6")
async def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public and a private address together are refused as well: the next look could give the other one."""
    looked_up: list[object] = []

    async def resolve(*question: object, **_more: object) -> list[tuple[object, ...]]:
        looked_up.append(question)
        return [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
    async with httpx2.AsyncClient(transport=GuardedTransport(STRICT, most=MOST), trust_env=False) as http:
        with pytest.raises(EgressRefusedError, match="address-refused"):
            await http.get("https://idp.example/")
    assert len(looked_up) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx", "packed"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST + 1), "too long"),
    ],
    ids=["packed", "endless"],
)
async def test_an_answer_has_a_bound(answer: bytes, said: str) -> None:
    async with _answering(answer) as url, httpx2.AsyncClient(transport=GuardedTransport(DRILL, most=MOST)) as http:
        with pytest.raises(AnswerRefusedError, match=said):
            await http.get(url)


@pytest.mark.asvs("1.3.6")
async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with _answering(moved) as url, httpx2.AsyncClient(transport=GuardedTransport(DRILL, most=MOST)) as http:
        assert (await http.get(url)).status_code == 302


async def test_the_name_stays_on_the_call_though_its_address_is_dialled() -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with (
        _answering(answer, heard) as url,
        httpx2.AsyncClient(transport=GuardedTransport(DRILL, most=MOST)) as http,
    ):
        named = url.replace("127.0.0.1", "localhost")
        assert (await http.get(named)).text == "ok"
    assert f"Host: {named.removeprefix('http://').rstrip('/')}".lower().encode() in heard[0].lower()
    assert b"accept-encoding: identity" in heard[0].lower()


@asynccontextmanager
async def _answering(
    answer: bytes, heard: list[bytes] | None = None, tls: ssl.SSLContext | None = None, *, stays_open: bool = False
) -> AsyncIterator[str]:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while asked := await reader.readuntil(b"\r\n\r\n"):
                if heard is not None:
                    heard.append(asked)
                writer.write(answer)
                if not stays_open:
                    break
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0, family=socket.AF_INET, ssl=tls)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(("named", "is_right"), [("localhost", True), ("another.example", False)])
async def test_the_certificate_is_that_of_the_name_though_its_address_is_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, is_right: bool
) -> None:
    certificate = _certificate(tmp_path, named)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(outward, "_authorities", lambda: trusting)
    egress = Egress(frozenset({"localhost"}), may_be_plain=False)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with (
        _answering(answer, tls=serving) as url,
        httpx2.AsyncClient(transport=GuardedTransport(egress, most=MOST), trust_env=False) as http,
    ):
        asking = http.get(url.replace("http://127.0.0.1", "https://localhost"))
        if is_right:
            assert (await asking).text == "ok"
        else:
            with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await asking


async def test_a_connection_to_one_host_is_not_taken_for_another_at_the_same_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, "idp.city.example")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(outward, "_authorities", lambda: trusting)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _here, raising=False)
    egress = Egress(frozenset({"idp.city.example", "keys.city.example"}), may_be_plain=False)
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with (
        _answering(answer, heard, serving, stays_open=True) as url,
        httpx2.AsyncClient(transport=GuardedTransport(egress, most=MOST), trust_env=False) as http,
    ):
        named = url.replace("http://127.0.0.1", "https://idp.city.example")
        assert (await http.get(named)).text == (await http.get(named)).text == "ok"
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await http.get(named.replace("idp", "keys"))
    assert not [each for each in heard if b"keys" in each], "nothing was said before the certificate was judged"


async def _here(*_question: object, **_more: object) -> list[tuple[object, ...]]:
    return [(0, 0, 0, "", ("127.0.0.1", 0))]


def _certificate(directory: Path, name: str) -> Path:
    """Write a key and a certificate that it has signed itself for a host's name."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "both.pem"
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    return path
