"""The courier with real gateways: a mail server and an HTTP server on loopback."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from foundation.database import Database
from notifications.gateways.base import Channel
from notifications.gateways.opening import open_gateways
from notifications.worker import Courier
from tests.notifications.alerting import WORDINGS, addressee, attempts, code, raise_alert, states
from tests.notifications.gateways.sinks import HttpSink, SmtpSink


@asynccontextmanager
async def courier(database: Database, *, mail: int = 9, sms: tuple[int, ...] = (9,)) -> AsyncIterator[Courier]:
    """A courier for a mail relay and Kannels on loopback ports; nothing listens on port 9."""
    kannels = [f"kannel://user:pass@127.0.0.1:{port}?from=0005&name=k{n}" for n, port in enumerate(sms)]
    gateways = open_gateways(
        [f"smtp://127.0.0.1:{mail}"], kannels, mail_from="結まーる <yuimaru@oen.example>", mark="【訓練】"
    )
    yield Courier(database, gateways, WORDINGS, "https://oen.example", "w1")
    await gateways.close()


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpSink]:
    sink = SmtpSink()
    await sink.start()
    yield sink
    await sink.stop()


@pytest.fixture
async def kannel() -> AsyncIterator[HttpSink]:
    sink = HttpSink(answer=lambda _: web.Response(status=202, text="0: Accepted for delivery"))
    await sink.start()
    yield sink
    await sink.stop()


async def test_an_alert_arrives_by_mail_and_by_sms(database: Database, smtp: SmtpSink, kannel: HttpSink) -> None:
    people = [addressee(n, channel=channel) for n in range(20) for channel in Channel]
    await database.write(raise_alert, *people)
    async with courier(database, mail=smtp.port, sms=(kannel.port,)) as sender:
        assert await sender.drain() == 40
    assert sorted(mail.rcpt_tos[0] for mail in smtp.mails) == sorted(f"p{n}@demo.example" for n in range(20))
    assert {call.query["to"] for call in kannel.calls} == {f"+8180000{n:05d}" for n in range(20)}
    digits = await database.read(code)
    assert all(call.query["text"].startswith(f"【訓練】パソコン 返信{digits} ") for call in kannel.calls)
    content = smtp.mails[0].content
    assert isinstance(content, bytes)
    head, _, body = content.partition(b"\r\n\r\n")
    assert b"References: <" in head
    assert f"返信{digits}" in base64.b64decode(body).decode()
    assert set(await database.read(states)) == {"accepted"}


@pytest.mark.asvs("16.5.1", "16.5.2", "16.5.3", "16.5.4")
async def test_a_dead_gateway_hands_over_to_the_living_one(database: Database, kannel: HttpSink) -> None:
    await database.write(raise_alert, *(addressee(n) for n in range(30)))
    async with courier(database, sms=(9, kannel.port)) as sender:
        tried = await sender.drain()
    assert len(kannel.calls) == 30
    kept = await database.read(attempts)
    assert {(gateway, state) for _, gateway, state in kept} == {("k0", "temporary"), ("k1", "accepted")}
    assert tried == len(kept) <= 30 + 16, "no more than one window of them, for then the breaker opens"


async def test_a_mail_to_nobody_fails_and_the_others_arrive(database: Database, smtp: SmtpSink) -> None:
    smtp.refusals["p1@demo.example"] = "550 5.1.1 unknown"
    await database.write(raise_alert, *(addressee(n, channel=Channel.EMAIL) for n in (1, 2)))
    async with courier(database, mail=smtp.port) as sender:
        await sender.drain()
    assert await database.read(states) == ["failed", "accepted"]


async def test_an_answer_that_never_came_is_kept_as_unknown_and_tried_again(
    database: Database, kannel: HttpSink
) -> None:
    lost = HttpSink(answer=lambda _: None)
    await lost.start()
    await database.write(raise_alert)
    async with courier(database, sms=(lost.port, kannel.port)) as sender:
        await sender.drain()
    await lost.stop()
    assert await database.read(attempts) == [(1, "k0", "unknown"), (2, "k1", "accepted")]
    assert lost.calls[0].query["text"] == kannel.calls[0].query["text"]
