"""Claiming due rows: the one statement by which workers share deliveries and timers.

A claim is a lease: it names the worker, ends by itself, and counts the attempt. Whoever finishes must show the
attempt it claimed (fencing), so a worker that was taken for dead can't overwrite its successor's result.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Integer,
    String,
    Table,
    UpdateBase,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database.base import Base, Instant, UtcDateTime

LEASE = timedelta(seconds=45)
"""How long a claimed row is left to its worker; longer than any gateway takes (`LONGEST_SEND`), so that a lease
that ran out means a dead worker."""


class Leased:
    """貸出: the columns of a table whose rows workers claim. `state` is `due`, `leased` or one of the end states."""

    state: Mapped[str] = mapped_column(String(12), default="due")
    due_at: Mapped[Instant]
    leased_until: Mapped[Instant | None] = mapped_column(default=None)
    leased_by: Mapped[str | None] = mapped_column(String(64), default=None)
    attempt: Mapped[int] = mapped_column(default=0)


LEASE_CHECK = CheckConstraint(
    "(state = 'leased') = (leased_until IS NOT NULL) AND (leased_until IS NULL) = (leased_by IS NULL)",
    name="lease_complete",
)


def claiming(table: Any, *which: ColumnElement[bool], order: Sequence[Any], returning: Sequence[Any]) -> UpdateBase:
    """Build the statement that leases due rows (or rows whose lease ran out); `leave` has its parameters.

    `table`: a Table, or a class for rows as objects. PostgreSQL skips what another worker is claiming; SQLite has
    one writer.
    """
    columns = table.c if isinstance(table, Table) else table
    now = bindparam("lease_now", type_=UtcDateTime)
    # Spelled out, not bound: only then does the planner see that the partial index holds these rows
    due, leased = literal_column("'due'", String), literal_column("'leased'", String)
    is_due = or_(
        and_(columns.state == due, columns.due_at <= now),
        and_(columns.state == leased, columns.leased_until < now),
    )
    chosen = (
        select(columns.id)
        .where(columns.state.in_((due, leased)), is_due, *which)
        .order_by(*order)
        .limit(bindparam("lease_limit", type_=Integer))
        .with_for_update(skip_locked=True)
        # Found once, whatever the plan: looked for row by row it would skip what it has locked and exceed its limit
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        update(table)
        .where(columns.id.in_(select(chosen.c.id)))
        .values(
            state="leased",
            leased_until=bindparam("lease_until"),
            leased_by=bindparam("lease_worker"),
            attempt=columns.attempt + 1,
        )
        .returning(*returning)
        .execution_options(synchronize_session=False)
    )


def leave(session: Session, worker: str, limit: int) -> dict[str, Any]:
    """Return the parameters by which a claiming statement leaves up to `limit` rows to the worker."""
    now = clock.now(session)
    return {"lease_now": now, "lease_until": now + LEASE, "lease_worker": worker, "lease_limit": limit}


def finish(session: Session, row: Any, **values: Any) -> bool:
    """End a lease with a new state; False where somebody else has claimed the row since."""
    table = type(row)
    done = session.execute(
        update(table)
        .where(table.id == row.id, table.state == "leased", table.attempt == row.attempt)
        .values(leased_until=None, leased_by=None, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has a row count


def release_all(session: Session, table: type[Base]) -> None:
    """Make every leased row due again: right only where no other worker can be alive (embedded, at start)."""
    columns: Any = table
    session.execute(
        update(table).where(columns.state == "leased").values(state="due", leased_until=None, leased_by=None)
    )
