"""From what was counted to what is wrong; and when operators hear of it. Pure: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

UNTRIED = timedelta(seconds=90)
"""How long something may be due in a channel in which nothing is tried."""
WINDOW = timedelta(minutes=5)
"""How far back tries tell whether a channel works."""
YOUNG = timedelta(minutes=2)
"""How old a message is before it counts that nothing of its channel is taken over."""
FEW = 3
"""Tries that fail before a channel counts as failing."""
LEFT_BEHIND = timedelta(minutes=15)
"""How long a message may be due in a channel that works."""
UNHANDLED = timedelta(minutes=1)
"""How long something that came in may wait to be understood."""


class TroubleKind(StrEnum):
    """異常の種類: what can be wrong with the outbox."""

    UNTRIED = "untried"
    FAILING = "failing"
    LEFT_BEHIND = "left-behind"
    REFUSED = "refused"
    STALE_LEASE = "stale-lease"
    OPEN_ATTEMPT = "open-attempt"
    MISSING_TIMER = "missing-timer"
    UNHANDLED = "unhandled"
    COUNTS_DIFFER = "counts-differ"
    CLOCK_BACK = "clock-back"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """連絡手段の数字: what waits in one channel, and what came of its tries within `WINDOW`.

    `oldest_due_at` is the due instant of what has waited longest for a try, `oldest_raised_at` of the oldest message
    that is not over.
    """

    waiting: int = 0
    oldest_due_at: datetime | None = None
    oldest_raised_at: datetime | None = None
    overdue: int = 0
    tried: int = 0
    last_tried_at: datetime | None = None
    has_accepted: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """点検の数字: one look at the outbox. `lost` is how many deliveries fewer there are than were counted before.

    `refused`: mails that ended within the last hour since every relay or the far end refused them, address aside.
    """

    now: datetime
    channels: Mapping[str, ChannelFigures] = field(default_factory=dict)
    stale_leases: int = 0
    open_attempts: int = 0
    missing_timers: int = 0
    refused: int = 0
    unhandled: int = 0
    oldest_unhandled_at: datetime | None = None
    lost: int = 0
    ill_counted: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """所見: one trouble, where (a channel, or empty) and how much of it."""

    kind: TroubleKind
    place: str = ""
    count: int = 1


def findings(figures: Figures) -> list[Finding]:
    """Return what is not as it should be."""
    found = [each for name, channel in figures.channels.items() if (each := _of_channel(name, channel, figures.now))]
    counted = (
        (TroubleKind.STALE_LEASE, figures.stale_leases),
        (TroubleKind.OPEN_ATTEMPT, figures.open_attempts),
        (TroubleKind.MISSING_TIMER, figures.missing_timers),
        (TroubleKind.COUNTS_DIFFER, figures.lost + figures.ill_counted),
    )
    found += [Finding(kind, count=count) for kind, count in counted if count]
    if figures.refused:
        found.append(Finding(TroubleKind.REFUSED, "email", figures.refused))
    oldest = figures.oldest_unhandled_at
    if oldest is not None and figures.now - oldest > UNHANDLED:
        found.append(Finding(TroubleKind.UNHANDLED, count=figures.unhandled))
    return found


def _of_channel(name: str, channel: ChannelFigures, now: datetime) -> Finding | None:
    """Nothing tried at all, nothing taken over, or some passed over: at most one of these at a time."""
    due_for = now - channel.oldest_due_at if channel.oldest_due_at else timedelta()
    is_idle = channel.last_tried_at is None or now - channel.last_tried_at > UNTRIED
    if due_for > UNTRIED and is_idle:
        return Finding(TroubleKind.UNTRIED, name, channel.waiting)
    is_young = channel.oldest_raised_at is None or now - channel.oldest_raised_at < YOUNG
    if channel.waiting and not is_young and not channel.has_accepted and channel.tried >= FEW:
        return Finding(TroubleKind.FAILING, name, channel.waiting)
    if channel.overdue:
        return Finding(TroubleKind.LEFT_BEHIND, name, channel.overdue)
    return None


FIRST_PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=24)
SETTLED = timedelta(minutes=1)
"""How long a trouble must be gone before operators are told so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """異常の経過: what is kept of a trouble."""

    is_open: bool
    cleared_at: datetime | None = None
    told_at: datetime | None = None
    told_times: int = 0
    clear_told_at: datetime | None = None


def is_to_be_told(standing: Standing, now: datetime) -> bool:
    """Tell whether operators hear of an open trouble: at once, then after one, two, four … hours, at most a day."""
    if not standing.is_open:
        return False
    if standing.told_at is None or standing.told_at > now:
        # Told by a clock that was put back since
        return True
    doublings = min(max(standing.told_times - 1, 0), 5)
    pause = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return now - standing.told_at >= pause


def is_all_clear(standing: Standing, now: datetime) -> bool:
    """Tell whether operators, who were told of a trouble, hear that it is over: once for each time they were told."""
    if standing.is_open or standing.cleared_at is None or standing.told_at is None:
        return False
    is_said = standing.clear_told_at is not None and standing.clear_told_at >= standing.told_at
    return not is_said and now - standing.cleared_at >= SETTLED


def begins_anew(standing: Standing, now: datetime) -> bool:
    """Tell whether a trouble that is back counts as a new one, of which operators hear at once."""
    return standing.told_at is None or now - standing.told_at >= FIRST_PAUSE
