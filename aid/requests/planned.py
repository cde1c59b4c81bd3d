"""Requests that are left to planning: from how many on, and calling the round that looks at all of them together."""

from datetime import timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.lifecycle import Priority, RequestStatus
from aid.models import AidRequest, Planning
from foundation import clock, timers
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id

CALL = "aid.call_round"
"""A request wants a round: in a transaction of its own, for nobody who asks shall wait for a plan."""
CALL_AGAIN = "aid.call_round_again"
"""A round was under way when requests called one: one timer for all of them, for a country makes thousands."""
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


def join(session: Session, request: AidRequest) -> bool:
    """Tell whether a request that is being filed belongs to a planning; the one that makes enough begins it."""
    least = Terms.from_json(request.terms).planning_from
    if not least:
        return False
    is_begun, beside = session.execute(_BESIDE, _place_of(request) | {"request": request.id}).one()
    if not is_begun and beside + 1 >= least:
        row = {"id": new_id(), "began_at": clock.now(session), "rounds": 0, "version": 1}
        insert_or_skip(session, Planning, row | {f"{name}_id": each for name, each in _place_of(request).items()})
        return True
    return bool(is_begun)


def waits(request: AidRequest) -> bool:
    """Tell whether a request that joined asks nobody by itself: a matter of life asks its first wave all the same."""
    return request.priority > Priority.LIFE.number


def call(session: Session, request: AidRequest) -> None:
    """Have a round look soon at a planned request, also where a call going off just now may miss what is written."""
    timers.reschedule(session, CALL, request.id, clock.now(session))


def called(session: Session, request: str) -> None:
    """Let the next round come no later than the gap allows (timer)."""
    found = planning_of(session, session.get_one(AidRequest, request))
    if found is not None:
        _hasten(session, found)


def called_again(session: Session, planning: str) -> None:
    """Do so for requests that a round under way may not have seen (timer)."""
    _hasten(session, session.get_one(Planning, planning))


def _hasten(session: Session, planning: Planning) -> None:
    """Let a round come as soon as the gap allows; one under way may have looked too early: then try again."""
    now, is_called = clock.now(session), False
    if not timers.goes_off(session, ROUND, planning.id):
        # One may have ended since the planning was read, or be about to: what it has written is read after it
        timers.schedule_once(session, ROUND, planning.id, now + GAP)
        session.refresh(planning, ["last_round_at"])
        due = max(now, planning.last_round_at + GAP) if planning.last_round_at else now
        is_called = timers.advance(session, ROUND, planning.id, due)
    if not is_called:
        timers.schedule_once(session, CALL_AGAIN, planning.id, now + GAP)


def _place_of(request: AidRequest) -> dict[str, str]:
    return {"incident": request.incident_id, "group": request.group_id}


_IS_BEGUN = select(Planning.id).where(
    Planning.incident_id == bindparam("incident"), Planning.group_id == bindparam("group")
)
_BESIDE = select(
    _IS_BEGUN.exists(),
    select(func.count())
    .select_from(AidRequest)
    .where(
        AidRequest.group_id == bindparam("group"),
        AidRequest.incident_id == bindparam("incident"),
        AidRequest.status.in_(OPEN),
        AidRequest.id != bindparam("request"),
    )
    .scalar_subquery(),
)
"""Whether planning has begun, and how many other requests are open: put together once, for every request asks it."""
