"""The outbox in numbers, for whoever runs the service or coordinates a group."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, String, func, literal_column, select
from sqlalchemy.orm import Session

from foundation import clock
from notifications.events import DeliveryStatus
from notifications.gateways.base import Channel, Verdict
from notifications.models import Alert, Attempt, Delivery
from notifications.queries import status_of
from notifications.watching import rounds
from notifications.watching.judging import YOUNG, TroubleKind
from notifications.watching.models import Trouble
from notifications.watching.schemas import GatewayCountView, OutboxCountView, OutboxView, StuckView, TroubleView

SHOWN = 50
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_UNDER_WAY = ("claimed", "posting")
# Spelled out, so that the partial index serves
_OPEN = Delivery.state.in_([literal_column(f"'{state}'", String) for state in ("due", "leased")])


def outbox(session: Session) -> OutboxView:
    """Return how the outbox stands."""
    now = clock.now(session)
    tried = select(Attempt.delivery_id).where(Attempt.posted_at > now - DAY)
    return OutboxView(
        at=now,
        round_at=rounds.completed_at(session),
        troubles=_troubles(session),
        waiting=_counts(session, _OPEN),
        tried=_counts(session, Delivery.id.in_(tried)),
        gateways=_gateways(session, now),
        stuck=_stuck(session, now),
    )


def _counts(session: Session, which: ColumnElement[bool]) -> list[OutboxCountView]:
    rows = session.execute(
        select(
            Delivery.channel, Delivery.state, func.count().label("number"), func.min(Delivery.raised_at).label("at")
        )
        .where(which)
        .group_by(Delivery.channel, Delivery.state)
        .order_by(Delivery.channel, Delivery.state)
    )
    return [
        OutboxCountView(channel=Channel(row.channel), status=status_of(row.state), count=row.number, oldest_at=row.at)
        for row in rows
    ]


def _gateways(session: Session, now: datetime) -> list[GatewayCountView]:
    rows = session.execute(
        select(Attempt.gateway, Delivery.channel, Attempt.state, func.count().label("number"))
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.posted_at > now - HOUR)
        .group_by(Attempt.gateway, Delivery.channel, Attempt.state)
        .order_by(Attempt.gateway, Delivery.channel, Attempt.state)
    )
    return [
        GatewayCountView(
            gateway=row.gateway,
            channel=Channel(row.channel),
            outcome=None if row.state in _UNDER_WAY else Verdict(row.state),
            count=row.number,
        )
        for row in rows
    ]


def _stuck(session: Session, now: datetime) -> list[StuckView]:
    rows = session.execute(
        select(Delivery, Alert.kind)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(_OPEN, Delivery.raised_at < now - YOUNG)
        .order_by(Delivery.priority, Delivery.due_at, Delivery.id)
        .limit(SHOWN)
    ).all()
    last = {row.delivery_id: row for row in session.execute(_last_tries([row.Delivery.id for row in rows]))}
    return [_stuck_view(row.Delivery, row.kind, last.get(row.Delivery.id)) for row in rows]


def _last_tries(deliveries: list[str]) -> Executable:
    newest = (
        select(Attempt.delivery_id, func.max(Attempt.number).label("number"))
        .where(Attempt.delivery_id.in_(deliveries))
        .group_by(Attempt.delivery_id)
        .subquery()
    )
    is_newest = (Attempt.delivery_id == newest.c.delivery_id) & (Attempt.number == newest.c.number)
    return select(Attempt.delivery_id, Attempt.gateway, Attempt.state, Attempt.code).join(newest, is_newest)


def _stuck_view(row: Delivery, kind: str, tried: Any) -> StuckView:
    return StuckView(
        delivery=row.id,
        kind=kind,
        channel=Channel(row.channel),
        attempts=row.attempt,
        gateway=tried.gateway if tried else None,
        reason=(tried.code or tried.state) if tried else "untried",
        raised_at=row.raised_at,
        next_at=row.due_at if status_of(row.state) is DeliveryStatus.QUEUED else None,
    )


def _troubles(session: Session) -> list[TroubleView]:
    rows = session.scalars(select(Trouble).where(Trouble.is_open).order_by(Trouble.since_at, Trouble.kind))
    return [
        TroubleView(
            kind=TroubleKind(row.kind),
            channel=Channel(row.place) if row.place else None,
            count=row.count,
            since_at=row.since_at,
            told_at=row.told_at,
        )
        for row in rows
    ]
