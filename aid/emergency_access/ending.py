"""Emergency accesses come to their end: by time, by hand, or with what they hang on."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from aid.chronology.actions import enter
from aid.emergency_access import telling
from aid.emergency_access.lifecycle import (
    LIVE,
    REMINDED_BEFORE,
    REVIEW_WITHIN,
    AccessAct,
    AccessState,
    Ending,
    after,
    standing,
)
from aid.emergency_access.models import EmergencyAccess
from aid.emergency_access.queries import access_locked, live_locked
from aid.lifecycle import Lane
from foundation import audit, clock, timers
from foundation.actor import SYSTEM, Actor
from inventory.events import EmergencyForbidden
from inventory.grants import actions as grants

OPENING = "aid.access_opening"
"""The timer that opens an access for which no second person was found."""
END = "aid.access_end"
"""The timer that writes down that an access has run out."""
REVIEW = "aid.access_review"
"""The timer that reminds of a review, and then escalates it."""


def end(session: Session, actor: Actor, access: EmergencyAccess, cause: Ending) -> None:
    """End a live access whose row is locked: nothing is read by it from here on."""
    was_open = access.state == AccessState.OPEN
    now = clock.now(session)
    state = after(AccessState(access.state), AccessAct.END)
    assert state is not None
    access.state, access.ending, access.ended_by = state.value, cause.value, actor.person
    access.ended_at = access.until_at if cause is Ending.TIME else now
    assert access.ended_at is not None
    timers.cancel(session, OPENING, access.id)
    timers.cancel(session, END, access.id)
    if was_open:
        grants.take_back(session, access.id, access.ended_at)
        access.review_due_at = access.ended_at + REVIEW_WITHIN
        timers.schedule(session, REVIEW, access.id, max(now, access.review_due_at - REMINDED_BEFORE))
    session.flush()
    telling.tell_ended(session, access)
    act = "aid.emergency_access_stopped" if was_open else "aid.emergency_access_dropped"
    record(session, actor, act, access, cause=cause.value, ended_at=access.ended_at.isoformat())
    chronicle(session, actor, "access.ended", access)


def settle(session: Session, access: EmergencyAccess) -> None:
    """Write down what time has done to a locked access."""
    now = clock.now(session)
    if standing(AccessState(access.state), access.until_at, now) != access.state:
        end(session, SYSTEM, access, Ending.TIME)


def run_out(session: Session, access: str) -> None:
    """End an access whose time is over (timer); it counted no longer by then."""
    settle(session, access_locked(session, access))


def remind(session: Session, access: str) -> None:
    """Remind the owner of the review, and once it is overdue a coordinator (timer)."""
    found = access_locked(session, access)
    if found.state != AccessState.ENDED or found.review_due_at is None:
        return
    if clock.now(session) < found.review_due_at:
        telling.remind(session, found)
        timers.schedule(session, REVIEW, found.id, found.review_due_at)
    else:
        telling.escalate(session, found)


def end_of_commitments(session: Session, actor: Actor, commitments: Iterable[str]) -> None:
    """End what hangs on commitments that end."""
    _end_all(session, actor, EmergencyAccess.commitment_id.in_(list(commitments)), Ending.COMMITMENT)


def end_of_incident(session: Session, actor: Actor, incident: str) -> None:
    """End what hangs on an incident that is closed."""
    _end_all(session, actor, EmergencyAccess.incident_id == incident, Ending.INCIDENT)


def emergency_forbidden(session: Session, event: EmergencyForbidden) -> None:
    """End what an owner no longer allows."""
    is_of_owner = EmergencyAccess.owner_id == event.owner
    _end_all(session, event.by, is_of_owner & (EmergencyAccess.group_id == event.group), Ending.PERMISSION)


def record(session: Session, actor: Actor, act: str, access: EmergencyAccess, **facts: object) -> None:
    """Keep an act in the chains of the owner and of the member that reads."""
    audit.record(
        session,
        actor,
        act,
        f"emergency-access:{access.id}",
        chain=[access.owner_id, access.member_id],
        owner=access.owner_id,
        member=access.member_id,
        person=access.person_id,
        commitment=access.commitment_id,
        reason=access.reason,
        **facts,
    )


def chronicle(
    session: Session, actor: Actor, code: str, access: EmergencyAccess, *, while_open: bool = False
) -> None:
    """Enter it into the chronology, last of all: it locks the incident. Raises IncidentClosed with `while_open`."""
    enter(
        session,
        actor,
        incident=access.incident_id,
        code=code,
        facts={"owner": telling.facts_of(session, access)["owner"]},
        lane=Lane.NOTES,
        group=access.group_id,
        member=access.member_id,
        while_open=while_open,
    )


def _end_all(session: Session, actor: Actor, which: ColumnElement[bool], cause: Ending) -> None:
    for access in live_locked(session, which):
        settle(session, access)
        if access.state in LIVE:
            end(session, actor, access, cause)
