"""A clock that was put back: what was set by the time that it showed would wait until that time comes again."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Table, false, or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import table_of
from foundation.ids import least_id
from foundation.leases import LEASE
from foundation.timers import Timer
from notifications.models import Attempt, Delivery
from notifications.watching.models import WatchRound
from notifications.watching.rounds import EVERY

APART = timedelta(minutes=15)
"""By how much the clocks of workers may differ; what is put back by less makes nothing wait for longer."""


def put_right(session: Session) -> timedelta:
    """Notice that the clock was put back since the last round, bring forward what would stall; return by how much.

    The last round began within half a minute of the jump, so it tells how far the clock had been ahead. What was
    made by that clock is due by it; what was made before keeps its time. Leases of that clock end now.
    """
    now = clock.now(session)
    begun_at = session.scalar(select(WatchRound.begun_at).with_for_update())
    if begun_at is None or begun_at - now <= APART:
        return timedelta()
    jump = begun_at - now
    tried_ahead = select(Attempt.delivery_id).where(Attempt.posted_at > now + APART)
    _bring_forward(session, _DELIVERIES, jump, _DELIVERIES.c.id.in_(tried_ahead))
    _bring_forward(session, _TIMERS, jump, false())
    for table in (_DELIVERIES, _TIMERS):
        _release(session, table)
    session.execute(update(WatchRound).values(begun_at=now - EVERY, completed_at=now, tallied_at=None))
    return jump


def _bring_forward(session: Session, table: Table, jump: timedelta, was_put_off: ColumnElement[bool]) -> None:
    """Take the jump off what was made, or put off, by the clock that was ahead."""
    columns, now = table.c, clock.now(session)
    # Ids bear the instant at which they were made
    by_it = or_(columns.id > least_id(now + APART), was_put_off)
    rows = session.execute(
        select(columns.id, columns.due_at).where(columns.state == "due", columns.due_at > now, by_it)
    )
    for row in rows.all():
        earlier = update(table).where(columns.id == row.id, columns.state == "due")
        session.execute(earlier.values(due_at=max(now, row.due_at - jump)))


def _release(session: Session, table: Table) -> None:
    columns, now = table.c, clock.now(session)
    freeing = update(table).where(columns.state == "leased", columns.leased_until > now + 2 * LEASE)
    session.execute(freeing.values(state="due", leased_until=None, leased_by=None, due_at=now))


_DELIVERIES, _TIMERS = table_of(Delivery), table_of(Timer)
