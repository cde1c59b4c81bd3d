"""What this room knows, for whoever may ask."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from foundation import audit
from foundation.actor import Actor
from foundation.fields import Ref
from foundation.paging import PAGE, Page
from foundation.sealing import KeyErased, SealError, unseal
from notifications import permissions
from notifications.errors import InboundNotFound
from notifications.events import DeliveryStatus
from notifications.gateways.base import Channel
from notifications.models import Alert, Attempt, Delivery, InboundMessage, Recipient
from notifications.schemas import DeliveryView, InboundView

ADDRESS = "deliveries.address"
SENDER = "inbound_messages.sender"
TEXT = "inbound_messages.text"
INBOUND_OWNER = "inbound"
"""Owner of the key that seals what came in: whose it is shows only when it is handled."""
log = structlog.get_logger()
_STATUS = {"due": DeliveryStatus.QUEUED, "leased": DeliveryStatus.SENDING}


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Limit inbound messages to those of the actor's own member, or given it to look after; an operator sees all.

    Who acts for a group's coordinator there looks after the same.
    """
    if actor.is_operator:
        return true()
    if not actor.member:
        return false()
    groups = [each.group for each in actor.memberships if permissions.LOOK_AFTER_INBOUND in each.permissions]
    return or_(
        InboundMessage.member == actor.member,
        InboundMessage.watcher == actor.member,
        InboundMessage.watching_group.in_(groups),
    )


def status_of(state: str) -> DeliveryStatus:
    """Return the word for a row's state."""
    return _STATUS.get(state) or DeliveryStatus(state)


def deliveries_of(
    session: Session, topics: Sequence[str], cursor: Ref | None, members: Sequence[str] | None = None
) -> Page[DeliveryView]:
    """Return a page of the topics' deliveries, of some members only if they are named. The caller knows who may."""
    statement = (
        select(Delivery, Recipient, Alert.topic)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Alert.topic.in_(topics))
    )
    if members is not None:
        statement = statement.where(Delivery.member.in_(members))
    if cursor is not None:
        statement = statement.where(Delivery.id > cursor)
    rows = session.execute(statement.order_by(Delivery.id).limit(PAGE + 1)).all()
    reasons = _reasons(session, [row.Delivery.id for row in rows if row.Delivery.state == "failed"])
    items = [_delivery_view(*row, reasons.get(row.Delivery.id)) for row in rows[:PAGE]]
    return Page(items=items, next=items[-1].id if len(rows) > PAGE else None)


def _reasons(session: Session, failed: Sequence[str]) -> dict[str, str | None]:
    if not failed:
        return {}
    codes = select(Attempt.delivery_id, Attempt.code).where(Attempt.delivery_id.in_(failed)).order_by(Attempt.number)
    return {delivery: code for delivery, code in session.execute(codes)}  # noqa: C416 — rows are no pairs to a type checker


def _delivery_view(delivery: Delivery, recipient: Recipient, topic: str, reason: str | None) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        topic=topic,
        member=delivery.member,
        municipality=recipient.municipality,
        person=delivery.person,
        channel=Channel(delivery.channel),
        wave=delivery.wave,
        status=status_of(delivery.state),
        reason=reason,
        attempts=delivery.tries,
        raised_at=delivery.raised_at,
        finished_at=delivery.finished_at,
        received_at=recipient.received_at,
        answered_at=recipient.answered_at,
    )


def deliveries_by_holder(session: Session, alert: str) -> dict[tuple[str, str], str]:
    """Return an alert's deliveries by channel and holder (see `Delivery`)."""
    rows = session.execute(select(Delivery.channel, Delivery.holder, Delivery.id).where(Delivery.alert_id == alert))
    return {(row.channel, row.holder): row.id for row in rows}


def inbound_waiting(session: Session, actor: Actor, cursor: str | None) -> Page[InboundView]:
    """Return the messages that wait for a person. A protected read: they hold numbers and what people wrote."""
    statement: Select[Any] = select(InboundMessage).where(InboundMessage.result == "needs_person", visible_to(actor))
    if cursor is not None:
        statement = statement.where(InboundMessage.id > cursor)
    rows = list(session.scalars(statement.order_by(InboundMessage.id).limit(PAGE + 1)))
    for row in rows[:PAGE]:
        audit.record(session, actor, "notifications.read_inbound", f"inbound:{row.id}", chain=row.member)
    items = [inbound_view(session, row) for row in rows[:PAGE]]
    return Page(items=items, next=items[-1].id if len(rows) > PAGE else None)


def inbound_for(session: Session, actor: Actor, message_id: str) -> InboundMessage:
    """Return a message, locked. Raises InboundNotFound unless it is visible to the actor."""
    found = session.scalar(
        select(InboundMessage).where(InboundMessage.id == message_id, visible_to(actor)).with_for_update()
    )
    if found is None:
        raise InboundNotFound
    return found


def inbound_view(session: Session, message: InboundMessage) -> InboundView:
    """Open a message for somebody who may read it; one that does not open is shown without what is lost."""
    sender = _opened(session, SENDER, message.id, message.sender_sealed)
    text = _opened(session, TEXT, message.id, message.text_sealed)
    return InboundView(
        id=message.id,
        at=message.received_at,
        channel=Channel(message.channel),
        sender=sender or "",
        member=message.member,
        municipality=message.municipality,
        text=text or "",
        is_readable=sender is not None and text is not None,
        reason=message.reason,
        result=message.result or "unhandled",
        note=message.note,
    )


def _opened(session: Session, place: str, row: str, sealed: bytes) -> str | None:
    try:
        return unseal(session, INBOUND_OWNER, place, row, sealed)
    except KeyErased:
        return None
    except SealError:
        log.exception("an inbound message does not open", message=row, place=place)
        return None
