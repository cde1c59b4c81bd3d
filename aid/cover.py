"""How many partners to ask, so that what they offer covers a need with a wanted certainty, and no more.

An asked partner offers nothing, half or all of what it is asked; the sum of many is computed exactly, unit by unit up
to the need. Chances are learned from what partners answered before, and pulled towards one half, for whoever was
asked seldom and always said yes is the one that a ranking prefers and that disappoints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erf, log, sqrt

CERTAINTY = 0.95
ALL_OF_IT = 0.7
"""Share of those that say yes who offer all they are asked; the others offer half of it."""
PSEUDO_CALLS = 8
"""Made-up calls, half of them answered with yes, that every partner starts with."""
MEDIAN_MINUTES = 30.0
SPREAD = 1.0
"""Half of the answers come within the median; their logarithm has this standard deviation."""
SPEAKING = 0.5
"""Share of those who will not help that say so; the others stay silent."""


@dataclass(frozen=True, slots=True)
class Ask:
    """照会の見込み: the units asked of a partner and the chance (0 to 1) that it says yes in time."""

    quantity: int
    chance: float


def chance_of_yes(said_yes: int, asked: int) -> float:
    """Return the chance that a partner says yes, from how often it did (0 to 1)."""
    return (said_yes + PSEUDO_CALLS / 2) / (asked + PSEUDO_CALLS)


def chance_in_time(chance: float, minutes: float, silent_for: float = 0.0) -> float:
    """Return the chance that somebody who has been silent so long says yes within the next minutes."""
    if silent_for <= 0:
        return chance * _answered_by(minutes)
    yes = chance * (1 - _answered_by(silent_for))
    no = (1 - chance) * (1 - SPEAKING * _answered_by(silent_for))
    still = chance * (_answered_by(silent_for + minutes) - _answered_by(silent_for))
    return still / (yes + no)


def certainty(need: int, asks: Iterable[Ask]) -> float:
    """Return the chance that the offers reach the need."""
    reached = _Reached(need)
    for ask in asks:
        reached.add(ask)
    return reached.certainty


def fewest(need: int, candidates: Sequence[Ask], target: float = CERTAINTY, asked: Iterable[Ask] = ()) -> int:
    """Return how many of the candidates, from the first, must be asked besides those asked already.

    All of them where even they do not reach the target.
    """
    reached = _Reached(need)
    for ask in asked:
        reached.add(ask)
    for count, ask in enumerate(candidates):
        if reached.certainty >= target:
            return count
        reached.add(ask)
    return len(candidates)


class _Reached:
    """The chance of each sum of offers, all that reach the need taken together."""

    def __init__(self, need: int) -> None:
        self._need = max(need, 0)
        self._chances = [0.0] * self._need + [1.0]
        if self._need:
            self._chances[0], self._chances[-1] = 1.0, 0.0

    @property
    def certainty(self) -> float:
        return self._chances[-1]

    def add(self, ask: Ask) -> None:
        if ask.quantity <= 0 or not self._need:
            return
        half = (ask.quantity + 1) // 2
        before = self._chances
        after = [chance * (1 - ask.chance) for chance in before]
        for units, share in ((ask.quantity, ALL_OF_IT), (half, 1 - ALL_OF_IT)):
            weight = ask.chance * share
            for so_far, chance in enumerate(before):
                if chance:
                    after[min(so_far + units, self._need)] += chance * weight
        self._chances = after


def _answered_by(minutes: float) -> float:
    """The share of those who answer that have done so after so many minutes (log-normal)."""
    if minutes <= 0:
        return 0.0
    return 0.5 * (1 + erf(log(minutes / MEDIAN_MINUTES) / (SPREAD * sqrt(2))))
