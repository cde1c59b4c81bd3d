"""One look at the outbox, by partial indexes that hold only what is not over; and putting right what is safe to.

What is looked at every half minute must never cost more than the sending; the long count of everything is hourly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, String, case, exists, func, literal_column, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.leases import LEASE
from foundation.timers import Timer
from notifications.gateways.base import Channel
from notifications.mailbox.statuses import refused
from notifications.models import Attempt, Delivery, InboundMessage, Receipt
from notifications.watching.judging import LEFT_BEHIND, UNHANDLED, WINDOW, YOUNG, ChannelFigures, Figures
from notifications.watching.models import WatchRound

TALLIED = timedelta(hours=1)
"""How often everything is counted."""
DEAD = 2 * LEASE
"""How long ago a lease was taken whose worker is surely dead."""
REFUSED = timedelta(hours=1)
"""How long operators are shown that a mail ended as refused."""
_MOST_REFUSED = 1000
_P95 = 0.05
# Spelled out, not bound: only then does the planner see that the partial index holds these rows
_DUE, _LEASED, _POSTING, _FAILED = (
    literal_column(f"'{state}'", String) for state in ("due", "leased", "posting", "failed")
)
_OPEN = Delivery.state.in_((_DUE, _LEASED))
_WAITS = Timer.state != literal_column("'done'", String)


@dataclass(frozen=True, slots=True)
class Tally:
    """勘定: how many deliveries there are up to an id, how many fewer than before, and how many fit no attempt."""

    count: int
    up_to: str | None
    lost: int
    ill_counted: int


@dataclass(frozen=True, slots=True)
class Look:
    """点検: the figures, the age in seconds that 95 of 100 waiting messages don't reach, the hourly count if due."""

    figures: Figures
    age_p95: float
    tally: Tally | None


def look(session: Session, missing_timers: int = 0) -> Look:
    """Look at the outbox; changes nothing."""
    now = clock.now(session)
    channels = _channels(session, now)
    unhandled, oldest = _unhandled(session, now)
    tally = _tally(session, now)
    figures = Figures(
        now=now,
        channels=channels,
        stale_leases=_count(session, _OPEN, *_stale(Delivery, now)) + _count(session, _WAITS, *_stale(Timer, now)),
        open_attempts=_count(session, *_left_open(now)),
        missing_timers=missing_timers,
        refused=_refused(session, now),
        unhandled=unhandled,
        oldest_unhandled_at=oldest,
        lost=tally.lost if tally else 0,
        ill_counted=tally.ill_counted if tally else 0,
    )
    waiting = sum(each.waiting for each in channels.values())
    return Look(figures, _age_p95(session, now, waiting), tally)


def _unhandled(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """Return how many messages and receipts were stored and not understood since, and the oldest of them."""
    messages, oldest_message = session.execute(
        select(func.count(), func.min(InboundMessage.received_at)).where(
            InboundMessage.result.is_(None), InboundMessage.received_at < now - UNHANDLED
        )
    ).one()
    # One that waits on purpose, for its message to be recorded, is due later
    receipts, oldest_receipt = session.execute(
        select(func.count(), func.min(Receipt.received_at)).where(
            Receipt.result.is_(None), Receipt.due_at < now - UNHANDLED
        )
    ).one()
    oldest = min((each for each in (oldest_message, oldest_receipt) if each is not None), default=None)
    return messages + receipts, oldest


def _refused(session: Session, now: datetime) -> int:
    """Count the mails that ended within the last hour for a reason that is not their address."""
    last = select(func.max(Attempt.number)).where(Attempt.delivery_id == Delivery.id).correlate(Delivery)
    codes = session.scalars(
        select(Attempt.code)
        .join(Delivery, (Delivery.id == Attempt.delivery_id) & (Attempt.number == last.scalar_subquery()))
        .where(Delivery.state == _FAILED, Delivery.finished_at > now - REFUSED, Delivery.channel == Channel.EMAIL)
        .limit(_MOST_REFUSED)
    )
    return sum(refused(code) for code in codes)


def release_stale(session: Session) -> int:
    """Make due again what a dead worker holds; what it may still record is refused by the number of its lease."""
    now = clock.now(session)
    released = 0
    for table, is_open in ((Delivery, _OPEN), (Timer, _WAITS)):
        freed = update(table).where(is_open, *_stale(table, now))
        released += _changed(session, freed.values(state="due", leased_until=None, leased_by=None))
    return released


def close_open_attempts(session: Session) -> int:
    """Say of tries whose worker died that nobody knows what came of them."""
    now = clock.now(session)
    closing = update(Attempt).where(*_left_open(now))
    return _changed(session, closing.values(state="unknown", code="worker-lost", finished_at=now))


def _channels(session: Session, now: datetime) -> Mapping[str, ChannelFigures]:
    due_at = case((Delivery.state == _DUE, Delivery.due_at))
    is_overdue = (Delivery.state == _DUE) & (Delivery.due_at < now - LEFT_BEHIND)
    rows = session.execute(
        select(
            Delivery.channel,
            func.count().label("waiting"),
            func.min(due_at).label("due_at"),
            func.min(Delivery.raised_at).label("raised_at"),
            func.sum(case((is_overdue, 1), else_=0)).label("overdue"),
        )
        .where(_OPEN, Delivery.deadline_at > now)
        .group_by(Delivery.channel)
    ).all()
    is_any_old = any(row.raised_at < now - YOUNG for row in rows)
    tries = _tries(session, now) if is_any_old else {}
    return {
        row.channel: ChannelFigures(
            waiting=row.waiting,
            oldest_due_at=row.due_at if row.due_at and row.due_at <= now else None,
            oldest_raised_at=row.raised_at,
            overdue=int(row.overdue),
            **tries.get(row.channel, {}),
        )
        for row in rows
    }


def _tries(session: Session, now: datetime) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        select(
            Delivery.channel,
            func.count().label("tried"),
            func.max(Attempt.posted_at).label("last_at"),
            func.sum(case((Attempt.state == "accepted", 1), else_=0)).label("accepted"),
        )
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.posted_at > now - WINDOW)
        .group_by(Delivery.channel)
    )
    return {
        row.channel: {"tried": row.tried, "last_tried_at": row.last_at, "has_accepted": bool(row.accepted)}
        for row in rows
    }


def _stale(table: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return table.state == _LEASED, table.leased_until < now - (DEAD - LEASE)


def _left_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Attempt.state == _POSTING, Attempt.posted_at < now - DEAD


def _age_p95(session: Session, now: datetime, waiting: int) -> float:
    if not waiting:
        return 0.0
    at = select(Delivery.raised_at).where(_OPEN).order_by(Delivery.raised_at).offset(int(waiting * _P95)).limit(1)
    raised_at = session.scalar(at)
    return (now - raised_at).total_seconds() if raised_at else 0.0


def _tally(session: Session, now: datetime) -> Tally | None:
    """Count everything, once an hour: none that was raised may be gone, and what was accepted has its attempt."""
    before = session.get(WatchRound, 1)
    if before is not None and before.tallied_at is not None and now - before.tallied_at < TALLIED:
        return None
    count, up_to = session.execute(select(func.count(), func.max(Delivery.id))).one()
    lost = 0
    if before is not None and before.tally is not None and before.tally_id is not None:
        kept = session.scalar(select(func.count()).where(Delivery.id <= before.tally_id)) or 0
        lost = max(before.tally - kept, 0)
    accepted = exists().where(Attempt.delivery_id == Delivery.id, Attempt.state == "accepted")
    ill = session.scalar(select(func.count()).where(Delivery.state == "accepted", ~accepted)) or 0
    return Tally(count, up_to, lost, ill)


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*which)) or 0


def _changed(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
