"""How many partners to ask, so that what they offer covers a need with a wanted certainty, and no more.

An asked partner offers nothing, half or all of what it is asked; the sum of many is computed exactly, unit by unit up
to the need. Chances are learned from what partners answered before, and pulled towards one half, for whoever was
asked seldom and always said yes is the one that a ranking prefers and that disappoints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
STEPS = 400
"""A greater need is counted in so many steps, offers rounded down: the certainty is then never overstated."""


@dataclass(frozen=True, slots=True)
class Ask:
    """照会の見込み: the units asked of a partner and the chance (0 to 1) that it says yes in time."""

    quantity: int
    chance: float

    @property
    def expected(self) -> float:
        """The units that are offered on average."""
        half = (self.quantity + 1) // 2
        return self.chance * (ALL_OF_IT * self.quantity + (1 - ALL_OF_IT) * half)


def chance_of_yes(said_yes: int, asked: int) -> float:
    """Return the chance that a partner says yes, from how often it did (0 to 1)."""
    return (said_yes + PSEUDO_CALLS / 2) / (asked + PSEUDO_CALLS)


def chance_in_time(chance: float, minutes: float, silent_for: float = 0.0, median: float = MEDIAN_MINUTES) -> float:
    """Return the chance that somebody who has been silent so long says yes within the next minutes.

    `median`: within how many minutes half of the group's answers come.
    """
    if silent_for <= 0:
        return chance * _answered_by(minutes, median)
    so_far = _answered_by(silent_for, median)
    yes = chance * (1 - so_far)
    no = (1 - chance) * (1 - SPEAKING * so_far)
    still = chance * (_answered_by(silent_for + minutes, median) - so_far)
    return still / (yes + no) if still > 0 else 0.0


def certainty(need: int, asks: Iterable[Ask]) -> float:
    """Return the chance that the offers reach the need."""
    reached = _Reached(need)
    for ask in asks:
        reached.add(ask)
    return reached.certainty


def is_covered(need: int, asks: Sequence[Ask], target: float = CERTAINTY) -> bool:
    """Return whether the offers reach the need with the wanted certainty."""
    if sum(ask.expected for ask in asks) < target * need:
        return False  # by Markov's inequality, soon seen
    return certainty(need, asks) >= target


def fewest(need: int, candidates: Sequence[Ask], target: float = CERTAINTY, asked: Iterable[Ask] = ()) -> int:
    """Return how many of the candidates, from the first, must be asked besides those asked already.

    All of them where even they do not reach the target.
    """
    asked = list(asked)
    if sum(ask.expected for ask in (*asked, *candidates)) < target * need:
        return len(candidates)  # by Markov's inequality not even all of them reach it
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
        self._step = -(-need // STEPS) if need > STEPS else 1
        self._need = -(-max(need, 0) // self._step)
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
        for offered, share in ((ask.quantity, ALL_OF_IT), (half, 1 - ALL_OF_IT)):
            units, weight = offered // self._step, ask.chance * share
            for so_far, chance in enumerate(before):
                if chance:
                    after[min(so_far + units, self._need)] += chance * weight
        self._chances = after


@lru_cache(maxsize=1024)
def _answered_by(minutes: float, median: float) -> float:
    """The share of those who answer that have done so after so many minutes (log-normal)."""
    if minutes <= 0:
        return 0.0
    return 0.5 * (1 + erf(log(minutes / median) / (SPREAD * sqrt(2))))
