"""Asking and answering among the members of a group, by form and by message."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifications import codes
from notifications.models import Delivery, InboundMessage
from tests.api_client import Service
from tests.tenancy.groups import address, mobile
from tests.tenancy.plans import planned


async def make(service: Service, by: str, path: str, body: dict[str, Any]) -> str:
    """Make something and return its id."""
    answer = await service.call("POST", path, by=by, json=body)
    assert answer.is_success, f"{path} by {by}: {answer.text}"
    made: str = answer.json()["id"]
    return made


async def answering(service: Service, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Return what a member has that may answer: in a disaster, another's request and its own offer for it."""
    by, group = address("G", part, "disaster"), ids["G"]
    asker, coordinator = address("G", "bystander", "disaster"), address("G", "coordinator", "disaster")
    opener = asker if part == "associate" else by
    quake = {"name": f"{part}の地震", "kind": "earthquake", "occurred_at": "2026-06-01T10:00:00+09:00"}
    incident = await make(service, opener, "/api/incidents", quake)
    line = {"kind": "printer", "quantity": 3}
    asked = {"incident": incident, "group": group, "requester": ids["G.bystander"], "lines": [line]}
    other = await _filed(service, asker, asked)
    gives = {
        "municipality": ids[f"G.{part}"],
        "decision": "accept",
        "lines": [{"line": other["line"], "quantity": 1}],
    }
    contact = {"incident": incident, "channel": "sms", "address": "08000099900"}
    course = {"title": "研修", "kind": "annual", "starts_at": "2026-07-01T10:00:00+09:00", "place": "会議室"}
    return {
        "incident": incident,
        "request": other["id"],
        "asked": ids["G.associate"],
        "others_request": other["id"],
        "others_line": other["line"],
        "offer": await make(service, by, f"/api/requests/{other['id']}/offers", gives),
        "training": await make(service, coordinator, "/api/trainings", {"group": group, **course}),
        "temporary": await make(service, by, f"/api/members/{ids[f'G.{part}']}/temporary-contacts", contact),
    }


async def asking(service: Service, ids: dict[str, str], part: str, incident: str) -> dict[str, Any]:
    """Return what a member has that may ask: its request with an offer for it, and one filed by a proxy."""
    by, partner = address("G", part, "disaster"), address("G", "bystander", "disaster")
    line = {"kind": "pc", "quantity": 3}
    asked = {"incident": incident, "group": ids["G"], "requester": ids[f"G.{part}"], "lines": [line]}
    request, by_proxy = await _filed(service, by, asked), await _filed(service, partner, asked)
    gets = {"decision": "accept", "lines": [{"line": request["line"], "quantity": 1}]}
    seen = {"municipality": ids[f"G.{part}"], "can_help": True}
    reported = await service.call("POST", f"/api/incidents/{incident}/situation", by=by, json=seen)
    assert reported.status_code == 201, reported.text
    answer = {"municipality": ids["G.bystander"], **gets}
    return {
        "rule": await service.database.write(planned, request["id"], ids["G.bystander"]),
        "request": request["id"],
        "line": request["line"],
        "asked": ids["G.bystander"],
        "unconfirmed": by_proxy["id"],
        "received": await make(service, partner, f"/api/requests/{request['id']}/offers", answer),
    }


async def _filed(service: Service, by: str, draft: dict[str, Any]) -> dict[str, str]:
    answer = await service.call("POST", "/api/requests", by=by, json=draft)
    assert answer.status_code == 201, answer.text
    return {"id": answer.json()["id"], "line": answer.json()["lines"][0]["id"]}


async def inbound(service: Service, part: str, member: str, group: str) -> str:
    """Let a member's contact write an SMS that nobody can place, kept for those who lead; return its id."""
    fields = {"from": mobile("G", part, "disaster"), "to": "1", "text": "hello", "id": member}
    answer = await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)
    assert answer.status_code == 200, answer.text

    kept = update(InboundMessage).where(InboundMessage.member == member).values(watching_group=group)
    return str(await service.database.write(lambda session: session.scalar(kept.returning(InboundMessage.id))))


def answer_token(session: Session, member: str) -> str:
    """Return a link's token that was sent to a member."""
    asked = select(Delivery.id).where(Delivery.member == member, Delivery.token_digest.is_not(None)).limit(1)
    return codes.token_of(session, session.scalars(asked).one())
