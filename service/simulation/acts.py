"""What the people of a played day do and see, each as one transaction of the real actions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from agreements.models import Member
from aid.models import Ask, Offer
from aid.offers import acceptance
from aid.offers.schemas import Acceptance
from aid.requests import actions as requests
from aid.requests.schemas import LineDraft, RequestDraft, RequestView
from aid.simulation.world import SimRequest
from foundation import clock
from foundation.actor import Actor
from foundation.timers import Timer
from notifications.models import Alert, Delivery
from service.identity.queries import actor_of_person
from service.simulation.furnishing import Scene


@dataclass(frozen=True, slots=True)
class Subject:
    """用件: what an alert is about; the topic of a question is the request."""

    kind: str
    topic: str


def file(session: Session, scene: Scene, request: SimRequest) -> RequestView:
    """File a request as its member's contact."""
    draft = RequestDraft(
        incident=scene.incident,
        group=scene.group,
        requester=request.requester,
        lines=[LineDraft(kind=request.kind, quantity=request.quantity)],
        priority=request.priority,
        needed_by=clock.now(session) + timedelta(minutes=request.within),
    )
    return requests.file(session, _speaker(session, scene, request.requester), draft)


def accept_all(session: Session, scene: Scene, requester: str, request: str) -> list[tuple[str, int]]:
    """Accept what is offered up to the need, as the requester's contact; return who gives how many units."""
    actor, taken = _speaker(session, scene, requester), []
    statement = select(Offer.id).where(Offer.request_id == request, Offer.status == "offered")
    for offer in session.scalars(statement.order_by(Offer.made_at, Offer.id)).all():
        if session.get_one(Offer, offer, populate_existing=True).status == "offered":
            view = acceptance.accept(session, actor, offer, Acceptance())
            taken.append((view.municipality or view.member, sum(each.quantity for each in view.commitments)))
    return taken


def is_stood_down(session: Session, request: str, municipality: str) -> bool:
    """Tell whether a partner was told that a request needs nothing more of it."""
    statement = select(Ask.stood_down_at).join(Member, Member.id == Ask.member_id)
    return session.scalar(statement.where(Ask.request_id == request, Member.municipality == municipality)) is not None


def subjects(session: Session, alerts: Collection[str]) -> Mapping[str, Subject]:
    """Return what alerts are about, by id."""
    rows = session.execute(select(Alert.id, Alert.kind, Alert.topic).where(Alert.id.in_(alerts)))
    return {row.id: Subject(row.kind, row.topic) for row in rows}


def next_due(session: Session) -> datetime | None:
    """Return when the next timer goes off or the next message is due; None where nothing waits."""
    waits = []
    for table in (Timer, Delivery):
        at = case((table.state == "due", table.due_at), else_=table.leased_until)
        waits.append(session.scalar(select(func.min(at)).where(table.state.in_(("due", "leased")))))
    return min((each for each in waits if each is not None), default=None)


def failed_timers(session: Session) -> list[str]:
    """Return the kinds of the timers that went off and were not done."""
    return list(session.scalars(select(Timer.kind).where(Timer.state == "leased").order_by(Timer.kind)))


def _speaker(session: Session, scene: Scene, member: str) -> Actor:
    actor = actor_of_person(session, scene.speaker_of[member], 2)
    assert actor is not None
    return actor
