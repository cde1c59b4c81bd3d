"""Who was told of a request: the requester and the coordinator see all, a partner its own."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.digests.queries import topics
from aid.models import Offer
from aid.requests import queries
from foundation.actor import Actor
from foundation.paging import Page
from notifications import queries as notifications
from notifications.schemas import DeliveryView


def listed(session: Session, actor: Actor, request: str, cursor: str | None) -> Page[DeliveryView]:
    """Return a page of the deliveries about a request and its offers."""
    found = queries.request_named(session, actor, request)
    offers = session.scalars(select(Offer.id).where(Offer.request_id == found.id)).all()
    members = None if queries.may_speak_for(actor, found) else [actor.member] if actor.member else []
    return notifications.deliveries_of(session, [*topics(session, found.id), *offers], cursor, members)
