"""What is believed of partners between the ledger and their answers: what is out, their chances, what they said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.cover import chance_of_yes
from aid.models import AidRequest, Ask, Offer, OfferLine, Planning, RequestLine
from aid.plans.models import PlannedAsk
from foundation import clock

KNOWN = 0.9
"""The chance of a yes from whoever has said that it could send more."""
FIRM = ("offered", "provisional", "accepted")


@dataclass(frozen=True, slots=True)
class Out:
    """回答待ち: units that a partner was asked for on a line, since when; `holds` while its answer time lasts."""

    line: str
    member: str
    kind: str
    quantity: int
    at: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class Beliefs:
    """見込み: `chances` of a yes by member, `more` by member and kind: how many more it last said it could send."""

    out: Sequence[Out]
    chances: Mapping[str, float]
    more: Mapping[tuple[str, str], int]

    def chance(self, member: str, kind: str | None = None) -> float:
        """Return the chance that a member says yes to a request (of a kind)."""
        if kind is not None and self.more.get((member, kind), 0) > 0:
            return KNOWN
        return self.chances[member]

    def free(self, member: str, kind: str, available: int) -> int:
        """Return how much of what is available may be asked for: what others wait for is not asked twice."""
        held = sum(each.quantity for each in self.out if each.holds and (each.member, each.kind) == (member, kind))
        return max(min(available, self.more.get((member, kind), available)) - held, 0)


def believe(session: Session, planning: Planning, requests: Collection[str], members: Collection[str]) -> Beliefs:
    """Return what is believed of a group's members now."""
    return Beliefs(_out(session, requests), _chances(session, members), _more(session, planning))


def _out(session: Session, requests: Collection[str]) -> list[Out]:
    """Return the asks without an answer; without a quantity of its own one counts for all that the line needs."""
    is_answered = exists().where(Offer.request_id == Ask.request_id, Offer.member_id == Ask.member_id)
    rows = session.execute(
        select(Ask, RequestLine, AidRequest, func.max(PlannedAsk.quantity).label("planned"))
        .join(AidRequest, AidRequest.id == Ask.request_id)
        .join(RequestLine, RequestLine.request_id == Ask.request_id)
        .outerjoin(
            PlannedAsk,
            and_(
                PlannedAsk.line_id == RequestLine.id,
                PlannedAsk.member_id == Ask.member_id,
                PlannedAsk.state == "asked",
            ),
        )
        .where(Ask.request_id.in_(requests), Ask.stood_down_at.is_(None), ~is_answered)
        .where(Ask.unreachable_at.is_(None))
        .group_by(Ask.request_id, Ask.member_id, RequestLine.id, AidRequest.id)
        .order_by(AidRequest.number, RequestLine.position, Ask.member_id)
    )
    now, found = clock.now(session), []
    for ask, line, request, units in rows:
        minutes = Terms.from_json(request.terms).answer_minutes[request.priority]
        quantity = min(units or line.quantity, line.quantity - line.committed)
        if quantity > 0:
            holds = now < ask.asked_at + timedelta(minutes=minutes)
            found.append(Out(line.id, ask.member_id, line.kind, quantity, ask.asked_at, holds))
    return found


def _chances(session: Session, members: Collection[str]) -> dict[str, float]:
    """Return each member's chance of a yes, learned from what it was asked and answered."""
    said = exists().where(
        Offer.request_id == Ask.request_id, Offer.member_id == Ask.member_id, Offer.status.in_(FIRM)
    )
    answered = exists().where(Offer.request_id == Ask.request_id, Offer.member_id == Ask.member_id)
    rows = session.execute(
        select(Ask.member_id, func.count(), func.sum(case((said, 1), else_=0)))
        .where(Ask.member_id.in_(members), answered)
        .group_by(Ask.member_id)
    )
    known = {member: chance_of_yes(int(yes), int(asked)) for member, asked, yes in rows}
    return {member: known.get(member, chance_of_yes(0, 0)) for member in members}


def _more(session: Session, planning: Planning) -> dict[tuple[str, str], int]:
    """Return how many more each member last said in this disaster that it could send."""
    rows = session.execute(
        select(Offer.member_id, RequestLine.kind, OfferLine.more)
        .join(Offer, Offer.id == OfferLine.offer_id)
        .join(RequestLine, RequestLine.id == OfferLine.line_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .where(
            AidRequest.incident_id == planning.incident_id,
            AidRequest.group_id == planning.group_id,
            OfferLine.more.is_not(None),
            Offer.status.in_(FIRM),
        )
        .order_by(Offer.made_at, Offer.id)
    )
    return {(member, kind): int(more or 0) for member, kind, more in rows}
