"""What became of a message after a gateway took it: providers report late, twice, out of order, or never.

A receipt only ever raises what is known: delivered stays delivered, and a missing receipt means nothing.
"""

from enum import Enum

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from foundation import clock, events
from notifications.events import DeliveriesChanged, DeliveryChanged, DeliveryStatus
from notifications.models import Alert, Attempt, Delivery


class Fate(Enum):
    """到達結果: what a receipt says; words between (buffered, handed on) say nothing of the phone."""

    DELIVERED = "delivered"
    FAILED = "failed"


_FATES = {"1": Fate.DELIVERED, "2": Fate.FAILED, "16": Fate.FAILED}
"""Kannel 1.4 User's Guide, delivery reports: 1 delivered, 2 not deliverable, 16 refused by the carrier."""
_RAISED_FROM = {
    Fate.DELIVERED: ("due", "leased", "accepted", "failed", "expired", "superseded"),
    # It may come before our own record of the yes: a carrier refuses within milliseconds
    Fate.FAILED: ("leased", "accepted"),
}


def note(session: Session, gateway: str, attempt: str, word: str) -> None:
    """Note a receipt of one attempt; what is unknown or no news changes nothing."""
    fate = _FATES.get(word)
    tried = session.execute(
        select(Attempt.delivery_id, Attempt.number).where(Attempt.id == attempt, Attempt.gateway == gateway)
    ).one_or_none()
    if fate is None or tried is None:
        return
    delivery_id, number = tried
    # A failed try says nothing of a newer one; one that arrived ends them all
    is_last = true() if fate is Fate.DELIVERED else Delivery.attempt == number
    changed = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(_RAISED_FROM[fate]), is_last)
        .values(state=fate.value, leased_until=None, leased_by=None, finished_at=clock.now(session))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return
    kind, topic, member = session.execute(
        select(Alert.kind, Alert.topic, Delivery.member).join(Delivery).where(Delivery.id == delivery_id)
    ).one()
    change = DeliveryChanged(kind, topic, member, delivery_id, DeliveryStatus(fate.value))
    events.emit(session, DeliveriesChanged((change,)))
