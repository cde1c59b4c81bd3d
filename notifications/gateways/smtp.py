"""Mail by SMTP over a few kept connections: a new one for each mail costs two to four times as much."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException

from notifications import mail
from notifications.gateways.base import LONGEST_SEND, Capabilities, Channel, Message, Outcome, Verdict
from notifications.gateways.calling import SILENT

_CONNECT = 10.0
_COMMAND = 15.0
_STALE = 10.0  # seconds unused after which a firewall may have dropped a connection without a word
_ALIVE = 2.0  # seconds in which such a connection must answer NOOP
_SHUTTING_DOWN = 421
_TEMPORARY = 400
_PERMANENT = 500
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")


class _Phase(Enum):
    """進み具合: what was being done when it failed."""

    CONNECT = auto()
    ENVELOPE = auto()
    RECIPIENT = auto()
    BODY = auto()


@dataclass(slots=True)
class _Progress:
    """How far a message came: from BODY on, a lost answer leaves open whether it was taken."""

    phase: _Phase = _Phase.CONNECT


@dataclass(frozen=True, slots=True)
class Relay:
    """中継サーバー: where mail is handed over. `tls`: from the first byte, after STARTTLS, or not at all."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: Literal["direct", "starttls", "none"] = "none"

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self.port})"


class Envelope:
    """封筒: from whom and to whom one mail goes. Where reports can come back (RFC 3461), they are asked for.

    The sender is the attempt's own address (VERP), so that even a bounce without any form tells what bounced.
    """

    def __init__(self, message: Message, sender: str, recipient: str) -> None:
        self.is_reported = bool(message.bounce_to)
        self.sender = message.bounce_to or sender
        self.recipient = recipient

    @property
    def mail_options(self) -> list[str]:
        """Name the mail in reports by its tag: by the attempt alone, anybody could report on what they received."""
        _, _, tag = self.sender.partition("@")[0].partition("+")
        return ["RET=HDRS", f"ENVID={tag}"]


_WANTED = ["NOTIFY=SUCCESS,FAILURE,DELAY"]


class SmtpGateway:
    """One relay. One recipient a mail, one mail at a time on each of at most `window` connections."""

    channel = Channel.EMAIL
    hook_secret: str | None = None
    capabilities = Capabilities()
    reader = SILENT

    def __init__(
        self,
        relay: Relay,
        *,
        name: str,
        mail_from: str,
        window: int = 8,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.window = window
        self._relay = relay
        self._origin = mail.sender(mail_from)
        self._now = now
        self._slots = asyncio.Semaphore(window)
        self._kept: list[tuple[SMTP, float]] = []

    async def send(self, message: Message) -> Outcome:
        try:
            content = self._content(message)
            recipient = mail.mailbox(message.to)
        except mail.BadAddress:
            return Outcome(Verdict.PERMANENT, code="address")
        async with self._slots:
            return await self._deliver(Envelope(message, self._origin.address, recipient), content)

    async def close(self) -> None:
        """Say goodbye on the kept connections."""
        kept, self._kept = self._kept, []
        await asyncio.gather(*(_say_goodbye(connection) for connection, _ in kept))

    def _content(self, message: Message) -> bytes:
        return mail.build(
            self._origin,
            to=message.to,
            subject=message.subject,
            text=message.text,
            attempt=message.attempt,
            thread=message.thread,
            reply_to=message.reply_to,
            in_reply_to=message.in_reply_to,
            at=self._now(),
        )

    async def _deliver(self, envelope: Envelope, content: bytes) -> Outcome:
        progress = _Progress()
        try:
            async with asyncio.timeout(LONGEST_SEND):
                reply = await self._hand_over(envelope, content, progress)
        except SMTPResponseException as refused:
            return _refused(refused, progress.phase)
        except (SMTPException, OSError, TimeoutError) as failure:
            is_open = progress.phase is _Phase.BODY
            return Outcome(Verdict.UNKNOWN if is_open else Verdict.TEMPORARY, code=_code(failure))
        return Outcome(Verdict.ACCEPTED, provider_id=reply[:200] or None, code="250")

    async def _hand_over(self, envelope: Envelope, content: bytes, progress: _Progress) -> str:
        """Send over a kept connection, and if that proves dead before the text went out, over a new one."""
        connection = await self._take_kept()
        if connection is not None:
            try:
                return await self._transfer(connection, envelope, content, progress)
            except (SMTPException, OSError) as failure:
                if progress.phase is _Phase.BODY or not _is_lost(failure):
                    raise
        progress.phase = _Phase.CONNECT
        return await self._transfer(await self._connect(), envelope, content, progress)

    async def _transfer(self, connection: SMTP, envelope: Envelope, content: bytes, progress: _Progress) -> str:
        is_reusable = False
        try:
            progress.phase = _Phase.ENVELOPE
            reports = envelope.is_reported and connection.supports_extension("dsn")
            await connection.mail(envelope.sender, options=envelope.mail_options if reports else [])
            progress.phase = _Phase.RECIPIENT
            await connection.rcpt(envelope.recipient, options=_WANTED if reports else [])
            progress.phase = _Phase.BODY
            reply = await connection.data(content, timeout=LONGEST_SEND)
            is_reusable = True
        except SMTPResponseException as refused:
            is_reusable = refused.code != _SHUTTING_DOWN and await _reset(connection)
            raise
        finally:
            if is_reusable and connection.is_connected:
                self._kept.append((connection, time.monotonic()))
            else:
                connection.close()
        return reply.message

    async def _take_kept(self) -> SMTP | None:
        """Return the connection used last, once it has shown that it lives; None if there is none."""
        while self._kept:
            connection, used_at = self._kept.pop()
            if connection.is_connected and (time.monotonic() - used_at < _STALE or await _answers(connection)):
                return connection
            connection.close()
        return None

    async def _connect(self) -> SMTP:
        relay = self._relay
        connection = SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=relay.tls == "direct",
            start_tls=relay.tls == "starttls",
            local_hostname=self._origin.host,
            timeout=_CONNECT,
        )
        await connection.connect()
        await _greet(connection)
        connection.timeout = _COMMAND
        return connection


async def _greet(connection: SMTP) -> None:
    """Learn what the relay offers, before the first mail asks for it; the oldest know no EHLO."""
    if connection.is_ehlo_or_helo_needed:
        try:
            await connection.ehlo()
        except SMTPHeloError:
            await connection.helo()


async def _say_goodbye(connection: SMTP) -> None:
    with contextlib.suppress(SMTPException, OSError):
        await connection.quit(timeout=_ALIVE)
    connection.close()


async def _reset(connection: SMTP) -> bool:
    try:
        await connection.rset(timeout=_ALIVE)
    except (SMTPException, OSError):
        return False
    return True


async def _answers(connection: SMTP) -> bool:
    try:
        await connection.noop(timeout=_ALIVE)
    except (SMTPException, OSError):
        return False
    return True


def _is_lost(failure: Exception) -> bool:
    return not isinstance(failure, SMTPResponseException) or failure.code == _SHUTTING_DOWN


def _refused(refused: SMTPResponseException, phase: _Phase) -> Outcome:
    if refused.code < _TEMPORARY and phase is _Phase.BODY:
        return Outcome(Verdict.UNKNOWN, code=str(refused.code))  # neither yes nor no
    # A 5xx to the greeting, the sign-in or the sender speaks of our settings; only later ones of this mail.
    is_about_the_mail = phase in {_Phase.RECIPIENT, _Phase.BODY}
    is_permanent = refused.code >= _PERMANENT and is_about_the_mail
    return Outcome(Verdict.PERMANENT if is_permanent else Verdict.TEMPORARY, code=_said(refused))


def _said(refused: SMTPResponseException) -> str:
    """Return the reply's code, with the enhanced one (RFC 3463) where there is one: `550 5.1.1`."""
    enhanced = _ENHANCED.match(refused.message)
    return f"{refused.code} {enhanced[0]}" if enhanced else str(refused.code)


def _code(failure: Exception) -> str:
    if isinstance(failure, aiosmtplib.SMTPConnectError):
        return "connect"
    return "timeout" if isinstance(failure, TimeoutError) else "disconnected"
