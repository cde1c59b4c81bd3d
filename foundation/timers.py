"""Timers are rows: what must happen later is written with the change that makes it necessary."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UpdateBase, bindparam, delete, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database.base import Base, Id, Key, UtcDateTime
from foundation.database.statements import dialect_of, insert_of, insert_or_skip, insert_rows, table_of
from foundation.ids import new_id
from foundation.leases import LEASE, LEASE_CHECK, Leased, claiming, leave


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
    insert_rows(session, Timer, {"id": new_id(), "kind": kind, "subject": subject, "due_at": due_at})


def schedule_once(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Set a timer unless one of the same kind and subject waits already."""
    row = {"id": new_id(), "kind": kind, "subject": subject, "due_at": due_at, "state": "due", "attempt": 0}
    insert_or_skip(session, Timer, row)


def reschedule(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Set a timer in the place of one of the same kind and subject that may still wait."""
    reschedule_all(session, kind, {subject: due_at})


def reschedule_all(session: Session, kind: str, due: Mapping[str, datetime]) -> None:
    """Do so for several subjects, each with its own instant."""
    same = {"kind": kind, "state": "due", "leased_until": None, "leased_by": None, "attempt": 0}
    rows = [{**same, "id": new_id(), "subject": subject, "due_at": due[subject]} for subject in sorted(due)]
    if rows:
        session.flush()
        session.execute(_putting(dialect_of(session)), rows)


def hasten(session: Session, kind: str, subject: str, due_at: datetime) -> bool:
    """Set a timer, or let the one that waits go off no later; return False where it is going off at this moment.

    That one is never waited for: what it does may take long, and its row is locked meanwhile.
    """
    if goes_off(session, kind, subject):
        return False
    schedule_once(session, kind, subject, due_at)
    return advance(session, kind, subject, due_at)


def advance(session: Session, kind: str, subject: str, due_at: datetime) -> bool:
    """Let a timer that waits go off no later; return False where none waits."""
    which = {"the_kind": kind, "the_subject": subject}
    session.execute(_HASTEN, which | {"the_instant": due_at})
    return session.scalar(_WAITS, which) is not None


def goes_off(session: Session, kind: str, subject: str) -> bool:
    """Tell whether a worker is seeing to a timer of this kind and subject."""
    return session.scalar(_GOES_OFF, {"the_kind": kind, "the_subject": subject}) is not None


def cancel(session: Session, kind: str, *subjects: str) -> None:
    """Take back timers that have not gone off."""
    if subjects:
        session.flush()
        session.execute(_CANCEL, {"kind": kind, "subjects": sorted(subjects)})


_TIMERS = table_of(Timer)
_IS_OPEN = text("state <> 'done'")
_CANCEL = delete(_TIMERS).where(
    _TIMERS.c.kind == bindparam("kind"), _TIMERS.c.subject.in_(bindparam("subjects", expanding=True)), _IS_OPEN
)


_IS_WAITING = (
    _TIMERS.c.kind == bindparam("the_kind"),
    _TIMERS.c.subject == bindparam("the_subject"),
    _TIMERS.c.state == "due",
)
_HASTEN = (
    update(_TIMERS)
    .where(*_IS_WAITING, _TIMERS.c.due_at > bindparam("the_instant", type_=UtcDateTime))
    .values(due_at=bindparam("the_instant", type_=UtcDateTime))
)
_WAITS = select(_TIMERS.c.id).where(*_IS_WAITING)
_GOES_OFF = select(_TIMERS.c.id).where(
    _TIMERS.c.kind == bindparam("the_kind"),
    _TIMERS.c.subject == bindparam("the_subject"),
    _TIMERS.c.state == "leased",
)


@cache
def _putting(dialect: str) -> Any:
    """The new timer takes the row of the old one with all its columns: who claimed the old one finds its id gone."""
    made = insert_of(Timer, dialect)
    return made.on_conflict_do_update(
        index_elements=[_TIMERS.c.kind, _TIMERS.c.subject],
        index_where=_IS_OPEN,
        set_={each.name: made.excluded[each.name] for each in _TIMERS.c},
    )


def claim_due(session: Session, worker: str, limit: int = 20) -> list[Timer]:
    """Lease the timers that are due."""
    return list(session.scalars(_claiming(), leave(session, worker, limit)))


@cache
def _claiming() -> UpdateBase:
    return claiming(Timer, order=(Timer.due_at, Timer.id), returning=(Timer,))


def done(session: Session, timer: Timer) -> bool:
    """Mark a claimed timer as gone off; False where it was cancelled or claimed by another since."""
    found = session.execute(_DONE, {"the_id": timer.id, "the_attempt": timer.attempt})
    return bool(found.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has a row count


def extend(session: Session, timer: Timer) -> bool:
    """Keep a claimed timer for as long again; False where it was cancelled or claimed by another since."""
    until = clock.now(session) + LEASE
    found = session.execute(_EXTEND, {"the_id": timer.id, "the_attempt": timer.attempt, "until": until})
    return bool(found.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has a row count


_IS_CLAIMED = (
    _TIMERS.c.id == bindparam("the_id"),
    _TIMERS.c.state == "leased",
    _TIMERS.c.attempt == bindparam("the_attempt"),
)
_EXTEND = update(_TIMERS).where(*_IS_CLAIMED).values(leased_until=bindparam("until", type_=UtcDateTime))
_DONE = update(_TIMERS).where(*_IS_CLAIMED).values(state="done", leased_until=None, leased_by=None)
"""Put together once: a thousand timers may be due in one second."""
