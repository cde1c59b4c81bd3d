"""How reachable a member is: what was acknowledged within the year, of what it owes. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

CONTACTS = 2
"""Contacts that a member owes."""
CHANNELS = 2
"""Working channels that each of them owes."""
OWED = CONTACTS * CHANNELS
_DAYS_OF_YEAR = 365
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Proof:
    """確認の状況: one channel of one contact (person or desk): last acknowledged, last failed, known to be dead."""

    holder: str
    acknowledged_at: datetime | None = None
    failed_at: datetime | None = None
    dead_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """確認の得点: acknowledged channels that count, of those owed."""

    acknowledged: int
    owed: int = OWED

    @property
    def percent(self) -> int:
        return 100 * self.acknowledged // self.owed


def span_of(months: int) -> timedelta:
    """Return how long an acknowledgement counts."""
    return timedelta(days=months * _DAYS_OF_YEAR / _MONTHS)


def is_proven(proof: Proof, now: datetime, months: int) -> bool:
    """Tell whether a channel was acknowledged within so many months, and has not failed or died since."""
    if proof.acknowledged_at is None or proof.dead_at is not None:
        return False
    has_failed_since = proof.failed_at is not None and proof.failed_at > proof.acknowledged_at
    return not has_failed_since and now - proof.acknowledged_at <= span_of(months)


def score(proofs: Iterable[Proof], now: datetime, months: int) -> Score:
    """Return a member's score: of its two best contacts, two channels each; a third of either adds nothing."""
    proven = Counter(each.holder for each in proofs if is_proven(each, now, months))
    best = sorted((min(count, CHANNELS) for count in proven.values()), reverse=True)[:CONTACTS]
    return Score(sum(best))
