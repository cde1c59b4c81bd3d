"""Real servers on loopback that keep what they are sent, and fail in the ways that real ones do."""

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class _Smtp(SMTP):
    """Let the sink count, cut and silence connections."""

    sink: "SmtpSink"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.sink.transports.append(transport)


@dataclass
class SmtpSink:
    """`refusals`: answers to RCPT by address; `sender_refusals`: to the next MAILs.

    `at_data` gives the answer to the text.
    """

    mails: list[Envelope] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    sender_refusals: list[str] = field(default_factory=list)
    at_data: Callable[[Session], Awaitable[str]] | None = None
    silent_noop: bool = False
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    most_at_once: int = 0
    transports: list[asyncio.BaseTransport] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _at_once: int = 0

    async def start(self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        def protocol() -> _Smtp:
            made = _Smtp(
                self,
                hostname="sink",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=self._authenticate,
                auth_require_tls=False,
            )
            made.sink = self
            return made

        self._server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self.sever()
            await self._server.wait_closed()
            await asyncio.sleep(0.02)

    def sever(self) -> None:
        for transport in self.transports:
            transport.abort()

    async def handle_NOOP(self, *_: object) -> str:  # noqa: N802 — the name aiosmtpd calls
        if self.silent_noop:
            await asyncio.sleep(60)
        return "250 OK"

    async def handle_MAIL(  # noqa: N802 — the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.sender_refusals:
            return self.sender_refusals.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 — the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 — the name aiosmtpd calls
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0.005)
        self._at_once -= 1
        if self.at_data:
            return await self.at_data(session)
        self.mails.append(envelope)
        return f"250 queued as {len(self.mails)}"

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p:ss/word", handled=False)


@dataclass
class Call:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpSink:
    """Answers with `answer`; None cuts the connection after the request was read."""

    answer: Callable[[Call], web.Response | None]
    calls: list[Call] = field(default_factory=list)
    delay: float = 0.0
    port: int = 0
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site.port

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        form = {key: str(value) for key, value in (await request.post()).items()}
        call = Call(request.method, request.path, dict(request.query), form, request.headers, body)
        self.calls.append(call)
        await asyncio.sleep(self.delay)
        answer = self.answer(call)
        if answer is None:
            assert request.transport
            request.transport.abort()
            return web.Response()
        return answer


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server context for `localhost` and the file by which a client trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path
