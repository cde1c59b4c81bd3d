"""A partner's answer: yes, provisional or no; one per partner and request, changeable until accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.terms import Terms
from aid import permissions
from aid.digests import actions as digests
from aid.escalation import actions as escalation
from aid.lifecycle import Decision, OfferStatus, RequestAct, RequestStatus, answer_act, can, first_status, offer_after
from aid.models import AidRequest, Offer, OfferLine, RequestLine
from aid.offers import errors, queries, record, substituting
from aid.offers.schemas import OfferDraft, OfferView
from aid.requests import asks, drafting
from aid.requests import queries as requests
from aid.requests.errors import RequestEnded
from aid.requests.lines import unknown_or_repeated
from foundation import clock, timers
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import Invalid
from inventory import stock
from notifications import actions as notifications

EXPIRY = "aid.offer_expiry"
CHANGEABLE = ("offered", "provisional", "declined", "released", "expired")


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
class Taken:
    """受け付けた回答: the offer with the facts that are recorded of it; `widened` says what else came of it."""

    request: AidRequest
    offer: Offer
    facts: Mapping[str, Any]
    widened: str | None


def offer(session: Session, actor: Actor, request: str, draft: OfferDraft) -> OfferView:
    """Record an answer that came through the API."""
    found = requests.request_named(session, actor, request)
    member = _offering_member(session, actor, found, draft.municipality)
    lines = requests.lines_of(session, request)
    answer = Answer(
        draft.decision, _portions(draft, lines), "portal", draft.reason, draft.available_from, draft.until
    )
    taken = take(session, actor, found.id, member, answer)
    keep(session, actor, taken)
    return queries.view(session, taken.offer)


def _offering_member(session: Session, actor: Actor, request: AidRequest, named: str) -> str:
    """Return the id of the member that answers: the actor's own, or for a coordinator any of the group."""
    found = agreements.bound_member_named(session, request.group_id, named)
    if found is not None and actor.acts_for(found.member):
        return found.member
    if not actor.may(permissions.COORDINATE, group=request.group_id):
        raise errors.NotYourMember
    if found is None:
        raise Invalid(drafting.not_bound("/municipality", named))
    return found.member


def take(session: Session, actor: Actor, request: str, member: str, answer: Answer) -> Taken:
    """Take a member's answer: a new offer, or its open one changed under the same id. What is left is to `keep` it.

    Raises RequestEnded, OwnRequest, NotYourMember or the stock's NotEnough.
    """
    found = requests.request_locked(session, request)
    _check(session, found, member)
    named = asks.named_in(session, found.id, member).get(member)
    answer = _of_what_was_asked(answer, named)
    _check_something_given(session, found, answer)
    changed = _standing_offer(session, found, member, answer)
    changed.made_by = actor.person
    session.flush()
    if answer.decision is not Decision.DECLINE:
        _promise(session, found, changed, answer, named)
    _set_expiry(session, found, changed)
    asks.note_answer(session, found.id, member, is_yes=answer.decision is Decision.ACCEPT)
    notifications.mark_answered(session, topic=found.id, member=member)
    digests.answered(session, found.id, member)
    session.flush()
    widened = escalation.renew(session, found)
    return Taken(found, changed, record.tell_answer(session, found, changed), widened)


def keep(session: Session, actor: Actor, taken: Taken) -> None:
    """Record an answer (last in an action: it locks the incident)."""
    code = record.ANSWERED[taken.offer.status]
    record.keep(session, actor, taken.request, taken.offer, code, taken.facts)
    escalation.keep(session, taken.request, requests.lines_of(session, taken.request.id), taken.widened)


def _check(session: Session, request: AidRequest, member: str) -> None:
    if not can(RequestStatus(request.status), RequestAct.OFFER):
        raise RequestEnded
    if member == request.requester_id:
        raise errors.OwnRequest
    if agreements.bound_member_named(session, request.group_id, member) is None:
        raise errors.NotYourMember


def _of_what_was_asked(answer: Answer, named: Mapping[str, int] | None) -> Answer:
    """Let a bare yes mean no lines but those that were named to the member, where it was asked for quantities."""
    if named is None:
        return answer
    return replace(
        answer, portions=[each for each in answer.portions if each.quantity or named.get(each.line, 0) > 0]
    )


def _check_something_given(session: Session, request: AidRequest, answer: Answer) -> None:
    """Raise where a yes gives nothing: because nothing is needed any more, or because no quantity was said."""
    if answer.decision is Decision.DECLINE or answer.portions:
        return
    if all(line.committed >= line.quantity for line in requests.lines_of(session, request.id)):
        raise errors.NothingNeeded
    raise errors.NothingOffered


def _standing_offer(session: Session, request: AidRequest, member: str, answer: Answer) -> Offer:
    statement = select(Offer).where(Offer.request_id == request.id, Offer.member_id == member)
    found = session.scalar(statement.where(Offer.status.in_(CHANGEABLE)).order_by(Offer.id.desc()).limit(1))
    if found is None:
        found = Offer(
            id=new_id(),
            request_id=request.id,
            member_id=member,
            status=first_status(answer.decision).value,
            version=0,
        )
        session.add(found)
    else:
        found.status = offer_after(OfferStatus(found.status), answer_act(answer.decision)).value
        let_go(session, found)
    found.reason, found.via = answer.reason, answer.via
    found.available_from, found.until = answer.available_from, answer.until
    found.made_at = clock.now(session)
    found.version += 1
    return found


def let_go(session: Session, offer: Offer) -> None:
    """Free what an offer holds and forget its lines: it is about to be changed."""
    for line in queries.lines_of(session, offer.id):
        stock.release(session, reference=line.id)
    session.execute(delete(OfferLine).where(OfferLine.offer_id == offer.id))


def _promise(
    session: Session, request: AidRequest, offer: Offer, answer: Answer, named: Mapping[str, int] | None
) -> None:
    """Write the offered lines; a firm yes holds its quantities, a provisional one does not yet."""
    rows = {row.id: row for row in requests.lines_of(session, request.id)}
    # One order for everybody: two answers that want the same stock then wait instead of blocking each other.
    for portion in sorted(answer.portions, key=lambda each: rows[each.line].kind):
        row = rows[portion.line]
        asked = row.quantity - row.committed
        if named and row.id in named:
            asked = min(asked, named[row.id])
        quantity = portion.quantity or _as_far_as_there_is(session, request, offer.member_id, row, max(asked, 1))
        line = OfferLine(id=new_id(), offer_id=offer.id, line_id=row.id, quantity=quantity, more=portion.more)
        session.add(line)
        session.flush()
        if answer.decision is Decision.ACCEPT:
            stock.hold(
                session,
                member=offer.member_id,
                group=request.group_id,
                kind=row.kind,
                quantity=quantity,
                reference=line.id,
                instead=substituting.kinds_for(request, row),
            )


def _as_far_as_there_is(session: Session, request: AidRequest, member: str, row: RequestLine, asked: int) -> int:
    """Return what is asked, capped by what the member has left: a bare "yes" means as much as one can."""
    kinds = [row.kind, *substituting.kinds_for(request, row)]
    available = stock.free_of(session, member, request.group_id, kinds)
    return min(asked, available) if available else asked


def _portions(draft: OfferDraft, lines: Sequence[RequestLine]) -> list[Portion]:
    wrong = unknown_or_repeated([each.line for each in draft.lines], {line.id for line in lines})
    if wrong:
        raise Invalid(*wrong)
    if draft.lines:
        return [Portion(each.line, each.quantity, each.more) for each in draft.lines]
    return [Portion(line.id, None) for line in lines if line.quantity > line.committed]


def _set_expiry(session: Session, request: AidRequest, offer: Offer) -> None:
    timers.cancel(session, EXPIRY, offer.id)
    offer.expires_at = None
    if offer.status != OfferStatus.DECLINED:
        hours = Terms.from_json(request.terms).offer_expiry_hours
        offer.expires_at = clock.now(session) + timedelta(hours=hours)
        timers.schedule(session, EXPIRY, offer.id, offer.expires_at)
