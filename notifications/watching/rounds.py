"""Going round: one worker at a time, what it found as rows, and of what operators are still to be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import insert_or_skip
from notifications.watching.judging import (
    Finding,
    Standing,
    TroubleKind,
    begins_anew,
    is_all_clear,
    is_to_be_told,
)
from notifications.watching.looking import Tally
from notifications.watching.models import Trouble, WatchRound
from notifications.watching.wording import Report

EVERY = timedelta(seconds=30)
"""Between two rounds."""
_ONE = 1


@dataclass(frozen=True, slots=True)
class Due:
    """知らせるべき異常: what operators are to be told now."""

    open: Sequence[Finding]
    cleared: Sequence[Finding]

    def __bool__(self) -> bool:
        return bool(self.open or self.cleared)

    @property
    def report(self) -> Report:
        return Report(self.open, self.cleared)

    @property
    def places(self) -> list[str]:
        """Return the channels that are in trouble."""
        return [each.place for each in self.open if each.place]


def begin(session: Session, worker: str) -> bool:
    """Take the round that is due; False where another worker has it."""
    now = clock.now(session)
    if insert_or_skip(session, WatchRound, {"id": _ONE, "begun_at": now, "begun_by": worker}):
        return True
    taking = update(WatchRound).where(WatchRound.begun_at <= now - EVERY * 0.9)
    done = session.execute(taking.values(begun_at=now, begun_by=worker))
    return cast("CursorResult[Any]", done).rowcount == _ONE


def complete(
    session: Session, found: Sequence[Finding], looked_at: Collection[TroubleKind], tally: Tally | None
) -> Due:
    """Keep what a round found; kinds that it did not look at stay as they are. Return what is to be told."""
    now = clock.now(session)
    kept = {(row.kind, row.place): row for row in session.scalars(select(Trouble).with_for_update())}
    for each in found:
        _open(session, kept.get((each.kind.value, each.place)), each, now)
    seen = {(each.kind.value, each.place) for each in found}
    for key, row in kept.items():
        if key not in seen and row.is_open and row.kind in looked_at:
            row.is_open, row.cleared_at = False, now
    session.flush()
    done: dict[str, Any] = {"completed_at": now}
    if tally is not None:
        done |= {"tally": tally.count, "tally_id": tally.up_to, "tallied_at": now}
    session.execute(update(WatchRound).values(done))
    return _due(session, now)


def note_told(session: Session, due: Due) -> None:
    """Keep that operators were told, so that neither a restart nor another worker tells them again."""
    now = clock.now(session)
    for each in due.open:
        row = session.get_one(Trouble, (each.kind.value, each.place), with_for_update=True)
        row.told_at, row.told_times = now, row.told_times + 1
    for each in due.cleared:
        session.get_one(Trouble, (each.kind.value, each.place), with_for_update=True).clear_told_at = now
    session.flush()


def completed_at(session: Session) -> datetime | None:
    """Return when a round was last completed, by whichever worker."""
    return session.scalar(select(WatchRound.completed_at))


def is_untold(session: Session) -> bool:
    """Tell whether there is a trouble of which nobody could be told: outside monitoring is then the last to hear."""
    return bool(session.scalar(select(Trouble.kind).where(Trouble.is_open, Trouble.told_at.is_(None)).limit(1)))


def open_kinds(session: Session) -> list[str]:
    """Return what is wrong now, as `kind:place`."""
    rows = session.scalars(select(Trouble).where(Trouble.is_open).order_by(Trouble.kind, Trouble.place))
    return [f"{row.kind}:{row.place}" if row.place else row.kind for row in rows]


def _open(session: Session, row: Trouble | None, found: Finding, now: datetime) -> None:
    if row is None:
        row = Trouble(kind=found.kind.value, place=found.place, since_at=now, told_times=0, is_open=True)
        session.add(row)
    elif not row.is_open:
        if begins_anew(_standing(row), now):
            row.told_at, row.told_times = None, 0
        row.is_open, row.cleared_at, row.since_at = True, None, now
    row.count, row.seen_at = found.count, now


def _due(session: Session, now: datetime) -> Due:
    rows = session.scalars(select(Trouble).order_by(Trouble.kind, Trouble.place)).all()
    return Due(
        [_finding(row) for row in rows if is_to_be_told(_standing(row), now)],
        [_finding(row) for row in rows if is_all_clear(_standing(row), now)],
    )


def _standing(row: Trouble) -> Standing:
    return Standing(row.is_open, row.cleared_at, row.told_at, row.told_times, row.clear_told_at)


def _finding(row: Trouble) -> Finding:
    return Finding(TroubleKind(row.kind), row.place, row.count)
