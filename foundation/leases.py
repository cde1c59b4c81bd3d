"""Claiming due rows: the one statement by which workers share deliveries and timers.

A claim is a lease: it names the worker, ends by itself, and counts the attempt. Whoever finishes must show the
attempt it claimed (fencing), so a worker that was taken for dead can't overwrite its successor's result.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, String, and_, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database.base import Base, Instant

LEASE = timedelta(seconds=45)
"""How long a claimed row is left to its worker; longer than any gateway takes to give up."""


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

Row = TypeVar("Row", bound=Base)


def claim(
    session: Session,
    table: type[Row],
    *,
    worker: str,
    limit: int,
    order: Sequence[Any],
) -> list[Row]:
    """Lease up to `limit` due rows (or rows whose lease ran out) to the worker and return them.

    PostgreSQL skips what another worker is claiming; SQLite has one writer.
    """
    now = clock.now(session)
    columns: Any = table
    is_due = or_(
        and_(columns.state == "due", columns.due_at <= now),
        and_(columns.state == "leased", columns.leased_until < now),
    )
    chosen = select(columns.id).where(is_due).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    statement = (
        update(table)
        .where(columns.id.in_(chosen.scalar_subquery()))
        .values(state="leased", leased_until=now + LEASE, leased_by=worker, attempt=columns.attempt + 1)
        .returning(table)
        .execution_options(synchronize_session=False)
    )
    return list(session.scalars(statement))


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


def next_due(session: Session, table: type[Base]) -> datetime | None:
    """Return when the next row falls due, or None."""
    columns: Any = table
    instant: datetime | None = session.scalar(
        select(columns.due_at).where(columns.state == "due").order_by(columns.due_at).limit(1)
    )
    return instant
