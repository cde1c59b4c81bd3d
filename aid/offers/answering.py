"""A partner's answer: yes, provisional or no; one per partner and request, changeable until accepted."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import permissions
from aid.digests import actions as digests
from aid.escalation import actions as escalation
from aid.lifecycle import OfferStatus
from aid.models import AidRequest, Offer, RequestLine
from aid.offers import errors, queries, record, taking
from aid.offers.schemas import OfferDraft, OfferView
from aid.offers.taking import Answer, Portion, Taken
from aid.requests import asks, drafting
from aid.requests import queries as requests
from aid.requests.lines import unknown_or_repeated
from foundation import timers
from foundation.actor import Actor
from foundation.problems import Invalid
from notifications import actions as notifications

EXPIRY = "aid.offer_expiry"


def offer(session: Session, actor: Actor, request: str, draft: OfferDraft) -> OfferView:
    """Record an answer that came through the API."""
    found = requests.request_named(session, actor, request)
    member = _offering_member(session, actor, found, draft.municipality)
    found = requests.request_locked(session, found.id)
    asked = taking.asked_of(session, member, {found.id: found})[found.id]
    answer = Answer(
        draft.decision, _portions(draft, asked.lines), "portal", draft.reason, draft.available_from, draft.until
    )
    taken = taking.take(session, actor, asked, answer)
    settle(session, actor, [taken])
    return queries.view(session, taken.offer)


def settle(session: Session, actor: Actor, taken: Sequence[Taken]) -> None:
    """See to what follows from a member's answers to one question (last in an action: it locks the incident).

    They are about requests of one group and one incident.
    """
    if not taken:
        return
    member, about = taken[0].asked.member, [each.request.id for each in taken]
    asks.note_answers(session, [(each.asked.ask, _is_firm(each.offer)) for each in taken if each.asked.ask])
    over = digests.answered(session, about, member)
    notifications.mark_answered(session, topics=[*about, *over], member=member)
    _set_expiries(session, [each.offer for each in taken])
    facts = record.tell_answers(session, taken)
    widened = escalation.renew_all(session, [(each.request, each.asked.lines) for each in taken])
    record.keep_answers(session, actor, taken, facts)
    for each in taken:
        escalation.keep(session, each.request, each.asked.lines, widened.get(each.request.id))


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


def _portions(draft: OfferDraft, lines: Sequence[RequestLine]) -> list[Portion]:
    wrong = unknown_or_repeated([each.line for each in draft.lines], {line.id for line in lines})
    if wrong:
        raise Invalid(*wrong)
    if draft.lines:
        return [Portion(each.line, each.quantity, each.more) for each in draft.lines]
    return [Portion(line.id, None) for line in lines if line.quantity > line.committed]


def _is_firm(offer: Offer) -> bool:
    return offer.status == OfferStatus.OFFERED


def _set_expiries(session: Session, offers: Sequence[Offer]) -> None:
    timers.cancel(session, EXPIRY, *(each.id for each in offers if each.expires_at is None))
    timers.reschedule_all(session, EXPIRY, {each.id: each.expires_at for each in offers if each.expires_at})
