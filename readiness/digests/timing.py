"""When a person's next digest goes out. Pure."""

from datetime import datetime, timedelta

from foundation.clock import JAPAN

HOUR = 9
WEEK = timedelta(days=7)


def next_digest(now: datetime, last: datetime | None) -> datetime:
    """Return the next nine o'clock in Japan that lies a week or more after the last digest's day."""
    earliest = now if last is None else max(now, last + WEEK - timedelta(hours=HOUR))
    local = earliest.astimezone(JAPAN)
    at = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)
