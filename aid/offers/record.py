"""What every act on an offer leaves behind: audit rows, chronology, and word to those concerned."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.chronology.actions import enter
from aid.lanes import lane_of
from aid.models import AidRequest, Offer, OfferLine, RequestLine
from aid.offers import queries
from aid.offers.substituting import given_instead
from aid.requests import alerting
from aid.requests import queries as requests
from foundation import audit
from foundation.actor import Actor

ANSWERED = {"offered": "offer.offered", "provisional": "offer.provisional", "declined": "offer.declined"}


def tell_answer(session: Session, request: AidRequest, offer: Offer) -> dict[str, Any]:
    """Tell the requester of a yes; return what is to be kept of the answer."""
    facts = offer_facts(session, request, offer)
    if offer.status != "declined":
        alerting.tell(
            session, request, "offer.received", [request.requester_id], facts, topic=offer.id, wave=offer.version
        )
    return facts


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
    lines = queries.lines_of(session, offer.id)
    return {
        "number": request.number,
        "requester": names[request.requester_id][1],
        "partner": names[offer.member_id][1],
        "reason": offer.reason,
        "via": offer.via,
        "lines": quantities(rows, lines, given_instead(session, lines, {row.id: row.kind for row in rows.values()})),
    }


def quantities(
    rows: Mapping[str, RequestLine],
    lines: Sequence[OfferLine],
    instead: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Return kinds and quantities of offered lines, in the request's order, and what of them is something else."""
    ordered = sorted(lines, key=lambda line: rows[line.line_id].position)
    return [_quantity(rows[line.line_id].kind, line.quantity, instead.get(line.id)) for line in ordered]


def _quantity(kind: str, quantity: int, instead: Mapping[str, int] | None) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": kind, "quantity": quantity}
    return said | {"instead": dict(instead)} if instead else said


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
