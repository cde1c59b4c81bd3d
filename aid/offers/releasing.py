"""Letting partners go: what is no longer needed, withdrawn, expired, or asked no more."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.emergency_access import ending as accesses
from aid.lifecycle import OfferAct, OfferStatus, offer_after
from aid.models import AidRequest, Commitment, Offer, RequestLine
from aid.offers import answering, queries
from aid.requests import alerting, asks
from aid.requests import queries as requests
from aid.requests.standing_down import Cause, stand_down
from foundation import clock, timers
from foundation.actor import Actor
from foundation.ids import new_id
from inventory import stock
from inventory.guests import ending as guests
from notifications import actions as notifications


def no_longer_needed(
    session: Session,
    request: AidRequest,
    rows: Sequence[RequestLine],
    covered: Sequence[RequestLine],
    accepted: Offer,
) -> None:
    """Tell all but the accepted partner which lines are covered now, and free what they held for those.

    Where every line is covered, the others stand down altogether; so do those who were asked by quantity for such
    lines alone.
    """
    if not covered:
        return
    idle = asks.idle_in(session, request.id, rows).keys()
    asks.release_lines(session, [row.id for row in covered])
    is_complete = all(row.committed >= row.quantity for row in rows)
    lines = {row.id for row in covered}
    settled = ("accepted", "declined", "withdrawn") if is_complete else tuple(OfferStatus)
    told = set(asks.asked_members(session, request)) - _members_whose_offer_is(session, request, *settled)
    for offer in queries.open_offers(session, request.id):
        if is_complete:
            release(session, offer, OfferAct.RELEASE)
            told.add(offer.member_id)
        elif _drop_lines(session, offer, lines):
            told.add(offer.member_id)
    # Whoever was let go once may have been asked again since
    told |= idle
    told.discard(accepted.member_id)
    over = told if is_complete else told & idle
    stand_down(session, request, sorted(over), covered, topic=accepted.id, is_complete=True)
    stand_down(session, request, sorted(told - over), covered, topic=accepted.id, wave=2, is_complete=False)


def release(session: Session, offer: Offer, act: OfferAct) -> None:
    """Free all that an offer holds or has promised, and end its commitments."""
    offer.status = offer_after(OfferStatus(offer.status), act).value
    offer.version += 1
    timers.cancel(session, answering.EXPIRY, offer.id)
    for line in queries.lines_of(session, offer.id):
        stock.release(session, reference=line.id)
    session.flush()


def end_commitments(
    session: Session, actor: Actor, offers: Iterable[Offer], rows: Sequence[RequestLine]
) -> list[Commitment]:
    """End what was accepted of some offers: rows of their own, and the lines' sums lowered."""
    by_id = {row.id: row for row in rows}
    ended: list[Commitment] = []
    for standing in queries.standing_commitments(session, [offer.id for offer in offers]).values():
        for each in standing:
            by_id[each.line_id].committed -= each.quantity
            session.add(
                Commitment(
                    id=new_id(),
                    offer_id=each.offer_id,
                    line_id=each.line_id,
                    quantity=-each.quantity,
                    ends_id=each.id,
                    at=clock.now(session),
                    by=actor.person,
                )
            )
            ended.append(each)
    session.flush()
    end_what_hangs_on(session, actor, ended)
    return ended


def end_what_hangs_on(session: Session, actor: Actor, commitments: Sequence[Commitment]) -> None:
    """End the guest IDs and emergency accesses of aid that is over."""
    ids = [each.id for each in commitments]
    if ids:
        guests.end_of_commitments(session, actor, ids)
        accesses.end_of_commitments(session, actor, ids)


def tell_all_to_stand_down(
    session: Session, request: AidRequest, cause: Cause, why: str, *, but: Iterable[str] = ()
) -> None:
    """End the question, and tell everybody who was asked or has offered that nothing more is needed."""
    told = set(asks.asked_members(session, request))
    told -= _members_whose_offer_is(session, request, "declined", "withdrawn")
    # Whoever has withdrawn one offer may have made another since
    for offer in queries.open_offers(session, request.id):
        release(session, offer, OfferAct.RELEASE)
        told.add(offer.member_id)
    told -= set(but)
    stand_down(
        session,
        request,
        sorted(told),
        requests.lines_of(session, request.id),
        topic=request.id,
        is_complete=True,
        cause=cause,
        why=why,
    )
    asks.release_all(session, request.id)
    notifications.close_alert(session, kind=alerting.QUESTION, topic=request.id)
    timers.cancel(session, alerting.NEXT_WAVE, request.id)


def _drop_lines(session: Session, offer: Offer, covered: set[str]) -> bool:
    """Take covered lines out of an open offer; it is released when none is left."""
    lines = queries.lines_of(session, offer.id)
    dropped = [line for line in lines if line.line_id in covered]
    if len(dropped) == len(lines):
        release(session, offer, OfferAct.RELEASE)
        return bool(dropped)
    for line in dropped:
        stock.release(session, reference=line.id)
        session.delete(line)
    offer.version += len(dropped)
    session.flush()
    return bool(dropped)


def _members_whose_offer_is(session: Session, request: AidRequest, *statuses: str) -> set[str]:
    return set(
        session.scalars(select(Offer.member_id).where(Offer.request_id == request.id, Offer.status.in_(statuses)))
    )
