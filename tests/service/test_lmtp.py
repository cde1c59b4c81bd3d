"""Mail by LMTP as a mail server brings it: Python's own client against the door, on both engines."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.database import Database
from notifications import inbound
from notifications.gateways.opening import Gateways
from notifications.mailbox.tags import Mailbox
from notifications.models import InboundMessage
from service.house import House, doorway
from service.lmtp import Doorway, Take
from tests.api_client import settings_for
from tests.deep.running import free_port

MAILBOX = Mailbox("yuimaru", "in.oen.example")
TO = "yuimaru+x@in.oen.example"
MAIL = "From: a@city.example\r\nMessage-ID: <1@city.example>\r\nSubject: x\r\n\r\n1 50\r\n"


@asynccontextmanager
async def opened(place: str, take: Take) -> AsyncIterator[asyncio.Event]:
    stop, wake = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(Doorway(place, MAILBOX, take).run(stop, wake))
    try:
        await asyncio.sleep(0.05)
        yield wake
    finally:
        stop.set()
        await running


def bring(
    place: str, to: Sequence[str] = (TO,), text: str = MAIL, sender: str = "a@city.example"
) -> dict[str, bytes]:
    """Return what was refused, by recipient."""
    host, _, port = place.rpartition(":")
    with smtplib.LMTP(host or place, int(port) if host else 0) as client:
        try:
            refused = client.sendmail(sender, list(to), text.encode())
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPDataError as error:
            refused = dict.fromkeys(to, (error.smtp_code, error.smtp_error))
    return {address: f"{code}".encode() for address, (code, _) in refused.items()}


def kept(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(InboundMessage)) or 0


async def test_a_mail_is_taken_when_it_is_stored_and_counts_once(database: Database) -> None:
    place = f"127.0.0.1:{free_port()}"
    async with opened(place, partial(inbound.receive_mail, database, MAILBOX)) as wake:
        for _ in range(2):
            assert await asyncio.to_thread(bring, place) == {}
        assert wake.is_set()
        assert await database.read(kept) == 1


async def test_a_socket_serves_as_well(tmp_path: Path) -> None:
    brought: list[tuple[bytes, str | None, Sequence[str]]] = []

    async def take(raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None:
        brought.append((raw, sender, list(recipients)))

    place = str(tmp_path / "lmtp")
    for _ in range(2):  # a socket that was left behind is no hindrance
        async with opened(place, take):
            assert await asyncio.to_thread(bring, place, sender="") == {}
    assert brought == [(MAIL.encode(), "<>", [TO])] * 2


async def test_while_nothing_can_be_stored_the_server_is_told_to_come_again() -> None:
    async def away(raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None:
        raise ConnectionError

    place = f"127.0.0.1:{free_port()}"
    async with opened(place, away) as wake:
        refused = await asyncio.to_thread(bring, place)
        assert refused == {TO: b"451"}
        assert not wake.is_set()


async def test_only_our_own_addresses_are_taken() -> None:
    async def take(raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None:
        assert list(recipients) == [TO]

    place = f"127.0.0.1:{free_port()}"
    async with opened(place, take):
        refused = await asyncio.to_thread(bring, place, [TO, "root@in.oen.example", "yuimaru@else.example"])
        assert refused == {"root@in.oen.example": b"550", "yuimaru@else.example": b"550"}


async def test_a_long_line_and_a_large_mail_are_no_reason_to_refuse_a_reply() -> None:
    sizes: list[int] = []

    async def take(raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None:
        sizes.append(len(raw))

    place = f"127.0.0.1:{free_port()}"
    async with opened(place, take):
        assert await asyncio.to_thread(bring, place, (TO,), MAIL + "x" * 20_000) == {}
        assert await asyncio.to_thread(bring, place, (TO,), MAIL + ("y" * 70 + "\r\n") * 40_000) == {}
    assert sizes[0] > 20_000
    assert sizes[1] > 2_800_000


async def test_a_door_that_is_taken_is_tried_again_and_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def take(raw: bytes, *, sender: str | None, recipients: Sequence[str]) -> None:
        return None

    monkeypatch.setattr("service.lmtp._AGAIN", 0.05)
    place = f"127.0.0.1:{free_port()}"
    async with opened(place, take):
        async with opened(place, take):
            pass
        assert await asyncio.to_thread(bring, place) == {}


def test_the_settings_open_it(tmp_path: Path) -> None:
    def house(mailbox: Mailbox | None) -> House:
        return cast("House", SimpleNamespace(database=None, gateways=Gateways((), (), mailbox)))

    assert doorway(settings_for("sqlite://", tmp_path), house(MAILBOX)) is None
    assert doorway(settings_for("sqlite://", tmp_path, lmtp="127.0.0.1:24"), house(MAILBOX)) is not None
    with pytest.raises(ValueError, match="YUIMARU_MAIL_INBOUND"):
        doorway(settings_for("sqlite://", tmp_path, lmtp="127.0.0.1:24"), house(None))
