"""What the inventory asks of commitments: whose helpers come to whom."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from aid.models import AidRequest, Commitment, Offer
from inventory.events import CommitmentNamed, Committed


def commitment_named(session: Session, event: CommitmentNamed) -> Committed | None:
    """Return who helps whom by a commitment that has not been ended, or None."""
    end = aliased(Commitment)
    row = session.execute(
        select(Offer.member_id, AidRequest.requester_id, AidRequest.incident_id, AidRequest.group_id)
        .select_from(Commitment)
        .join(Offer, Offer.id == Commitment.offer_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .outerjoin(end, end.ends_id == Commitment.id)
        .where(Commitment.id == event.commitment, Commitment.ends_id.is_(None), end.id.is_(None))
    ).one_or_none()
    return Committed(*row) if row else None
