"""How far a question came to each member that was asked: for the room that asked, which knows who may see it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from notifications import queries
from notifications.events import DeliveryStatus
from notifications.gateways.base import Channel
from notifications.models import Alert, Attempt, Delivery, Recipient

ENDED_IN_VAIN = frozenset({DeliveryStatus.FAILED, DeliveryStatus.EXPIRED})

Kinds: TypeAlias = str | Collection[str]
"""One kind or topic, or several."""


@dataclass(frozen=True, slots=True)
class Standing:
    """通知先の状態: what a member said, and how many of its messages are in which state."""

    member: str
    received_at: datetime | None
    answered_at: datetime | None
    is_answered: bool
    messages: Mapping[DeliveryStatus, int] = field(default_factory=dict)

    @property
    def is_unreachable(self) -> bool:
        """Whether every message to it has ended without arriving; what was taken back says nothing."""
        sent = set(self.messages) - {DeliveryStatus.SUPERSEDED}
        return not self.is_answered and self.received_at is None and bool(sent) and sent <= ENDED_IN_VAIN


@dataclass(frozen=True, slots=True)
class Tried:
    """試した連絡: one message; `code` is what the last failing try was told, `failing_since` the first such try."""

    member: str
    name: str
    channel: Channel
    status: DeliveryStatus
    code: str | None
    was_taken_over: bool
    attempts: int
    raised_at: datetime
    finished_at: datetime | None
    failing_since: datetime | None


def standings(
    session: Session, *, kind: Kinds, topic: Kinds, members: Collection[str] | None = None
) -> dict[str, Standing]:
    """Return, by member, how an alert stands with it; of some members only if they are named.

    Of several topics the last that a member was told about counts.
    """
    statement = select(
        Recipient.id, Recipient.member, Recipient.state, Recipient.received_at, Recipient.answered_at
    ).join(Alert, Alert.id == Recipient.alert_id)
    statement = statement.where(_is_about(kind, topic)).order_by(Recipient.id)
    counted = (
        select(Delivery.recipient_id, Delivery.state, func.count().label("count"))
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(_is_about(kind, topic))
        .group_by(Delivery.recipient_id, Delivery.state)
    )
    if members is not None:
        statement = statement.where(Recipient.member.in_(members))
        counted = counted.where(Delivery.member.in_(members))
    messages: dict[str, dict[DeliveryStatus, int]] = defaultdict(dict)
    for recipient, state, count in session.execute(counted):
        messages[recipient][queries.status_of(state)] = count
    return {
        row.member: Standing(
            row.member, row.received_at, row.answered_at, row.state == "answered", messages.get(row.id, {})
        )
        for row in session.execute(statement)
    }


def tried(session: Session, *, kind: Kinds, topic: Kinds, members: Collection[str]) -> dict[str, list[Tried]]:
    """Return, by member, each message of an alert in the order in which they were raised."""
    rows = session.scalars(
        select(Delivery)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(_is_about(kind, topic), Delivery.member.in_(members))
        .order_by(Delivery.id)
    ).all()
    tries = _tries(session, [row.id for row in rows if row.attempt and row.state != "delivered"])
    found: dict[str, list[Tried]] = defaultdict(list)
    for row in rows:
        found[row.member].append(_tried(row, tries.get(row.id, [])))
    return found


def _is_about(kind: Kinds, topic: Kinds) -> ColumnElement[bool]:
    kinds, topics = ([each] if isinstance(each, str) else each for each in (kind, topic))
    return and_(Alert.kind.in_(kinds), Alert.topic.in_(topics))


def _tries(session: Session, deliveries: Sequence[str]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    if deliveries:
        statement = select(Attempt).where(Attempt.delivery_id.in_(deliveries)).order_by(Attempt.number)
        for each in session.scalars(statement):
            found[each.delivery_id].append(each)
    return found


def _tried(row: Delivery, tries: Sequence[Attempt]) -> Tried:
    failing: list[Attempt] = []
    for each in tries:
        failing = [*failing, each] if each.state in {"temporary", "unknown"} else []
    return Tried(
        member=row.member,
        name=row.name,
        channel=Channel(row.channel),
        status=queries.status_of(row.state),
        code=tries[-1].code if tries else None,
        was_taken_over=any(each.state == "accepted" for each in tries),
        attempts=row.attempt,
        raised_at=row.raised_at,
        finished_at=row.finished_at,
        failing_since=failing[0].posted_at if failing else None,
    )
