"""Ends before time: a partner withdraws, an offer expires, a request is recalled or closed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.escalation import actions as escalation
from aid.lifecycle import OfferAct, OfferStatus, RequestAct
from aid.models import AidRequest, Offer, RequestLine
from aid.offers import errors, queries, record, releasing
from aid.offers.schemas import OfferView
from aid.requests import alerting, asks
from aid.requests import queries as requests
from aid.requests.actions import WRITTEN_DUE, settle_status, status_after
from aid.requests.schemas import Reason, RequestView
from aid.requests.standing_down import Cause
from foundation import clock, timers
from foundation.actor import SYSTEM, Actor
from foundation.calls import check_version
from foundation.problems import Language

WITHDRAWABLE = {OfferStatus.OFFERED, OfferStatus.PROVISIONAL, OfferStatus.ACCEPTED}


def withdraw(session: Session, actor: Actor, offer: str, reason: Reason, if_match: int | None = None) -> OfferView:
    """Take back an offer; what was committed is lacking again, so others are asked at once."""
    seen = queries.offer_named(session, actor, offer)
    request = requests.request_locked(session, seen.request_id)
    session.refresh(seen)
    check_version(seen.version, if_match)
    if not actor.acts_for(seen.member_id):
        raise errors.NotYourMember
    status = OfferStatus(seen.status)
    if status not in WITHDRAWABLE:
        raise errors.OfferSettled(status_ja=status.label, status_en=status.value)
    rows = requests.lines_of(session, request.id)
    facts = record.offer_facts(session, request, seen) | {"reason": reason.reason}
    releasing.end_commitments(session, actor, [seen], rows)
    releasing.release(session, seen, OfferAct.WITHDRAW)
    asks.note_answer(session, request.id, seen.member_id, is_yes=False)
    seen.reason = reason.reason
    settle_status(request, rows)
    request.version += 1
    session.flush()
    alerting.tell(
        session, request, "offer.withdrawn", [request.requester_id], facts, topic=seen.id, wave=seen.version
    )
    widened = escalation.renew(session, request, rows)
    record.keep(session, actor, request, seen, "offer.withdrawn", facts)
    escalation.keep(session, request, rows, widened)
    return queries.view(session, seen)


def expire(session: Session, offer: str) -> None:
    """End an offer that was not accepted in time (timer)."""
    request = queries.request_of_locked(session, offer)
    found = session.get_one(Offer, offer, populate_existing=True)
    if found.status not in {OfferStatus.OFFERED, OfferStatus.PROVISIONAL}:
        return
    facts = record.offer_facts(session, request, found)
    releasing.release(session, found, OfferAct.EXPIRE)
    rows = requests.lines_of(session, request.id)
    widened = escalation.renew(session, request, rows)
    alerting.tell(
        session,
        request,
        "offer.expired",
        [found.member_id, request.requester_id],
        facts,
        topic=found.id,
        wave=found.version,
    )
    record.keep(session, SYSTEM, request, found, "offer.expired", facts)
    escalation.keep(session, request, rows, widened)


def cancel(
    session: Session,
    actor: Actor,
    request: str,
    reason: Reason,
    if_match: int | None = None,
    language: Language = Language.JA,
) -> RequestView:
    """Recall a request: every offer and commitment ends, and all are told."""
    found, rows = _ending(session, actor, request, RequestAct.CANCEL, if_match)
    accepted = list(session.scalars(select(Offer).where(Offer.request_id == found.id, Offer.status == "accepted")))
    releasing.end_commitments(session, actor, accepted, rows)
    for offer in accepted:
        releasing.release(session, offer, OfferAct.RELEASE)
    members = [offer.member_id for offer in accepted]
    facts = alerting.facts_of(session, found, rows) | {"why": reason.reason}
    alerting.tell(session, found, "request.cancelled", members, facts, is_correction=True)
    releasing.tell_all_to_stand_down(session, found, Cause.CANCELLED, reason.reason, but=members)
    return _ended(session, actor, found, "request.cancelled", reason, language)


def close(
    session: Session,
    actor: Actor,
    request: str,
    reason: Reason,
    if_match: int | None = None,
    language: Language = Language.JA,
) -> RequestView:
    """Close a request: what is committed stays, everybody else stands down."""
    found, _ = _ending(session, actor, request, RequestAct.CLOSE, if_match)
    accepted = session.scalars(select(Offer).where(Offer.request_id == found.id, Offer.status == "accepted")).all()
    helpers = [each.member_id for each in accepted]
    standing = queries.standing_commitments(session, [each.id for each in accepted])
    releasing.end_what_hangs_on(session, actor, [each for of_offer in standing.values() for each in of_offer])
    releasing.tell_all_to_stand_down(session, found, Cause.CLOSED, reason.reason, but=helpers)
    return _ended(session, actor, found, "request.closed", reason, language)


def _ending(
    session: Session, actor: Actor, request: str, act: RequestAct, if_match: int | None
) -> tuple[AidRequest, Sequence[RequestLine]]:
    found = requests.request_to_change(session, actor, request)
    check_version(found.version, if_match)
    if not requests.may_speak_for(actor, found):
        raise errors.NotYourRequest
    found.status = status_after(found, act)
    return found, requests.lines_of(session, request)


def _ended(
    session: Session, actor: Actor, request: AidRequest, code: str, reason: Reason, language: Language
) -> RequestView:
    request.closed_at = clock.now(session)
    request.version += 1
    timers.cancel(session, alerting.NEXT_WAVE, request.id)
    timers.cancel(session, WRITTEN_DUE, request.id)
    session.flush()
    record.keep_request(session, actor, request, code, {"reason": reason.reason})
    return requests.view(session, request, language)
