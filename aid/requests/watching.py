"""What the watch over the outbox looks at here: no open request may be without the timer that goes on asking."""

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from aid.lifecycle import RequestStatus
from aid.models import AidRequest
from aid.requests import queries
from aid.requests.alerting import NEXT_WAVE
from foundation import clock, timers
from foundation.timers import Timer

ASKING = (RequestStatus.OPEN.value, RequestStatus.UNVERIFIED.value)


def untended(session: Session) -> list[str]:
    """Return the open requests that nothing would ask on for; one that waits for its code asks nobody yet."""
    timer = exists().where(Timer.kind == NEXT_WAVE, Timer.subject == AidRequest.id, Timer.state != "done")
    waits = and_(AidRequest.status == RequestStatus.UNVERIFIED.value, ~AidRequest.is_proxy)
    return list(
        session.scalars(select(AidRequest.id).where(AidRequest.status.in_(ASKING), ~waits, ~timer).limit(100))
    )


def tend(session: Session, request: str) -> None:
    """Set the missing timer to now, unless the request was closed meanwhile."""
    found = queries.request_locked(session, request)
    if found.status in ASKING and not queries.is_held(found):
        timers.schedule_once(session, NEXT_WAVE, request, clock.now(session))
