"""How long to wait after so many wrong sign-ins: a growing delay, never a lock-out. Counts leak as time goes by."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """制限: so many failures are free in `forgotten_after`, then each doubles the wait up to a most.

    Rules are told apart by what they count, not by their numbers.
    """

    free: int
    first: timedelta
    most: timedelta
    forgotten_after: timedelta


ACCOUNT = Rule(5, timedelta(seconds=10), timedelta(minutes=5), timedelta(days=1))
PLACE = Rule(20, timedelta(seconds=10), timedelta(minutes=15), timedelta(hours=1))
"""One address, behind which a whole town hall may sit."""
EVERYBODY = Rule(1000, timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=10))
"""All accounts together: guessing from many addresses on many accounts.

Well above what all municipalities mistype at new places when the ground shakes: a hundred a minute for hours.
"""
ANSWERS = Rule(30, timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""Answers of identity providers at one place that did not hold: that way alone is slowed."""
FAMILIAR = Rule(ACCOUNT.free, ACCOUNT.first, ACCOUNT.most, ACCOUNT.forgotten_after)
"""One account where it has signed in before; counts alone there, so that no stranger keeps the owner out.

The numbers are those of ACCOUNT: nobody learns by counting or waiting who has signed in from the same place.
"""
CODE = Rule(5, timedelta(seconds=10), timedelta(minutes=5), timedelta(days=1))
"""One person's codes, shown after a right password or in an open session, wherever: six digits are soon guessed."""
OWN = frozenset({ACCOUNT, FAMILIAR, CODE})
"""What counts one person alone: the owner is told of it, and settles it by getting in."""
TOLD_AT = 10
"""Failures of one account after which its owner is told."""
_DOUBLINGS = 16
"""More would only overflow: the longest wait is reached long before."""


def delay(rule: Rule, failures: int) -> timedelta:
    """Return how long nothing is looked at after this many failures in a row."""
    beyond = failures - rule.free
    if beyond < 0:
        return timedelta(0)
    grown: timedelta = rule.first * 2 ** min(beyond, _DOUBLINGS)
    return min(grown, rule.most)
