"""What comes back of a test: somebody acknowledges, or a message does not arrive."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import SYSTEM
from notifications.events import AnswerReceived, AnswerVerdict, DeliveriesChanged, DeliveryStatus
from readiness.digests import actions as digests
from readiness.digests.wording import UNACKNOWLEDGED
from readiness.reachability.models import ChannelCheck
from readiness.reachability.wording import REACHABILITY

FAILURES = {DeliveryStatus.FAILED, DeliveryStatus.EXPIRED}
THANKS = AnswerVerdict(
    True,
    "acknowledged",
    "受け取りを確認しました。ありがとうございます。",
    "Your receipt is noted. Thank you.",
    settles=False,
)


def answer_received(session: Session, event: AnswerReceived) -> AnswerVerdict:
    """Note that a message reached its person, whatever they answered; each channel counts for itself."""
    on_delivery = select(ChannelCheck).where(ChannelCheck.delivery_id == event.delivery)
    # Two desks of one address were sent one message
    for check in session.scalars(on_delivery.order_by(ChannelCheck.id).with_for_update()).all():
        if check.acknowledged_at is None:
            _acknowledge(session, check, event.via)
    return THANKS


def _acknowledge(session: Session, check: ChannelCheck, via: str) -> None:
    check.acknowledged_at, check.via = clock.now(session), via
    session.flush()
    audit.record(
        session, SYSTEM, "readiness.channel_acknowledged", f"channel:{check.channel_id}", chain=check.member_id
    )
    if check.person_id is not None and not _lacks(session, check):
        digests.drop(session, UNACKNOWLEDGED, check.test_id, person=check.person_id)


def deliveries_changed(session: Session, event: DeliveriesChanged) -> None:
    """Note what did not arrive."""
    for change in event.changes:
        if change.kind == REACHABILITY and change.status in FAILURES:
            session.execute(
                update(ChannelCheck)
                .where(ChannelCheck.delivery_id == change.delivery, ChannelCheck.failed_at.is_(None))
                .values(failed_at=clock.now(session), failure=change.status.value)
                .execution_options(synchronize_session=False)
            )


def _lacks(session: Session, check: ChannelCheck) -> bool:
    """Tell whether a person has still something to acknowledge in a test."""
    open_ones = select(func.count()).where(
        ChannelCheck.test_id == check.test_id,
        ChannelCheck.person_id == check.person_id,
        ChannelCheck.acknowledged_at.is_(None),
    )
    return bool(session.scalar(open_ones))
