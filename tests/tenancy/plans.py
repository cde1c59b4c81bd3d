"""What the stage has of planning."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.models import AidRequest, Planning, RequestLine
from aid.plans.models import PlanRule
from foundation import clock
from foundation.ids import new_id


def planned(session: Session, request: str, partner: str) -> str:
    """Let a request be planned with others, and a partner be kept out of its plan; return that rule's id."""
    found, now, rule = session.get_one(AidRequest, request), clock.now(session), new_id()
    line = session.scalars(select(RequestLine.id).where(RequestLine.request_id == request)).one()
    whose = {"incident_id": found.incident_id, "group_id": found.group_id}
    planning = session.scalar(select(Planning).filter_by(**whose)) or Planning(id=new_id(), began_at=now, **whose)
    session.add(planning)
    session.flush()
    session.add(
        PlanRule(
            id=rule,
            planning_id=planning.id,
            kind="forbid",
            request_id=request,
            line_id=line,
            member_id=partner,
            reason="確認のため",
            made_at=now,
        )
    )
    return rule
