"""Requests that came by a message and wait to be verified: who can do that is told again until somebody does."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from agreements import callers as agreements
from aid import patience
from aid.asking import wording
from aid.lifecycle import RequestStatus
from aid.models import AidRequest
from aid.requests import alerting, asks, queries
from foundation import audit, clock, timers
from foundation.actor import SYSTEM
from foundation.timers import Timer

STILL_HELD = "aid.still_held"
"""The kind of timer that tells again of a request that waits."""
MOST = 10
"""Requests of one member that may wait at once; what comes beyond, as from a forged sender, is for a person."""


def tell(session: Session, request: AidRequest) -> None:
    """Tell the group's leaders, who call back, and the member's own contacts, who know whether it is theirs.

    They are told again after the group's answer time, then at growing intervals, as long as the request waits.
    """
    now, answer_time = clock.now(session), asks.answer_time(request)
    repeats = patience.passed(answer_time, now - request.made_at)
    members = list(dict.fromkeys([*agreements.leaders(session, request.group_id), request.requester_id]))
    facts = alerting.facts_of(session, request, queries.lines_of(session, request.id)) | {"is_again": repeats > 0}
    alerting.tell(session, request, wording.UNVERIFIED, members, facts, wave=1 + repeats)
    timers.schedule_once(session, STILL_HELD, request.id, now + patience.pause(answer_time, repeats))


def still_held(session: Session, request: str) -> None:
    """Tell again, unless it was verified or ended meanwhile (timer)."""
    found = queries.request_locked(session, request)
    if queries.is_held(found):
        tell(session, found)
        audit.record(session, SYSTEM, "aid.request_still_held", f"request:{request}", chain=found.requester_id)


def are_too_many(session: Session, member: str) -> bool:
    """Tell whether more of a member's requests wait than may."""
    waiting = select(func.count()).where(AidRequest.requester_id == member, *_HELD)
    return (session.scalar(waiting) or 0) > MOST


def untended(session: Session) -> list[str]:
    """Return the requests that wait and of which nobody would be told again."""
    timer = exists().where(Timer.kind == STILL_HELD, Timer.subject == AidRequest.id, Timer.state != "done")
    return list(session.scalars(select(AidRequest.id).where(*_HELD, ~timer).limit(100)))


def tend(session: Session, request: str) -> None:
    """Set the missing timer to now, unless the request was verified or ended meanwhile."""
    if queries.is_held(queries.request_locked(session, request)):
        timers.schedule_once(session, STILL_HELD, request, clock.now(session))


_HELD = (AidRequest.status == RequestStatus.UNVERIFIED.value, AidRequest.is_proxy.is_(False))
