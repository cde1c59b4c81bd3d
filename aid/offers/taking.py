"""Taking a partner's answer about one request: judged, kept as its offer, and promised in the stock's ledger.

What follows from it is seen to by `aid.offers.answering.settle`, for all requests of one answer together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms
from aid.lifecycle import Decision, OfferStatus, RequestAct, RequestStatus, answer_act, can, first_status, offer_after
from aid.models import AidRequest, Ask, Offer, OfferLine, RequestLine
from aid.offers import errors, queries, substituting
from aid.requests import asks
from aid.requests import queries as requests
from aid.requests.errors import RequestEnded
from foundation import clock
from foundation.actor import Actor
from foundation.ids import new_id
from inventory import stock

CHANGEABLE = ("offered", "provisional", "declined", "released", "expired")
STANDS = ("offered", "provisional", "accepted")


@dataclass(frozen=True, slots=True)
class Portion:
    """申出の数量: what is offered of a line; None means all that is asked."""

    line: str
    quantity: int | None
    more: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """回答: what a partner answers, by whichever way it came."""

    decision: Decision
    portions: Sequence[Portion]
    via: str
    reason: str | None = None
    available_from: datetime | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """回答される要請: a request with all that counts for one member's answer, read once the request was locked.

    `partner` is None where the group does not bind the member; `ask` where it was not asked. `offers` are the
    member's own, the oldest first.
    """

    request: AidRequest
    lines: Sequence[RequestLine]
    member: str
    partner: BoundMember | None
    ask: Ask | None
    offers: Sequence[Offer]

    @property
    def is_promised(self) -> bool:
        """Whether a yes of the member stands."""
        return any(each.status in STANDS for each in self.offers)

    @property
    def named(self) -> Mapping[str, int]:
        """What the question names by line; empty where all that is lacking was asked for."""
        return self.ask.named if self.ask else {}


@dataclass(frozen=True, slots=True)
class Taken:
    """受け付けた回答: the offer, its lines, and what of each is of another kind than was asked for."""

    asked: Asked
    offer: Offer
    lines: Sequence[OfferLine] = ()
    instead: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def request(self) -> AidRequest:
        return self.asked.request


def asked_of(session: Session, member: str, found: Mapping[str, AidRequest]) -> dict[str, Asked]:
    """Return what counts for a member's answer about some requests, which are locked."""
    lines = requests.lines_of_any(session, found)
    groups = {each.group_id for each in found.values()}
    bound = {each: agreements.bound_member_named(session, each, member) for each in groups}
    asked = asks.asks_of(session, member, found)
    offers = _offers_of(session, member, list(found))
    return {
        request.id: Asked(
            request, lines[request.id], member, bound[request.group_id], asked.get(request.id), offers[request.id]
        )
        for request in found.values()
    }


def take(session: Session, actor: Actor, asked: Asked, answer: Answer) -> Taken:
    """Take a member's answer: a new offer, or its open one changed under the same id. What is left is to `settle` it.

    Raises RequestEnded, OwnRequest, NotYourMember, NothingNeeded, NothingOffered or the stock's NotEnough.
    """
    _check(asked)
    answer = _of_what_was_asked(answer, asked.named)
    _check_something_given(asked, answer)
    offer = _standing_offer(session, asked, answer)
    offer.made_by = actor.person
    session.flush()
    taken = Taken(asked, offer)
    return taken if answer.decision is Decision.DECLINE else _promised(session, taken, answer)


def _offers_of(session: Session, member: str, found: Sequence[str]) -> dict[str, list[Offer]]:
    statement = select(Offer).where(Offer.member_id == member, Offer.request_id.in_(found)).order_by(Offer.id)
    offers: dict[str, list[Offer]] = defaultdict(list)
    for each in session.scalars(statement.execution_options(populate_existing=True)):
        offers[each.request_id].append(each)
    return offers


def _check(asked: Asked) -> None:
    if not can(RequestStatus(asked.request.status), RequestAct.OFFER):
        raise RequestEnded
    if asked.member == asked.request.requester_id:
        raise errors.OwnRequest
    if asked.partner is None:
        raise errors.NotYourMember


def _of_what_was_asked(answer: Answer, named: Mapping[str, int]) -> Answer:
    """Let a bare yes mean no lines but those that were named to the member, where it was asked for quantities."""
    if not named:
        return answer
    return replace(
        answer, portions=[each for each in answer.portions if each.quantity or named.get(each.line, 0) > 0]
    )


def _check_something_given(asked: Asked, answer: Answer) -> None:
    """Raise where a yes gives nothing: because nothing is needed any more, or because no quantity was said."""
    if answer.decision is Decision.DECLINE or answer.portions:
        return
    if all(line.committed >= line.quantity for line in asked.lines):
        raise errors.NothingNeeded
    raise errors.NothingOffered


def _standing_offer(session: Session, asked: Asked, answer: Answer) -> Offer:
    changeable = [each for each in asked.offers if each.status in CHANGEABLE]
    if changeable:
        found = changeable[-1]
        found.status = offer_after(OfferStatus(found.status), answer_act(answer.decision)).value
        _let_go(session, found)
    else:
        status = first_status(answer.decision).value
        found = Offer(id=new_id(), request_id=asked.request.id, member_id=asked.member, status=status, version=0)
        session.add(found)
    found.reason, found.via = answer.reason, answer.via
    found.available_from, found.until = answer.available_from, answer.until
    found.made_at = clock.now(session)
    hours = Terms.from_json(asked.request.terms).offer_expiry_hours
    found.expires_at = None if found.status == OfferStatus.DECLINED else found.made_at + timedelta(hours=hours)
    found.version += 1
    return found


def _let_go(session: Session, offer: Offer) -> None:
    """Free what an offer holds and forget its lines: it is about to be changed."""
    for line in queries.lines_of(session, offer.id):
        stock.release(session, reference=line.id)
    session.execute(delete(OfferLine).where(OfferLine.offer_id == offer.id))


def _promised(session: Session, taken: Taken, answer: Answer) -> Taken:
    """Write the offered lines; a firm yes holds its quantities, a provisional one does not yet."""
    rows = {row.id: row for row in taken.asked.lines}
    lines, instead = [], {}
    # One order for everybody: two answers about one request each then wait for the same stock and never block each
    # other. About several, one may be repeated.
    for portion in sorted(answer.portions, key=lambda each: rows[each.line].kind):
        row = rows[portion.line]
        line = OfferLine(id=new_id(), offer_id=taken.offer.id, line_id=row.id, more=portion.more)
        quantity = portion.quantity or _asked_for(row, taken.asked.named)
        if answer.decision is Decision.ACCEPT:
            held = _held(session, taken, line.id, row, quantity, may_be_less=not portion.quantity)
            line.quantity = sum(held.values())
            if others := {kind: units for kind, units in held.items() if kind != row.kind}:
                instead[line.id] = others
        else:
            line.quantity = portion.quantity or _as_far_as_there_is(session, taken, row, quantity)
        lines.append(line)
    session.add_all(lines)
    session.flush()
    return replace(taken, lines=lines, instead=instead)


def _asked_for(row: RequestLine, named: Mapping[str, int]) -> int:
    """Return what a bare yes says of a line: all that it lacks, or what was named to the member."""
    return max(min(row.quantity - row.committed, named.get(row.id, row.quantity)), 1)


def _held(
    session: Session, taken: Taken, reference: str, row: RequestLine, quantity: int, *, may_be_less: bool
) -> dict[str, int]:
    """Hold what is offered of a line, by kind; a bare "yes" means as much as one can."""
    return stock.hold(
        session,
        member=taken.offer.member_id,
        group=taken.request.group_id,
        kind=row.kind,
        quantity=quantity,
        reference=reference,
        instead=substituting.kinds_for(taken.request, row),
        may_be_less=may_be_less,
    )


def _as_far_as_there_is(session: Session, taken: Taken, row: RequestLine, asked: int) -> int:
    """Return what is asked, capped by what the member has left, if it has anything left."""
    kinds = [row.kind, *substituting.kinds_for(taken.request, row)]
    available = stock.free_of(session, taken.offer.member_id, taken.request.group_id, kinds)
    return min(asked, available) if available else asked
