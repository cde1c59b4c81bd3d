"""A played day: what is due next happens, until the day ends."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from aid.simulation.world import HORIZON

SKIM = 0.25
CONSIDER = 4.0
DIGEST_LINE = 3.0
"""Minutes at a partner's desk: to look at a message, to work on one, to work on one line of a digest."""


class Day:
    """一日: time in minutes from the start; what is due at the same moment happens in the order it was set."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        heappush(self._due, (moment, next(self._order), act))

    def run(self) -> None:
        """Let the whole day pass."""
        while self._due and self._due[0][0] <= HORIZON:
            self.now, _, act = heappop(self._due)
            act()


class Desks:
    """机: one for each partner, one thing after the other."""

    def __init__(self) -> None:
        self._free_at: dict[str, float] = {}

    def serve(self, member: str, now: float, minutes: float) -> float:
        """Return when a partner is through with something that comes now."""
        done = max(now, self._free_at.get(member, 0.0)) + minutes
        self._free_at[member] = done
        return done
