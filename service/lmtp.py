"""The door for mail: LMTP (RFC 2033) from the mail server beside us, which keeps and repeats what we can't take.

A mail is acknowledged when it is committed, and not before; while the database is away the server is told to come
again. There is neither encryption nor a password: the door belongs on loopback or on a socket in a folder.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.mailbox.tags import Mailbox

LARGEST = 26_214_400
"""Bytes of one mail, as large as mail servers let them be: a reply must not bounce for its attachment."""
_LONGEST_LINE = 65_536  # beyond RFC 5321's 1,000: old programs send whole paragraphs as one line
_IDLE = 120.0
_AGAIN = 5.0
"""Seconds after which an address that is taken is tried again: the process before us may be about to go."""
_TAKEN = "250 2.0.0 Stored"
_LATER = "451 4.3.0 Not now, please try again"
_UNKNOWN = "550 5.1.1 No such mailbox here"
log = structlog.get_logger()


class Take(Protocol):
    """受け取り: stores a mail and handles it; what it raises, the sending server hears as `later`."""

    async def __call__(self, raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None: ...


class _Line(LMTP):
    """One connection, with room for long lines."""

    line_length_limit = _LONGEST_LINE


class Doorway:
    """受信口: listens at `host:port` or at a socket's path until told to stop."""

    def __init__(self, place: str, mailbox: Mailbox, take: Take) -> None:
        self._place = place
        self._mailbox = mailbox
        self._take = take
        self._wake: asyncio.Event | None = None

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Take in mail until `stop`; `wake` is set for the courier, since an answer may be answered."""
        self._wake = wake
        while not stop.is_set():
            try:
                server = await self._listen()
            except OSError as error:
                log.exception("mail_not_taken_in", place=self._place, reason=error.strerror)
                await _pause(stop)
                continue
            try:
                await stop.wait()
            finally:
                server.close()

    async def handle_RCPT(  # noqa: N802 — the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._mailbox.takes(address):
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 — as above
        """Take one mail in and answer for each of its recipients (RFC 2033 §4.2), all alike."""
        raw = envelope.original_content or b""
        try:
            await self._take(raw, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        except Exception:
            log.exception("mail_not_stored")
            answer = _LATER
        else:
            answer = _TAKEN
            if self._wake is not None:
                self._wake.set()
        return "\r\n".join([answer] * len(envelope.rcpt_tos))

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        host, colon, port = self._place.rpartition(":")
        if colon and port.isdigit():
            return await loop.create_server(self._line, host.strip("[]"), int(port))
        return await loop.create_unix_server(self._line, self._place)

    def _line(self) -> _Line:
        return _Line(
            self,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="yuimaru",
            ident="LMTP",
            timeout=_IDLE,
            loop=asyncio.get_running_loop(),
        )


async def _pause(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), _AGAIN)
