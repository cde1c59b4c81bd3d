"""What reports say becomes of a delivery, and of the address that it went to."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import events
from foundation.sealing import KeyErased, unseal
from notifications import queries, receipts
from notifications.events import AddressDied
from notifications.gateways.base import Channel
from notifications.mailbox.letters import Fate
from notifications.mailbox.statuses import gone
from notifications.models import Attempt, Delivery, InboundMessage

_FATES = {Fate.FAILED: receipts.Fate.FAILED, Fate.DELIVERED: receipts.Fate.DELIVERED}


def note(session: Session, message: InboundMessage) -> str:
    """Note what a stored report says; return the reason that is kept with it."""
    attempt = session.get(Attempt, message.attempt_id) if message.attempt_id else None
    if attempt is None or message.fate is None:
        return "foreign-report"
    fate = _FATES.get(Fate(message.fate))
    if fate is receipts.Fate.FAILED:
        _keep_code(session, attempt.id, message.status or "")
    if fate is not None:
        receipts.settle(session, attempt.delivery_id, fate)
    if fate is receipts.Fate.FAILED and (reason := gone(message.status)):
        _bury(session, attempt.delivery_id, reason)
    return f"report-{message.fate}"


def _keep_code(session: Session, attempt: str, status: str) -> None:
    session.execute(
        update(Attempt).where(Attempt.id == attempt).values(code=status).execution_options(synchronize_session=False)
    )


def _bury(session: Session, delivery_id: str, reason: str) -> None:
    delivery = session.scalars(select(Delivery).where(Delivery.id == delivery_id)).one()
    try:
        address = unseal(session, delivery.member, queries.ADDRESS, delivery.id, delivery.address_sealed)
    except KeyErased:
        return
    events.emit(session, AddressDied(delivery.member, Channel(delivery.channel), address, reason))
