"""Each provider's own calls, as they come in: receipts and replies in its words, with its proof of who it is."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifications.gateways import twilio
from notifications.gateways.opening import Gateways, open_gateways
from notifications.models import Attempt, InboundMessage
from tests.notifications.alerting import addressee, code, raise_alert, states
from tests.notifications.conftest import Room

BASE = "https://oen.example"
SECRET = "s" * 32
URLS = {
    "twilio": "twilio://AC1:tok@h?from=+815012345678&hook_secret=s3",
    "unsigned": "twilio://AC1:tok@h?from=+815012345678&hook_secret=s3&signed=0&name=unsigned",
    "vonage": "vonage://key:sec@h?from=+815012345678&hook_secret=s3",
    "sealed": f"vonage://key:sec@h?from=+815012345678&hook_secret=s3&signature_secret={SECRET}&name=sealed",
    "karaden": "karaden://oen:tok@h/api?service=12&hook_secret=s3",
    "form": "form+https://u:p@h/x?hook_secret=s3&result_field=st&delivered=0|2&failed=1&dead=9",
    "json": "json+https://h/x?hook_secret=s3",
}


@pytest.fixture
async def opened(room: Room) -> AsyncIterator[Gateways]:
    gateways = open_gateways([], list(URLS.values()), mail_from="a@oen.example", mark="", hooks_url=BASE)
    room.app.state.gateways = gateways
    yield gateways
    await gateways.close()


async def handed_over(room: Room, gateway: str) -> str:
    """Send a message, and let it have gone out by this gateway as P-1; return the attempt's id."""
    await room.database.write(raise_alert)
    await room.sent()

    def assign(session: Session) -> str:
        session.execute(update(Attempt).values(gateway=gateway, provider_id="P-1"))
        return session.scalars(select(Attempt.id)).one()

    return await room.database.write(assign)


def fate(session: Session) -> tuple[str | None, str | None]:
    attempt = session.scalars(select(Attempt)).one()
    return attempt.fate, attempt.code


async def said(room: Room, gateway: str, attempt: str, fields: dict[str, Any]) -> None:
    address = f"/hooks/sms/{gateway}/s3/receipt"
    filled = json.loads(json.dumps(fields).replace("ATTEMPT", attempt))
    if gateway in {"unsigned", "form"}:
        answer = await room.client.post(address, data=filled)
    else:
        answer = await room.client.post(address, json=filled)
    assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize(
    ("gateway", "fields", "expected"),
    [
        ("unsigned", {"MessageSid": "P-1", "MessageStatus": "sent"}, None),
        ("unsigned", {"MessageSid": "P-1", "MessageStatus": "delivered"}, "delivered"),
        ("unsigned", {"attempt": "ATTEMPT", "MessageStatus": "undelivered", "ErrorCode": "30003"}, "failed"),
        ("unsigned", {"MessageSid": "P-1", "MessageStatus": "undelivered", "ErrorCode": "30005"}, "dead"),
        ("unsigned", {"MessageSid": "P-1", "MessageStatus": "undelivered", "ErrorCode": "30006"}, "failed"),
        ("unsigned", {"MessageSid": "P-1", "MessageStatus": "failed", "ErrorCode": "30008"}, "failed"),
        ("vonage", {"message_uuid": "P-1", "client_ref": "ATTEMPT", "status": "submitted"}, None),
        ("vonage", {"message_uuid": "P-1", "client_ref": "ATTEMPT", "status": "delivered"}, "delivered"),
        ("vonage", {"message_uuid": "P-1", "status": "rejected", "error": {"title": "1000"}}, "failed"),
        ("vonage", {"message_uuid": "P-1", "status": "undeliverable"}, "failed"),
        ("karaden", {"id": "P-1", "tags": ["ATTEMPT"], "status": "done", "sent_result": "none"}, None),
        ("karaden", {"id": "P-1", "tags": ["ATTEMPT"], "status": "done", "sent_result": "received"}, "delivered"),
        ("karaden", {"id": "P-1", "tags": [], "status": "done", "sent_result": "unconnected"}, "failed"),
        ("karaden", {"id": "P-1", "tags": None, "status": "error", "sent_result": "none"}, "failed"),
        ("form", {"attempt": "ATTEMPT", "st": "0"}, "delivered"),
        ("form", {"attempt": "ATTEMPT", "st": "1"}, "failed"),
        ("form", {"attempt": "ATTEMPT", "st": "9"}, "dead"),
        ("form", {"attempt": "ATTEMPT", "st": "5"}, None),
        ("json", {"id": "ATTEMPT", "status": "delivered"}, "delivered"),
        ("json", {"id": "ATTEMPT", "status": "failed", "code": "busy"}, "failed"),
        ("json", {"id": "ATTEMPT", "status": "dead"}, "dead"),
        ("json", {"id": "ATTEMPT", "status": "underway"}, None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_providers_words_are_understood(
    room: Room, opened: Gateways, gateway: str, fields: dict[str, Any], expected: str | None
) -> None:
    await said(room, gateway, await handed_over(room, gateway), fields)
    assert (await room.database.read(fate))[0] == expected


async def test_a_failure_keeps_the_providers_reason(room: Room, opened: Gateways) -> None:
    attempt = await handed_over(room, "json")
    await said(room, "json", attempt, {"id": "ATTEMPT", "status": "failed", "code": "busy"})
    assert await room.database.read(fate) == ("failed", "busy")


async def test_a_provider_that_tries_by_itself_may_fail_before_it_succeeds(room: Room, opened: Gateways) -> None:
    attempt = await handed_over(room, "form")
    for word in ("1", "1", "2"):
        await said(room, "form", attempt, {"attempt": "ATTEMPT", "st": word})
    assert await room.database.read(states) == ["delivered"]


def test_the_signature_of_twilios_own_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.signature("12345", url, form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize("is_right", [True, False])
async def test_twilios_signature_is_asked_for(room: Room, opened: Gateways, is_right: bool) -> None:
    attempt = await handed_over(room, "twilio")
    path = f"/hooks/sms/twilio/s3/receipt?attempt={attempt}"
    form = {"MessageSid": "P-1", "MessageStatus": "delivered"}
    proof = twilio.signature("tok" if is_right else "guess", f"{BASE}{path}", form)
    answer = await room.client.post(path, data=form, headers={"X-Twilio-Signature": proof})
    assert answer.status_code == (200 if is_right else 404)
    assert await room.database.read(states) == ["delivered" if is_right else "accepted"]


async def test_twilio_without_a_signature_is_turned_away(room: Room, opened: Gateways) -> None:
    form = {"From": "+818000000001", "Body": "4821 1", "MessageSid": "SM1"}
    assert (await room.client.post("/hooks/sms/twilio/s3/mo", data=form)).status_code == 404
    proof = {"X-Twilio-Signature": twilio.signature("tok", f"{BASE}/hooks/sms/twilio/s3/mo", form)}
    assert (await room.client.post("/hooks/sms/twilio/s3/mo", data=form, headers=proof)).status_code == 200


def signed(body: bytes, *, secret: str = SECRET, digest: str | None = None) -> dict[str, str]:
    claims = {"iat": 1, "payload_hash": digest or hashlib.sha256(body).hexdigest()}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"secret": "g" * 32}, 404), ({"digest": "0" * 64}, 404), (None, 404)],
)
async def test_vonages_signature_is_asked_for_where_its_secret_is_known(
    room: Room, opened: Gateways, changes: dict[str, str] | None, status: int
) -> None:
    await handed_over(room, "sealed")
    body = json.dumps({"message_uuid": "P-1", "status": "delivered"}).encode()
    headers = {"Content-Type": "application/json"} if changes is None else signed(body, **changes)
    answer = await room.client.post("/hooks/sms/sealed/s3/receipt", content=body, headers=headers)
    assert answer.status_code == status
    assert await room.database.read(states) == ["delivered" if status == 200 else "accepted"]


async def test_a_reply_by_vonage_is_an_answer(room: Room, opened: Gateways) -> None:
    await room.database.write(raise_alert, addressee(1, address="+818012345678"))
    await room.sent()
    text = f"{await room.database.read(code)} 2"
    reply = {"message_uuid": "m1", "from": "818012345678", "to": "815012345678", "channel": "sms", "text": text}
    for _ in range(2):
        assert (await room.client.post("/hooks/sms/vonage/s3/mo", json=reply)).status_code == 200
    assert len(room.heard) == 1

    def kept(session: Session) -> list[str | None]:
        return list(session.scalars(select(InboundMessage.provider_event_id)))

    assert await room.database.read(kept) == ["m1"]
