"""What every act on an offer leaves behind: audit rows, chronology, and word to those concerned."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.chronology.actions import Entry, enter, enter_each
from aid.lanes import lane_of
from aid.models import AidRequest, Offer, OfferLine, RequestLine
from aid.offers import queries
from aid.offers.substituting import given_instead
from aid.offers.taking import Taken
from aid.requests import alerting
from aid.requests import queries as requests
from foundation import audit
from foundation.actor import Actor

ANSWERED = {"offered": "offer.offered", "provisional": "offer.provisional", "declined": "offer.declined"}


def tell_answers(session: Session, taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """Tell the requesters of a member's yeses; return what is to be kept of each of its answers.

    They are about requests of one group and one incident.
    """
    first, members = taken[0].request, [taken[0].asked.member, *(each.request.requester_id for each in taken)]
    names = agreements.name_of_members(session, members)
    facts = [_answer_facts(each, names) for each in taken]
    given = [(each, said) for each, said in zip(taken, facts, strict=True) if each.offer.status != "declined"]
    asking = [each.request.requester_id for each, _ in given]
    reached = agreements.addressees(session, first.group_id, asking, first.incident_id) if given else {}
    for each, said in given:
        alerting.tell(
            session,
            each.request,
            "offer.received",
            [each.request.requester_id],
            said,
            topic=each.offer.id,
            wave=each.offer.version,
            reached=reached,
        )
    return facts


def keep_answers(session: Session, actor: Actor, taken: Sequence[Taken], facts: Sequence[Mapping[str, Any]]) -> None:
    """Record a member's answers about requests of one incident (last: it locks the incident)."""
    entries = [
        _recorded(session, actor, each.request, each.asked.lines, each.offer, ANSWERED[each.offer.status], said)
        for each, said in zip(taken, facts, strict=True)
    ]
    enter_each(session, taken[0].request.incident_id, entries)


def keep(
    session: Session, actor: Actor, request: AidRequest, offer: Offer, code: str, facts: Mapping[str, Any]
) -> None:
    """Record the act for both members, then the chronology with its event (last: it locks the incident)."""
    rows = requests.lines_of(session, request.id)
    enter_each(session, request.incident_id, [_recorded(session, actor, request, rows, offer, code, facts)])


def _recorded(
    session: Session,
    actor: Actor,
    request: AidRequest,
    rows: Sequence[RequestLine],
    offer: Offer,
    code: str,
    facts: Mapping[str, Any],
) -> Entry:
    """Record an act for both members; return its entry, which is still to be made."""
    act = f"aid.{code.replace('.', '_')}"
    both = request.requester_id, offer.member_id
    audit.record(session, actor, act, f"offer:{offer.id}", chain=both, request=request.id)
    lane = lane_of(row.kind for row in rows)
    return Entry(actor, code, dict(facts), lane, request.group_id, request.id, offer.member_id)


def offer_facts(session: Session, request: AidRequest, offer: Offer) -> dict[str, Any]:
    """Return what can be said of an offer: who, to whom, how much of what."""
    names = agreements.name_of_members(session, [request.requester_id, offer.member_id])
    rows = {row.id: row for row in requests.lines_of(session, request.id)}
    lines = queries.lines_of(session, offer.id)
    instead = given_instead(session, lines, {row.id: row.kind for row in rows.values()})
    return _facts(request, offer, names, quantities(rows, lines, instead))


def said_of(taken: Taken) -> list[dict[str, Any]]:
    """Return kinds and quantities of what was just offered."""
    return quantities({row.id: row for row in taken.asked.lines}, taken.lines, taken.instead)


def _answer_facts(taken: Taken, names: Mapping[str, tuple[str | None, str]]) -> dict[str, Any]:
    return _facts(taken.request, taken.offer, names, said_of(taken))


def _facts(
    request: AidRequest, offer: Offer, names: Mapping[str, tuple[str | None, str]], lines: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "number": request.number,
        "requester": names[request.requester_id][1],
        "partner": names[offer.member_id][1],
        "reason": offer.reason,
        "via": offer.via,
        "lines": lines,
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
