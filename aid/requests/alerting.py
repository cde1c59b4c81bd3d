"""Telling partners of a request: wave by wave, until what is asked is offered or nobody is left."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms
from aid.models import AidRequest, Ask, RequestLine
from aid.requests import matching, queries
from aid.requests.views import NOTHING
from foundation import clock, timers
from foundation.database.statements import insert_rows
from inventory import catalogue
from notifications import actions as notifications
from notifications.alerts import QuestionLine

NEXT_WAVE = "aid.next_wave"
REPLACE = "aid.replace_unreachable"
"""Some whom a request was sent to can't be reached: others are asked in their place, in a transaction of its own."""
QUESTION = "request"
"""The alert that asks partners for help; its topic is the request."""


def send_wave(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> list[str]:
    """Ask the next wave of partners and set the timer for the one after it; return who was asked.

    Nobody, whatever the occasion, as long as the request is held: its sender may be forged.
    """
    if queries.is_held(request):
        return []
    members = next_wave(session, request, lines)
    ask_wave(session, request, lines, members)
    return members


def next_wave(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    bound: Sequence[BoundMember] | None = None,
) -> list[str]:
    """Choose whom to ask next and count the wave; neither the request nor its lines need to be written yet.

    `bound` are the group's members where the caller knows them already.
    """
    members = matching.match(session, request, lines, bound).next_wave
    if members:
        request.wave += 1
    return members


def ask_wave(session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str]) -> None:
    """Ask the members chosen and set the timer for the wave after this one."""
    if members:
        _remember(session, request, members)
        _ask(session, request, lines, members)
    wait_for_answers(session, request)


def wait_for_answers(session: Session, request: AidRequest) -> None:
    """Set the timer after which further partners are asked, by the answer time of the group's terms."""
    timers.reschedule(session, NEXT_WAVE, request.id, clock.now(session) + answer_time(request))


def answer_time(request: AidRequest) -> timedelta:
    """Return how long the group's terms let partners take to answer."""
    return timedelta(minutes=Terms.from_json(request.terms).answer_minutes[request.priority])


def correct(
    session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str], why: str
) -> None:
    """Ask some members anew: the request has changed, and why; the old words are not sent to them any more."""
    if not members:
        return
    request.wave += 1
    _ask(session, request, lines, members, {"why": why}, is_correction=True)
    session.execute(
        update(Ask)
        .where(Ask.request_id == request.id, Ask.member_id.in_(members), Ask.again_at.is_not(None))
        .values(again_at=clock.now(session) + answer_time(request), repeats=0)
    )


def remind(session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str]) -> None:
    """Ask again those that have only said that they received it."""
    if members:
        request.wave += 1
        _ask(session, request, lines, members, {"is_again": True}, is_repeat=True)


def ask_in_place(session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str]) -> None:
    """Ask members in the place of others that can't be reached; the timer of the wave goes on as it was set."""
    if members:
        request.wave += 1
        _remember(session, request, members)
        _ask(session, request, lines, members)


def remember_asked(session: Session, request: AidRequest, members: Sequence[str]) -> None:
    """Count a wave and remember whom it asks; how they are told is the caller's."""
    if members:
        request.wave += 1
        _remember(session, request, members)


def question(session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str]) -> None:
    """Tell members of a wave that was remembered."""
    if members:
        _ask(session, request, lines, members)


def is_short(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> bool:
    """Tell whether any line asks for more than is committed to it and waits to be accepted."""
    offered = queries.offered_on(session, request.id)
    return any(line.committed + offered.get(line.id, NOTHING).waiting < line.quantity for line in lines)


def facts_of(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> dict[str, Any]:
    """Return what an alert says of a request: nothing under NDA, no personal number."""
    _, requester = agreements.name_of_members(session, [request.requester_id])[request.requester_id]
    return {
        "number": request.number,
        "incident": queries.incident_of(session, request).name,
        "requester": requester,
        "priority": request.priority,
        "needed_by": request.needed_by.isoformat() if request.needed_by else None,
        "place": request.place,
        "reason": request.reason,
        "is_unconfirmed": request.status == "unverified",
        "lines": [
            {"kind": line.kind, "quantity": line.quantity - line.committed, "spec": line.spec, "task": line.task}
            for line in lines
        ],
    }


def tell(
    session: Session,
    request: AidRequest,
    kind: str,
    members: Sequence[str],
    facts: dict[str, Any],
    *,
    topic: str | None = None,
    wave: int = 1,
    is_correction: bool = False,
) -> None:
    """Send a notice that wants no answer to all contacts of some members; a correction before what still asks."""
    reached = agreements.addressees(session, request.group_id, members, request.incident_id)
    notifications.raise_alert(
        session,
        kind=kind,
        topic=topic or request.id,
        facts=facts,
        wave=wave,
        priority=request.priority,
        is_correction=is_correction,
        addressees=[each for member in members for each in reached.get(member, [])],
    )


def asked_members(session: Session, request: AidRequest) -> list[str]:
    """Return who was asked and not stood down since."""
    statement = select(Ask.member_id).where(Ask.request_id == request.id, Ask.stood_down_at.is_(None))
    return list(session.scalars(statement.order_by(Ask.wave, Ask.member_id)))


def stand_down(session: Session, request: AidRequest, members: Sequence[str]) -> None:
    """Remember that members were told they are no longer needed: they may be asked again."""
    session.execute(
        update(Ask)
        .where(Ask.request_id == request.id, Ask.member_id.in_(members))
        .values(stood_down_at=clock.now(session))
    )


def _remember(session: Session, request: AidRequest, members: Sequence[str]) -> None:
    if request.wave > 1:
        session.execute(delete(Ask).where(Ask.request_id == request.id, Ask.member_id.in_(members)))
    now = clock.now(session)
    rows = [
        {"request_id": request.id, "member_id": member, "wave": request.wave, "asked_at": now, "repeats": 0}
        for member in members
    ]
    insert_rows(session, Ask, *rows)


def _ask(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    members: Sequence[str],
    said: Mapping[str, Any] | None = None,
    *,
    is_repeat: bool = False,
    is_correction: bool = False,
) -> None:
    reached = agreements.addressees(session, request.group_id, members, request.incident_id)
    if len(reached) < len(members):
        timers.reschedule(session, REPLACE, request.id, clock.now(session))
    notifications.raise_alert(
        session,
        kind=QUESTION,
        topic=request.id,
        facts=facts_of(session, request, lines) | dict(said or {}),
        addressees=[each for member in members for each in reached.get(member, [])],
        question=[question_line(line) for line in lines],
        wave=request.wave,
        priority=request.priority,
        is_repeat=is_repeat,
        is_correction=is_correction,
    )


def question_line(line: RequestLine) -> QuestionLine:
    """Return what is asked of a line: what is still lacking."""
    kind = catalogue.KINDS[line.kind]
    return QuestionLine(line.id, kind.name_ja, kind.name_en, kind.unit, max(line.quantity - line.committed, 0))
