"""Reading offers: the requester, the offering member and the coordinator see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import permissions
from aid.models import AidRequest, Commitment, Offer, OfferLine
from aid.offers.errors import OfferNotFound
from aid.offers.schemas import CommitmentView, OfferLineView, OfferQuery, OfferView
from aid.offers.substituting import given_instead
from aid.ranking import traits
from aid.requests import queries as requests
from aid.requests.schemas import StandInView
from aid.requests.views import stand_in
from foundation.actor import Actor
from foundation.paging import Page, page


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate of the offers an actor may see (with the request joined)."""
    coordinated = [each.group for each in actor.memberships if permissions.COORDINATE in each.permissions]
    return or_(
        Offer.member_id == actor.member,
        AidRequest.requester_id == actor.member,
        AidRequest.group_id.in_(coordinated),
    )


def offer_named(session: Session, actor: Actor, offer: str) -> Offer:
    """Return an offer. Raises OfferNotFound where there is none, or none for this actor."""
    statement = select(Offer).join(AidRequest, AidRequest.id == Offer.request_id)
    found = session.scalar(statement.where(Offer.id == offer, visible_to(actor), requests.visible_to(actor)))
    if found is None:
        raise OfferNotFound
    return found


def read(session: Session, actor: Actor, offer: str) -> OfferView:
    """Return one offer as the actor sees it."""
    return view(session, offer_named(session, actor, offer))


def listed(session: Session, actor: Actor, request: str, query: OfferQuery) -> Page[OfferView]:
    """Return a page of a request's offers that the actor may see."""
    found = requests.request_named(session, actor, request)
    statement = select(Offer).join(AidRequest, AidRequest.id == Offer.request_id)
    statement = statement.where(Offer.request_id == found.id, visible_to(actor))
    return page(session, statement, Offer.id, query.cursor, lambda offer: view(session, offer))


def request_of_locked(session: Session, offer: str) -> AidRequest:
    """Return the request that an offer answers, its row locked to the commit."""
    return requests.request_locked(session, session.scalars(select(Offer.request_id).where(Offer.id == offer)).one())


def lines_of(session: Session, offer: str) -> list[OfferLine]:
    """Return what an offer holds of each line."""
    return list(session.scalars(select(OfferLine).where(OfferLine.offer_id == offer).order_by(OfferLine.id)))


def view(session: Session, offer: Offer) -> OfferView:
    """Show an offer with what was accepted of it."""
    municipality, name = agreements.name_of_members(session, [offer.member_id])[offer.member_id]
    lines = lines_of(session, offer.id)
    return OfferView(
        id=offer.id,
        request=offer.request_id,
        municipality=municipality,
        member=offer.member_id,
        name=name,
        status=offer.status,
        reason=offer.reason,
        lines=_line_views(session, offer, lines),
        available_from=offer.available_from,
        until=offer.until,
        expires_at=offer.expires_at,
        via=offer.via,
        made_at=offer.made_at,
        commitments=[
            CommitmentView(id=each.id, line=each.line_id, quantity=each.quantity, at=each.at)
            for each in standing_commitments(session, [offer.id])[offer.id]
        ],
        version=offer.version,
    )


def _line_views(session: Session, offer: Offer, lines: Sequence[OfferLine]) -> list[OfferLineView]:
    """Show an offer's lines in the order of the request's."""
    kinds = {row.id: row.kind for row in requests.lines_of(session, offer.request_id)}
    places = {line: place for place, line in enumerate(kinds)}
    instead = given_instead(session, lines, kinds)
    return [
        OfferLineView(
            line=each.line_id,
            quantity=each.quantity,
            more=each.more,
            instead=instead.get(each.id, {}),
            stand_ins=_stand_ins(kinds[each.line_id], instead.get(each.id, {})),
        )
        for each in sorted(lines, key=lambda each: places[each.line_id])
    ]


def _stand_ins(wanted: str, given: Mapping[str, int]) -> list[StandInView]:
    """Return what is given in the place of a kind, the best first."""
    best_first = sorted(given.items(), key=lambda each: (-traits.fit(wanted, each[0]), each[0]))
    return [stand_in(wanted, kind, quantity) for kind, quantity in best_first]


def standing_commitments(session: Session, offers: Sequence[str]) -> dict[str, list[Commitment]]:
    """Return, by offer, the commitments that no later row ends."""
    ended = select(Commitment.ends_id).where(Commitment.ends_id.is_not(None))
    statement = select(Commitment).where(
        Commitment.offer_id.in_(offers), Commitment.quantity > 0, Commitment.id.not_in(ended)
    )
    found: dict[str, list[Commitment]] = defaultdict(list)
    for each in session.scalars(statement.order_by(Commitment.id)):
        found[each.offer_id].append(each)
    return found


def open_offers(session: Session, request: str) -> list[Offer]:
    """Return the offers that wait for the requester."""
    statement = select(Offer).where(Offer.request_id == request, Offer.status.in_(("offered", "provisional")))
    return list(session.scalars(statement.order_by(Offer.id)))
