"""What the inventory asks of commitments: whose helpers come to whom."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from aid.models import AidRequest, Commitment, Offer
from aid.requests.queries import LIVELY
from inventory.events import CommitmentNamed, Committed


def commitment_named(session: Session, event: CommitmentNamed) -> Committed | None:
    """Return who helps whom by a commitment that stands, or None: not ended, and its request not closed."""
    if event.for_change:
        _lock(session, event.commitment)
    end = aliased(Commitment)
    row = session.execute(
        select(Offer.member_id, AidRequest.requester_id, AidRequest.incident_id, AidRequest.group_id)
        .select_from(Commitment)
        .join(Offer, Offer.id == Commitment.offer_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .outerjoin(end, end.ends_id == Commitment.id)
        .where(
            Commitment.id == event.commitment,
            Commitment.ends_id.is_(None),
            end.id.is_(None),
            AidRequest.status.in_(LIVELY),
        )
    ).one_or_none()
    return Committed(*row) if row else None


def _lock(session: Session, commitment: str) -> None:
    """Keep the request of a commitment as it is to the commit: whatever ends a commitment locks it first."""
    session.execute(
        select(AidRequest.id)
        .join(Offer, Offer.request_id == AidRequest.id)
        .join(Commitment, Commitment.offer_id == Offer.id)
        .where(Commitment.id == commitment)
        .with_for_update(of=AidRequest)
    )
