from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from notifications.gateways.base import Message, Verdict
from notifications.gateways.twilio import TwilioGateway
from tests.notifications.gateways.sinks import HttpSink

MESSAGE = Message(attempt="a1", to="+818000000001", text="髙﨑𠮷葛󠄀 & 返信4821")


@pytest.fixture
async def gateway(http_sink: HttpSink) -> AsyncIterator[TwilioGateway]:
    opened = TwilioGateway(
        name="t", base=f"http://127.0.0.1:{http_sink.port}", account="AC1", token="tok", sender="+815012345678"
    )
    yield opened
    await opened.close()


async def test_the_documented_call(http_sink: HttpSink, gateway: TwilioGateway) -> None:
    http_sink.answer = lambda _: web.json_response({"sid": "SM123", "status": "queued"}, status=201)
    outcome = await gateway.send(MESSAGE)

    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "SM123")
    (call,) = http_sink.calls
    assert (call.method, call.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert call.form == {"To": "+818000000001", "From": "+815012345678", "Body": MESSAGE.text}
    assert call.headers["Authorization"] == "Basic " + b64encode(b"AC1:tok").decode()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": 21614, "message": "not a mobile number"}, (Verdict.PERMANENT, "21614")),
        (400, {"code": 21606, "message": "From is not yours"}, (Verdict.TEMPORARY, "21606")),
        (401, {"code": 20003, "message": "Authenticate"}, (Verdict.TEMPORARY, "20003")),
        (404, {"code": 20404}, (Verdict.TEMPORARY, "20404")),
        (429, {"code": 20429}, (Verdict.TEMPORARY, "20429")),
        (500, {"code": 20500}, (Verdict.UNKNOWN, "20500")),
        (502, ["not an object"], (Verdict.UNKNOWN, "502")),
        (503, {"code": 20503}, (Verdict.TEMPORARY, "20503")),
    ],
)
async def test_refusals(
    http_sink: HttpSink, gateway: TwilioGateway, status: int, body: object, expected: tuple[Verdict, str]
) -> None:
    http_sink.answer = lambda _: web.json_response(body, status=status, headers={"Retry-After": "5"})
    outcome = await gateway.send(MESSAGE)
    assert (outcome.verdict, outcome.code) == expected
    assert outcome.retry_after == (5.0 if status in {429, 503} else None)


async def test_a_page_instead_of_json(http_sink: HttpSink, gateway: TwilioGateway) -> None:
    http_sink.answer = lambda _: web.Response(status=504, body=b"<html>\xff</html>")
    outcome = await gateway.send(MESSAGE)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "504")


async def test_cut_after_the_request_is_unknown(http_sink: HttpSink, gateway: TwilioGateway) -> None:
    http_sink.answer = lambda _: None
    assert (await gateway.send(MESSAGE)).verdict is Verdict.UNKNOWN
    assert len(http_sink.calls) == 1


async def test_nobody_listens(http_sink: HttpSink, gateway: TwilioGateway) -> None:
    await http_sink.stop()
    assert (await gateway.send(MESSAGE)).verdict is Verdict.TEMPORARY
