"""Time comes from here: UTC and aware everywhere, Japan time for the days of duties."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    # The process that reads files from outside knows the time zone, and no database.
    from sqlalchemy.orm import Session

JAPAN = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Whatever tells the time; tests hand in one that they move by hand."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved (tests, simulations)."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward and return the new instant."""
        self._now += by
        return self._now


def now(session: "Session") -> datetime:
    """Return the instant at which the session's transaction began: all its rows carry the same one."""
    instant = session.info["now"]
    assert isinstance(instant, datetime)
    return instant


def today(session: "Session") -> date:
    """Return the transaction's day in Japan."""
    return now(session).astimezone(JAPAN).date()


def fiscal_year(day: date) -> int:
    """Return the Japanese fiscal year (年度, April to March) of a day."""
    return day.year if day.month >= 4 else day.year - 1  # noqa: PLR2004 — April, the month the year begins
