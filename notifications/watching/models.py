"""What the watch over the outbox keeps: when it last went round, and what it found that is not as it should be."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Instant


class WatchRound(Base):
    """見回り: the one row that says who goes round and when the last round was completed.

    `tally` is the number of deliveries up to the id `tally_id`, as counted at `tallied_at`: none is ever deleted.
    """

    __tablename__ = "watch_rounds"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    begun_at: Mapped[Instant]
    begun_by: Mapped[str] = mapped_column(String(64))
    completed_at: Mapped[Instant | None]
    tally: Mapped[int | None]
    tally_id: Mapped[str | None] = mapped_column(String(36))
    tallied_at: Mapped[Instant | None]


class Trouble(Base):
    """異常: one kind of trouble in one place (a channel, or empty), while it lasts and until it comes again.

    `told_at` is when operators were last told of it, `told_times` how often since it began; `clear_told_at` when they
    were told that it is over.
    """

    __tablename__ = "troubles"
    __table_args__ = (CheckConstraint("is_open = (cleared_at IS NULL)", name="cleared_at_fits"),)

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    place: Mapped[str] = mapped_column(String(8), primary_key=True)
    is_open: Mapped[bool]
    count: Mapped[int]
    since_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    cleared_at: Mapped[Instant | None]
    told_at: Mapped[Instant | None]
    told_times: Mapped[int] = mapped_column(default=0)
    clear_told_at: Mapped[Instant | None]
