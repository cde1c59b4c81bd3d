"""What every act on an offer leaves behind: audit rows, chronology, and word to those concerned."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.chronology.actions import enter
from aid.lanes import lane_of
from aid.models import AidRequest, Offer, OfferLine, RequestLine
from aid.offers import queries
from aid.requests import alerting
from aid.requests import queries as requests
from foundation import audit
from foundation.actor import Actor

ANSWERED = {"offered": "offer.offered", "provisional": "offer.provisional", "declined": "offer.declined"}


def answered(session: Session, actor: Actor, request: AidRequest, offer: Offer) -> None:
    """Keep an answer, and tell the requester of a yes."""
    code = ANSWERED[offer.status]
    facts = offer_facts(session, request, offer)
    if offer.status != "declined":
        alerting.tell(
            session, request, "offer.received", [request.requester_id], facts, topic=offer.id, wave=offer.version
        )
    keep(session, actor, request, offer, code, facts)


def keep(
    session: Session, actor: Actor, request: AidRequest, offer: Offer, code: str, facts: Mapping[str, Any]
) -> None:
    """Record the act for both members, then the chronology with its event (last: it locks the incident)."""
    act = f"aid.{code.replace('.', '_')}"
    both = request.requester_id, offer.member_id
    audit.record(session, actor, act, f"offer:{offer.id}", chain=both, request=request.id)
    kinds = [row.kind for row in requests.lines_of(session, request.id)]
    enter(
        session,
        actor,
        incident=request.incident_id,
        code=code,
        facts=dict(facts),
        lane=lane_of(kinds),
        group=request.group_id,
        request=request.id,
        member=offer.member_id,
    )


def offer_facts(session: Session, request: AidRequest, offer: Offer) -> dict[str, Any]:
    """Return what can be said of an offer: who, to whom, how much of what."""
    names = agreements.name_of_members(session, [request.requester_id, offer.member_id])
    rows = {row.id: row for row in requests.lines_of(session, request.id)}
    return {
        "number": request.number,
        "requester": names[request.requester_id][1],
        "partner": names[offer.member_id][1],
        "reason": offer.reason,
        "via": offer.via,
        "lines": quantities(rows, queries.lines_of(session, offer.id)),
    }


def quantities(rows: Mapping[str, RequestLine], lines: Sequence[OfferLine]) -> list[dict[str, Any]]:
    """Return kinds and quantities of offered lines, in the request's order."""
    ordered = sorted(lines, key=lambda line: rows[line.line_id].position)
    return [{"kind": rows[line.line_id].kind, "quantity": line.quantity} for line in ordered]


def keep_request(session: Session, actor: Actor, request: AidRequest, code: str, facts: Mapping[str, Any]) -> None:
    """Keep that a request ended."""
    act = f"aid.{code.replace('.', '_')}"
    audit.record(session, actor, act, f"request:{request.id}", chain=request.requester_id)
    rows = requests.lines_of(session, request.id)
    names = agreements.name_of_members(session, [request.requester_id])
    enter(
        session,
        actor,
        incident=request.incident_id,
        code=code,
        lane=lane_of(row.kind for row in rows),
        facts={"number": request.number, "requester": names[request.requester_id][1], **facts},
        group=request.group_id,
        request=request.id,
        member=request.requester_id,
    )
