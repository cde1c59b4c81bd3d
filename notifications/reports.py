"""What reports say becomes of a delivery, and of the address that it went to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import events
from foundation.sealing import KeyErased, unseal
from notifications import queries, receipts
from notifications.events import AddressDied
from notifications.gateways import calling
from notifications.gateways.base import Channel
from notifications.mailbox.letters import Fate
from notifications.mailbox.statuses import gone
from notifications.models import Attempt, Delivery, InboundMessage

_ROUTES = 1
"""A bounce comes from the far end: another relay of ours would not fare better at once."""


def note(session: Session, message: InboundMessage) -> str | None:
    """Note what a stored report says; return the reason kept with it, None while its sending is not recorded yet."""
    attempt = session.get(Attempt, message.attempt_id) if message.attempt_id else None
    if attempt is None or message.fate is None:
        return "foreign-report"
    reason = gone(message.status) if message.fate == Fate.FAILED else None
    fate = _fate(Fate(message.fate), is_gone=reason is not None)
    if fate is not None and receipts.report(session, attempt.id, fate, message.status, routes=_ROUTES) is None:
        return None
    if reason:
        _bury(session, attempt.delivery_id, reason)
    return f"report-{message.fate}"


def _fate(said: Fate, *, is_gone: bool) -> calling.Fate | None:
    if said is Fate.FAILED:
        return calling.Fate.DEAD if is_gone else calling.Fate.FAILED
    return calling.Fate.DELIVERED if said is Fate.DELIVERED else None


def _bury(session: Session, delivery_id: str, reason: str) -> None:
    delivery = session.scalars(select(Delivery).where(Delivery.id == delivery_id)).one()
    try:
        address = unseal(session, delivery.member, queries.ADDRESS, delivery.id, delivery.address_sealed)
    except KeyErased:
        return
    events.emit(session, AddressDied(delivery.member, Channel(delivery.channel), address, reason))
