"""Vonage, Karaden, form posts and generic JSON: the documented call, each kind of answer, what can be asked."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from notifications.gateways.base import Askable, Gateway, Message, Verdict
from notifications.gateways.opening import open_gateways
from tests.notifications.gateways.sinks import Call, HttpSink

Open = Callable[[str], Gateway]
MESSAGE = Message(
    attempt="0198-a1", to="+818012345678", text="【結まーる】髙﨑𠮷葛󠄀①㈱ & 返信4821\nhttps://oen.example/r/abc"
)
RECEIPTS = "https://oen.example/hooks/sms"
VONAGE = "vonage://key:sec@HOST?from=+815012345678&scheme=http&hook_secret=s3"
KARADEN = "karaden://oen:tok@HOST/api?service=12&scheme=http&hook_secret=s3"
FORM = "form+http://oen:pw@HOST/console/api/?name=media&hook_secret=s3&permanent=560&temporary=503|555&most_units=660"
JSON = "json+http://HOST/v1/sms?token=t0k&from=0005123456&hook_secret=s3&name=any"


@pytest.fixture
async def open_at(http_sink: HttpSink) -> AsyncIterator[Open]:
    opened = []

    def open_one(url: str) -> Gateway:
        url = url.replace("HOST", f"127.0.0.1:{http_sink.port}")
        opened.append(open_gateways([], [url], mail_from="a@oen.example", mark="", hooks_url="https://oen.example"))
        return opened[-1].sms[0]

    yield open_one
    for each in opened:
        await each.close()


def says(status: int, content: object = None, **headers: str) -> Callable[[Call], web.Response]:
    return lambda _: web.json_response(content, status=status, headers=headers)


async def test_vonage_is_called_as_documented(http_sink: HttpSink, open_at: Open) -> None:
    http_sink.answer = says(202, {"message_uuid": "u-1"})
    outcome = await open_at(f"{VONAGE}&validity=6").send(MESSAGE)

    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "u-1")
    (call,) = http_sink.calls
    assert (call.method, call.path) == ("POST", "/v1/messages")
    assert call.headers["Authorization"] == "Basic " + b64encode(b"key:sec").decode()
    assert call.json == {
        "message_type": "text",
        "channel": "sms",
        "to": "818012345678",
        "from": "815012345678",
        "text": MESSAGE.text,
        "client_ref": "0198-a1",
        "sms": {"encoding_type": "unicode"},
        "webhook_url": f"{RECEIPTS}/vonage/s3/receipt",
        "ttl": 6 * 3600,
    }


async def test_karaden_is_called_as_documented(http_sink: HttpSink, open_at: Open) -> None:
    http_sink.answer = says(200, {"id": "k-1", "object": "message", "status": "waiting", "sent_result": "none"})
    before = datetime.now(UTC)
    outcome = await open_at(f"{KARADEN}&validity=2").send(MESSAGE)

    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "k-1")
    (call,) = http_sink.calls
    assert (call.method, call.path) == ("POST", "/api/oen/messages")
    assert (call.headers["Authorization"], call.headers["Karaden-Version"]) == ("Bearer tok", "2024-03-01")
    until = datetime.fromisoformat(call.form.pop("limited_at"))
    assert timedelta(hours=1, minutes=59) < until - before < timedelta(hours=2, seconds=5)
    assert call.form == {
        "service_id": "12",
        "to": "08012345678",
        "body": MESSAGE.text,
        "tags[]": "0198-a1",
        "is_shorten": "false",
    }


async def test_a_form_is_posted_with_the_preset_names(http_sink: HttpSink, open_at: Open) -> None:
    http_sink.answer = lambda _: web.Response(status=200, text="OK")
    assert (await open_at(f"{FORM}&field.long=1").send(MESSAGE)).verdict is Verdict.ACCEPTED

    (call,) = http_sink.calls
    assert (call.method, call.path) == ("POST", "/console/api")
    assert call.form == {
        "username": "oen",
        "password": "pw",
        "mobilenumber": "08012345678",
        "smstext": MESSAGE.text.replace("\n", " "),
        "attempt": "0198-a1",
        "long": "1",
    }


async def test_a_forms_names_are_the_operators(http_sink: HttpSink, open_at: Open) -> None:
    http_sink.answer = lambda _: web.Response(status=201)
    url = "form+http://u:p@HOST/x?user_field=id&password_field=pass&to_field=tel&text_field=msg&id_field=ref"
    assert (await open_at(f"{url}&accepted=200|201").send(MESSAGE)).verdict is Verdict.ACCEPTED
    assert set(http_sink.calls[0].form) == {"id", "pass", "tel", "msg", "ref"}


async def test_json_is_called_as_laid_down(http_sink: HttpSink, open_at: Open) -> None:
    http_sink.answer = says(200, {"id": 77})
    outcome = await open_at(JSON).send(MESSAGE)

    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "77")
    (call,) = http_sink.calls
    assert (call.method, call.path) == ("POST", "/v1/sms")
    assert call.headers["Authorization"] == "Bearer t0k"
    assert call.headers["Idempotency-Key"] == "0198-a1"
    assert call.json == {
        "id": "0198-a1",
        "to": "+818012345678",
        "from": "0005123456",
        "text": MESSAGE.text,
        "receipts": f"{RECEIPTS}/any/s3/receipt",
        "validity": None,
    }


@pytest.mark.parametrize(
    ("url", "status", "content", "expected"),
    [
        (VONAGE, 401, {"title": "Unauthorized"}, (Verdict.TEMPORARY, "Unauthorized")),
        (VONAGE, 402, {"title": "Payment Required"}, (Verdict.TEMPORARY, "Payment Required")),
        (VONAGE, 422, {"title": "Invalid", "invalid_parameters": [{"name": "to"}]}, (Verdict.PERMANENT, "Invalid")),
        (VONAGE, 422, {"title": "Invalid", "invalid_parameters": [{"name": "from"}]}, (Verdict.TEMPORARY, "Invalid")),
        (VONAGE, 422, {"title": "Odd", "invalid_parameters": "to"}, (Verdict.TEMPORARY, "Odd")),
        (VONAGE, 429, {"title": "Rate"}, (Verdict.TEMPORARY, "Rate")),
        (VONAGE, 500, {"title": "Internal"}, (Verdict.UNKNOWN, "Internal")),
        (KARADEN, 200, {"id": "k", "status": "error"}, (Verdict.TEMPORARY, "error")),
        (KARADEN, 400, {"code": "bad_request"}, (Verdict.PERMANENT, "bad_request")),
        (KARADEN, 401, {}, (Verdict.TEMPORARY, "401")),
        (KARADEN, 502, ["no object"], (Verdict.UNKNOWN, "502")),
        (FORM, 560, None, (Verdict.PERMANENT, "560")),
        (FORM, 555, None, (Verdict.TEMPORARY, "555")),
        (FORM, 400, None, (Verdict.TEMPORARY, "400")),
        (FORM, 401, None, (Verdict.TEMPORARY, "401")),
        (FORM, 500, None, (Verdict.UNKNOWN, "500")),
        (JSON, 204, None, (Verdict.ACCEPTED, None)),
        (JSON, 400, {"code": "no-mobile"}, (Verdict.PERMANENT, "no-mobile")),
        (JSON, 503, {"code": "later"}, (Verdict.TEMPORARY, "later")),
    ],
)
async def test_answers(
    http_sink: HttpSink, open_at: Open, url: str, status: int, content: object, expected: tuple[Verdict, str]
) -> None:
    http_sink.answer = says(status, content, **{"Retry-After": "7"})
    outcome = await open_at(url).send(MESSAGE)
    assert (outcome.verdict, outcome.code) == expected
    assert outcome.retry_after == (7.0 if status in {429, 503} else None)


@pytest.mark.parametrize("url", [VONAGE, KARADEN, FORM, JSON])
async def test_cut_after_the_request_is_unknown(http_sink: HttpSink, open_at: Open, url: str) -> None:
    http_sink.answer = lambda _: None
    assert (await open_at(url).send(MESSAGE)).verdict is Verdict.UNKNOWN
    assert len(http_sink.calls) == 1


@pytest.mark.parametrize("url", [VONAGE, KARADEN, FORM, JSON])
async def test_nobody_listens(http_sink: HttpSink, open_at: Open, url: str) -> None:
    gateway = open_at(url)
    await http_sink.stop()
    assert (await gateway.send(MESSAGE)).verdict is Verdict.TEMPORARY


async def test_a_service_that_knows_keys_is_told_twice_when_in_doubt(http_sink: HttpSink, open_at: Open) -> None:
    answers = iter([None, web.json_response({"id": "j1"})])
    http_sink.answer = lambda _: next(answers)
    outcome = await open_at(f"{JSON}&idempotent=1").send(MESSAGE)
    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "j1")
    assert [call.headers["Idempotency-Key"] for call in http_sink.calls] == ["0198-a1"] * 2


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (says(200, {"data": [{"id": "k9", "tags": ["0198-a1"], "status": "done"}]}), (Verdict.ACCEPTED, "k9")),
        (says(200, {"data": [{"id": "k9", "tags": ["0198-a1"], "status": "error"}]}), (Verdict.TEMPORARY, "k9")),
        (says(200, {"data": [{"id": "k8", "tags": ["another"], "status": "done"}]}), (Verdict.TEMPORARY, None)),
        (says(200, {"data": [{"id": "k8", "status": "done"}]}), (Verdict.TEMPORARY, None)),
        (says(200, {"data": []}), (Verdict.TEMPORARY, None)),
        (says(200, {"data": ["odd"]}), (Verdict.TEMPORARY, None)),
        (says(200, {}), (Verdict.UNKNOWN, None)),
        (says(500, {}), (Verdict.UNKNOWN, None)),
        (lambda _: None, (Verdict.UNKNOWN, None)),
    ],
)
async def test_karaden_is_asked_by_tag(
    http_sink: HttpSink,
    open_at: Open,
    answer: Callable[[Call], web.Response | None],
    expected: tuple[Verdict, str | None],
) -> None:
    gateway = open_at(KARADEN)
    assert isinstance(gateway, Askable)
    http_sink.answer = answer
    outcome = await gateway.query("0198-a1")
    assert (outcome.verdict, outcome.provider_id) == expected
    (call,) = http_sink.calls
    assert (call.method, call.path, call.query) == ("GET", "/api/oen/messages", {"tag": "0198-a1"})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"id": "j1"}, Verdict.ACCEPTED),
        (200, ["a proxy's page"], Verdict.UNKNOWN),
        (404, {}, Verdict.TEMPORARY),
        (500, {}, Verdict.UNKNOWN),
    ],
)
async def test_a_json_service_is_asked_where_the_operator_says_so(
    http_sink: HttpSink, open_at: Open, status: int, body: object, expected: Verdict
) -> None:
    http_sink.answer = says(status, body)
    gateway = open_at(f"{JSON}&ask=1")
    assert isinstance(gateway, Askable)
    assert (await gateway.query("0198-a1")).verdict is expected
    assert http_sink.calls[0].path == "/v1/sms/0198-a1"
    assert not isinstance(open_at(JSON), Askable)


async def test_what_takes_too_long_to_be_asked_stays_in_doubt(
    http_sink: HttpSink, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.gateways.karaden.LONGEST_QUERY", 0.05)
    http_sink.answer, http_sink.delay = says(200, {"data": []}), 0.3
    gateway = open_at(KARADEN)
    assert isinstance(gateway, Askable)
    assert (await gateway.query("a")).verdict is Verdict.UNKNOWN
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("url", "two_way", "receipts", "asked", "units"),
    [
        ("kannel://u:p@HOST?from=1", False, False, False, 660),
        ("kannel://u:p@HOST?from=1&hook_secret=s", True, True, False, 660),
        ("kannel://u:p@HOST?from=1&hook_secret=s&replies=0", False, True, False, 660),
        ("twilio://a:t@HOST?from=1&hook_secret=s", True, True, False, 660),
        (VONAGE, True, True, False, 660),
        (KARADEN, False, True, True, 660),
        ("form+http://u:p@HOST/x?hook_secret=s", False, False, False, 70),
        ("form+http://u:p@HOST/x?hook_secret=s&delivered=0&replies=1", True, True, False, 70),
        (JSON, True, True, False, 660),
        ("json+http://u:p@HOST/x?most_units=134", False, False, False, 134),
        ("console:", True, True, False, 660),
    ],
)
async def test_each_route_says_what_it_can_do(
    open_at: Open, url: str, two_way: bool, receipts: bool, asked: bool, units: int
) -> None:
    gateway = open_at(url)
    can = gateway.capabilities
    assert (can.is_two_way, can.has_receipts, isinstance(gateway, Askable), can.most_units) == (
        two_way,
        receipts,
        asked,
        units,
    )


async def test_rate_and_weight_are_the_operators(open_at: Open) -> None:
    plain, set_up = open_at(JSON), open_at(f"{JSON}&rate=12.5&weight=0")
    assert (plain.rate, plain.weight) == (None, None)
    assert (set_up.rate, set_up.weight) == (12.5, 0)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{JSON}&rate=0", "rate="),
        (f"{JSON}&rate=fast", "rate="),
        (f"{JSON}&weight=101", "weight="),
        (f"{JSON}&validity=99", "validity="),
        (f"{JSON}&most_units=5", "most_units="),
        (f"{JSON}&idempotent=yes", "idempotent= is 1 or 0"),
        ("vonage://key:hush@HOST?scheme=http", "from= is missing"),
        ("karaden://oen:hush@HOST/api", "service= is missing"),
        ("form+https://oen:hu/sh@HOST/x", "not a URL"),
        ("form+https://HOST/x", "user:password@"),
        ("json+https://oen:hu/sh@HOST/x", "not a URL"),
        ("twilio://a:b@HOST/path?from=1", "not a URL"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_secrets(open_at: Open, url: str, words: str) -> None:
    with pytest.raises(ValueError, match="YUIMARU_SMS_URLS #1") as raised:
        open_at(url)
    assert words in str(raised.value)
    assert "hush" not in str(raised.value)
    assert "hu/sh" not in str(raised.value)
