import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from notifications.gateways import web as gateway_web
from notifications.gateways.base import Message, Verdict
from notifications.gateways.kannel import KannelGateway
from tests.notifications.gateways.sinks import Call, HttpSink

NewGateway = Callable[..., KannelGateway]
TEXT = "【結まーる】登米市応援要請 髙﨑𠮷葛󠄀①㈱ & + % 返信4821 1可 2不可\nhttps://oen.example/r/abc123"
MESSAGE = Message(attempt="a/1", to="+818000000001", text=TEXT)


@pytest.fixture
async def new_gateway(http_sink: HttpSink) -> AsyncIterator[NewGateway]:
    opened: list[KannelGateway] = []

    def new(**changes: str | int) -> KannelGateway:
        settings = {"host": "127.0.0.1", "port": http_sink.port, "username": "u", "password": "p&ss"}
        opened.append(KannelGateway(name="a", sender="0005123456", **(settings | changes)))
        return opened[-1]

    yield new
    for gateway in opened:
        await gateway.close()


def says(status: int, text: str, **headers: str) -> Callable[[Call], web.Response]:
    return lambda _: web.Response(status=status, text=text, headers=headers)


async def test_the_documented_call(http_sink: HttpSink, new_gateway: NewGateway) -> None:
    http_sink.answer = says(202, "0: Accepted for delivery")
    outcome = await new_gateway().send(MESSAGE)

    assert outcome.verdict is Verdict.ACCEPTED
    (call,) = http_sink.calls
    assert (call.method, call.path) == ("GET", "/cgi-bin/sendsms")
    assert call.query == {
        "username": "u",
        "password": "p&ss",
        "from": "0005123456",
        "to": "+818000000001",
        "text": TEXT,
        "charset": "UTF-8",
        "coding": "2",
    }


async def test_receipts_are_asked_for_where_they_can_come(http_sink: HttpSink, new_gateway: NewGateway) -> None:
    http_sink.answer = says(202, "0: Accepted for delivery")
    await new_gateway(receipts_url="https://oen.example/hooks/sms/a/s/receipt").send(MESSAGE)

    query = http_sink.calls[0].query
    assert query["dlr-mask"] == "31"
    assert query["dlr-url"] == "https://oen.example/hooks/sms/a/s/receipt?attempt=a%2F1&type=%d&answer=%A"


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        (202, "0: Accepted for delivery", Verdict.ACCEPTED),
        (202, "3: Queued for later delivery", Verdict.ACCEPTED),
        (202, "<html>a proxy's page</html>", Verdict.UNKNOWN),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Verdict.PERMANENT),
        (403, "Authorization failed for sendsms", Verdict.TEMPORARY),
        (404, "Unknown request.", Verdict.TEMPORARY),
        (302, "", Verdict.TEMPORARY),
        (500, "", Verdict.UNKNOWN),
        (503, "Temporal failure, try again later.", Verdict.TEMPORARY),
    ],
)
async def test_answers(
    http_sink: HttpSink, new_gateway: NewGateway, status: int, text: str, verdict: Verdict
) -> None:
    http_sink.answer = says(status, text)
    assert (await new_gateway().send(MESSAGE)).verdict is verdict


@pytest.mark.parametrize(
    ("header", "expected"), [("7", 7.0), ("86400", 3600.0), ("Thu, 01 Jan 2015 00:00:00 GMT", 0.0), ("x", None)]
)
async def test_it_says_how_long_to_wait(
    http_sink: HttpSink, new_gateway: NewGateway, header: str, expected: float | None
) -> None:
    http_sink.answer = says(429, "slow down", **{"Retry-After": header})
    outcome = await new_gateway().send(MESSAGE)
    assert (outcome.verdict, outcome.retry_after) == (Verdict.TEMPORARY, expected)


async def test_nobody_listens(http_sink: HttpSink, new_gateway: NewGateway) -> None:
    await http_sink.stop()
    outcome = await new_gateway().send(MESSAGE)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "connect")
    outcome = await new_gateway(host="nowhere.invalid").send(MESSAGE)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "connect")


async def test_cut_after_the_request_is_unknown(http_sink: HttpSink, new_gateway: NewGateway) -> None:
    http_sink.answer = lambda _: None
    outcome = await new_gateway().send(MESSAGE)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "disconnected")
    assert len(http_sink.calls) == 1, "a GET is repeated behind our back"


async def test_no_answer_in_time_is_unknown(
    http_sink: HttpSink, new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_web, "LONGEST_SEND", 0.2)
    http_sink.delay = 0.5
    outcome = await new_gateway().send(MESSAGE)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "timeout")


async def test_a_full_window_at_once(http_sink: HttpSink, new_gateway: NewGateway) -> None:
    http_sink.answer = says(202, "0: Accepted for delivery")
    http_sink.delay = 0.05
    gateway = new_gateway()
    started = time.monotonic()
    outcomes = await asyncio.gather(*(gateway.send(MESSAGE) for _ in range(gateway.window * 2)))

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(http_sink.calls) == 32
    assert time.monotonic() - started < 32 * 0.05 / 2


async def test_nothing_secret_is_logged(
    http_sink: HttpSink, new_gateway: NewGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = new_gateway(password="hush-hush")
    for answer in (says(202, "0: Accepted"), says(403, "no"), lambda _: None):
        http_sink.answer = answer
        outcome = await gateway.send(MESSAGE)
        assert "hush-hush" not in repr(outcome) + repr(gateway)

    assert len(http_sink.calls) >= 3
    assert not any(
        secret in record.getMessage()
        for record in caplog.records
        if not record.name.startswith("aiohttp.access")  # the sink's own log
        for secret in ("hush-hush", "818000000001", "%E7%99%BB")
    )
