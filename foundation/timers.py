"""Timers are rows: what must happen later is written with the change that makes it necessary."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, delete, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation.database.base import Base, Id, Key
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.leases import LEASE_CHECK, Leased, claim, finish


class Timer(Leased, Base):
    """タイマー: at `due_at`, the act named `kind` happens to `subject` (an id of the room that set it)."""

    __tablename__ = "timers"
    __table_args__ = (
        LEASE_CHECK,
        CheckConstraint("state IN ('due', 'leased', 'done')", name="state_known"),
        Index(
            "ix_timers_due",
            "due_at",
            postgresql_where=text("state <> 'done'"),
            sqlite_where=text("state <> 'done'"),
        ),
        Index(
            "uq_timers_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("state <> 'done'"),
            sqlite_where=text("state <> 'done'"),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[Id]


def schedule(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Set the first timer of its kind for a subject."""
    session.add(Timer(id=new_id(), kind=kind, subject=subject, due_at=due_at))


def schedule_once(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Set a timer unless one of the same kind and subject waits already."""
    row = {"id": new_id(), "kind": kind, "subject": subject, "due_at": due_at, "state": "due", "attempt": 0}
    insert_or_skip(session, Timer, row)


def reschedule(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Set a timer in the place of one of the same kind and subject that may still wait."""
    cancel(session, kind, subject)
    schedule(session, kind, subject, due_at)


def cancel(session: Session, kind: str, subject: str) -> None:
    """Take back a timer that has not gone off."""
    session.execute(delete(Timer).where(Timer.kind == kind, Timer.subject == subject, Timer.state != "done"))


def claim_due(session: Session, worker: str, limit: int = 20) -> list[Timer]:
    """Lease the timers that are due."""
    return claim(session, Timer, worker=worker, limit=limit, order=(Timer.due_at, Timer.id))


def done(session: Session, timer: Timer) -> bool:
    """Mark a claimed timer as gone off; False where it was cancelled or claimed by another since."""
    return finish(session, timer, state="done")
