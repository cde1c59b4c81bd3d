"""Requests that are left to planning: from how many on, and calling the round that looks at all of them together."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.lifecycle import Priority, RequestStatus
from aid.models import AidRequest, Planning
from foundation import clock, timers
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id

CALL = "aid.call_round"
"""A request wants a round: in a transaction of its own, for nobody who asks shall wait for a plan."""
ROUND = "aid.plan_round"
GAP = timedelta(minutes=2)
"""Between two rounds at least, however many requests arrive."""
OPEN = (RequestStatus.OPEN.value, RequestStatus.UNVERIFIED.value)


def planning_of(session: Session, request: AidRequest) -> Planning | None:
    """Return the planning that a request belongs to, where its group's open requests are planned together."""
    return session.scalar(
        select(Planning).where(Planning.incident_id == request.incident_id, Planning.group_id == request.group_id)
    )


def is_planned(session: Session, request: AidRequest) -> bool:
    """Tell whether further partners are chosen by the rounds."""
    return planning_of(session, request) is not None


def waits_for_round(session: Session, request: AidRequest) -> bool:
    """Tell whether a request that is being filed asks nobody by itself; the one that makes enough begins planning.

    What is a matter of life asks its first wave at once all the same.
    """
    return _is_joined(session, request) and request.priority > Priority.LIFE.number


def call(session: Session, request: AidRequest) -> None:
    """Have a round look at a request soon, where it is planned."""
    if is_planned(session, request):
        timers.schedule_once(session, CALL, request.id, clock.now(session))


def called(session: Session, request: str) -> None:
    """Let the next round come no later than the gap allows (timer).

    One that is under way may have looked before this request was there: then this is tried again.
    """
    found = planning_of(session, session.get_one(AidRequest, request))
    if found is None:
        return
    now = clock.now(session)
    due = max(now, found.last_round_at + GAP) if found.last_round_at else now
    if not timers.hasten(session, ROUND, found.id, due):
        timers.schedule_once(session, CALL, request, now + GAP)


def _is_joined(session: Session, request: AidRequest) -> bool:
    least = Terms.from_json(request.terms).planning_from
    if not least:
        return False
    if is_planned(session, request):
        return True
    if _open_beside(session, request) + 1 < least:
        return False
    row = {
        "id": new_id(),
        "incident_id": request.incident_id,
        "group_id": request.group_id,
        "began_at": clock.now(session),
        "rounds": 0,
        "version": 1,
    }
    insert_or_skip(session, Planning, row)
    return True


def _open_beside(session: Session, request: AidRequest) -> int:
    """Count the other open requests of the same group in the same disaster."""
    statement = select(func.count()).where(
        AidRequest.group_id == request.group_id,
        AidRequest.incident_id == request.incident_id,
        AidRequest.status.in_(OPEN),
        AidRequest.id != request.id,
    )
    return session.scalars(statement).one()
