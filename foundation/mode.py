"""Live or drill: fixed when a database is created, never a switch on a form."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database.base import Base, Instant


class Mode(StrEnum):
    """運用区分: whether an instance serves real disasters or a drill."""

    LIVE = "live"
    DRILL = "drill"

    @property
    def mark(self) -> str:
        """What stands in front of every message and page."""
        return "【訓練】" if self is Mode.DRILL else ""


class Instance(Base):
    """設置情報: the one row that says what this database is."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mode: Mapped[str]
    created_at: Mapped[Instant]


class WrongModeError(RuntimeError):
    """A process of the one mode met a database of the other."""


def settle(session: Session, wanted: Mode | None) -> Mode:
    """Stamp a new database with the wanted mode (live unless said), or return the mode it has.

    Raises WrongModeError where another mode is wanted than the one stamped.
    """
    stamped = session.scalar(select(Instance.mode))
    if stamped is None:
        mode = wanted or Mode.LIVE
        session.add(Instance(id=1, mode=mode.value, created_at=clock.now(session)))
        return mode
    mode = Mode(stamped)
    if wanted is not None and wanted is not mode:
        raise WrongModeError(
            f"このデータベースは {mode} 用です。YUIMARU_MODE={wanted} では開けません。"
            f" (this database is of mode {mode}; it can't be opened with YUIMARU_MODE={wanted})"
        )
    return mode
