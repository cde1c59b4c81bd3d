"""Telling partners that they are no longer needed: for some lines, or at all."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import Session

from aid.digests import actions as digests
from aid.models import AidRequest, RequestLine
from aid.requests import alerting, asks
from notifications import actions as notifications
from notifications import reach

STAND_DOWN = "stand_down"


class Cause(StrEnum):
    """待機解除の理由: why partners are no longer needed."""

    COVERED = "covered"
    CANCELLED = "cancelled"
    CLOSED = "closed"


def stand_down(
    session: Session,
    request: AidRequest,
    members: Sequence[str],
    covered: Sequence[RequestLine],
    *,
    topic: str,
    is_complete: bool,
    wave: int = 1,
    cause: Cause = Cause.COVERED,
    why: str | None = None,
) -> None:
    """Tell members which lines need nothing more; where it is complete they are asked no more about the request.

    `wave` is to be another one for each time that something is said on the same topic.
    """
    if not members:
        return
    unheard = _taken_back(session, request, members) if is_complete else set()
    told = [member for member in members if member not in unheard]
    facts = alerting.facts_of(session, request, []) | {
        "lines": [{"kind": row.kind} for row in covered],
        "is_complete": is_complete,
        "cause": cause.value,
        "why": why,
    }
    if told:
        alerting.tell(session, request, STAND_DOWN, told, facts, topic=topic, wave=wave, is_correction=True)
    if is_complete:
        asks.stand_down(session, request, members)


def _taken_back(session: Session, request: AidRequest, members: Sequence[str]) -> set[str]:
    """Stop asking members, by whichever message; return who had heard of the request by none."""
    asked_alone = set(reach.standings(session, kind=alerting.QUESTION, topic=request.id, members=members))
    unheard = notifications.take_back(session, topic=request.id, members=members)
    unheard_of_several, heard_of_several = digests.take_back(session, request.id, members)
    heard = (asked_alone - unheard) | heard_of_several
    return (unheard | unheard_of_several) - heard
