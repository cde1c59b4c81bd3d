"""Hostile texts over the API: JSON gives them back, and mail and SMS keep their shape (ASVS 1.2, 1.3.11)."""

from typing import Any

import pytest

from tests.api_client import Service
from tests.journeys.asking import ask, get
from tests.portal.hostile import PAYLOADS
from tests.world import FUJISAWA, TAMA, TOME, World


async def _sent(service: Service, world: World) -> list[dict[str, Any]]:
    """Return the messages to one member, newest first."""
    await service.deliver()
    found = await get(service, f"/api/messages?member={TAMA}", by=world.email(FUJISAWA))
    messages: list[dict[str, Any]] = found["items"]
    return messages


@pytest.mark.asvs("1.2.1", "1.2.3")
async def test_json_gives_back_what_was_written(service: Service) -> None:
    world = await service.build()
    for start in range(0, len(PAYLOADS), 11):
        said = "\n".join(PAYLOADS[start : start + 11])
        made = await ask(service, world, reason=said, place=PAYLOADS[start])
        answer = await service.call("GET", f"/api/requests/{made['id']}", by=world.email(TOME))
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (answer.json()["reason"], answer.json()["place"]) == (said, PAYLOADS[start])


@pytest.mark.asvs("1.2.1", "1.2.3", "1.3.11")
async def test_messages_keep_their_shape(service: Service) -> None:
    world = await service.build()
    await ask(service, world, reason="理由", place="庁舎")
    plain = {(each["channel"], each["to"]): each for each in await _sent(service, world)}
    assert {channel for channel, _ in plain} == {"email", "sms"}
    for each in PAYLOADS[::4]:
        await ask(service, world, reason=each, place=each)
        for message in (await _sent(service, world))[: len(plain)]:
            like = plain[message["channel"], message["to"]]
            for part in ("subject", "text"):
                assert len(message[part].splitlines()) == len(like[part].splitlines()), (each, message[part])
            assert message["text"].count("/r/") == like["text"].count("/r/")


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b"])
async def test_a_line_end_is_no_part_of_a_name_address_or_number(service: Service, end: str) -> None:
    world = await service.build()
    good = {
        "name": "試験",
        "kana": "しけん",
        "email": "x@demo.example",
        "mobile": "08000012345",
        "municipality": TOME,
    }
    for field, value in good.items():
        if field == "municipality":
            continue
        wrong = {**good, field: f"{value}{end}Bcc: thief@evil.example"}
        answer = await service.call("POST", "/api/people", by=world.email(TOME), json=wrong)
        assert answer.status_code == 422, field
        assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{field}"]
    quake = {"name": f"地震{end}Bcc: x", "kind": "earthquake", "occurred_at": "2026-06-01T10:00:00+09:00"}
    answer = await service.call("POST", "/api/incidents", by=world.email(FUJISAWA), json=quake)
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/name"]
