"""What the people of a played day do and see, each as one transaction of the real actions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from agreements.models import Member
from aid.models import Ask, Offer, RequestLine
from aid.offers import acceptance
from aid.offers.schemas import Acceptance
from aid.requests import actions as requests
from aid.requests.schemas import LineDraft, RequestDraft, RequestView
from aid.simulation.world import SimRequest
from foundation import clock
from foundation.actor import Actor
from foundation.timers import Timer
from notifications import answers
from notifications.models import Alert, Delivery
from service.identity.queries import actor_of_person
from service.simulation.furnishing import Scene


@dataclass(frozen=True, slots=True)
class Subject:
    """用件: what an alert is about; the topic of a question is the request."""

    kind: str
    topic: str


@dataclass(frozen=True, slots=True)
class Look:
    """見通し: when the next timer goes off and the next message is due (None: none waits), and timers that failed."""

    timer: datetime | None = None
    message: datetime | None = None
    failed: Sequence[str] = ()

    @property
    def first(self) -> datetime | None:
        return min((each for each in (self.timer, self.message) if each is not None), default=None)


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


def asked_for(session: Session, tokens: Sequence[str]) -> list[list[tuple[str, int]]]:
    """Return what each link's question asks: the id of each line, and its units."""
    asked = (answers.by_token(session, token) for token in tokens)
    return [[(line.reference, line.quantity) for line in each.lines] for each in asked]


def still_asked(session: Session, lines: Sequence[str], municipality: str) -> set[str]:
    """Return the lines of which a partner was not told that nothing more is needed."""
    statement = (
        select(RequestLine.id)
        .join(Ask, Ask.request_id == RequestLine.request_id)
        .join(Member, Member.id == Ask.member_id)
        .where(RequestLine.id.in_(lines), Member.municipality == municipality, Ask.stood_down_at.is_(None))
    )
    return set(session.scalars(statement))


def subjects(session: Session, alerts: Collection[str]) -> Mapping[str, Subject]:
    """Return what alerts are about, by id."""
    rows = session.execute(select(Alert.id, Alert.kind, Alert.topic).where(Alert.id.in_(alerts)))
    return {row.id: Subject(row.kind, row.topic) for row in rows}


def look(session: Session) -> Look:
    """Look at what waits: timers, and messages in the outbox. A timer that is still leased went off and failed."""
    return Look(session.scalar(_FIRST_TIMER), session.scalar(_FIRST_MESSAGE), session.scalars(_FAILED).all())


def _first_due(table: type[Timer] | type[Delivery]) -> Select[Any]:
    at = case((table.state == "due", table.due_at), else_=table.leased_until)
    return select(func.min(at)).where(table.state.in_(("due", "leased")))


_FIRST_TIMER, _FIRST_MESSAGE = _first_due(Timer), _first_due(Delivery)
_FAILED = select(Timer.kind).where(Timer.state == "leased").order_by(Timer.kind)


def _speaker(session: Session, scene: Scene, member: str) -> Actor:
    actor = actor_of_person(session, scene.speaker_of[member], 2)
    assert actor is not None
    return actor
