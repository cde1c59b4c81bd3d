"""The ways of one need that are looked at in a round: some cheap ones, some picked by hash, enough to serve it.

The same choice as `aid.allocation.thinning` makes, but its order is worked out once for a need and kept over rounds.
"""

from collections.abc import Callable, Sequence

from aid.allocation.problem import Way
from aid.allocation.thinning import CHEAP, PICKED, TIMES_OVER, picked_order


class Shortlist:
    """候補の絞り込み: all ways of a need, the cheapest first, and the order in which the rest is picked."""

    def __init__(self, need: str, ways: Sequence[Way]) -> None:
        self._cheapest = sorted(ways, key=lambda way: (way.points, way.store))
        self._picked = picked_order(need, self._cheapest)

    def of(self, quantity: int, free: Callable[[str], int]) -> tuple[Way, ...]:
        """Return the ways to look at, the cheapest first; `free` says what may be asked of a store now."""
        kept: dict[str, Way] = {}
        for way in self._cheapest:
            if len(kept) == CHEAP:
                break
            if free(way.store) > 0:
                kept[way.store] = way
        count = reach = 0
        for way in self._picked:
            if count >= PICKED and reach >= TIMES_OVER * quantity:
                break
            if (units := free(way.store)) > 0:
                count, reach = count + 1, reach + min(units, quantity)
                kept[way.store] = way
        return tuple(sorted(kept.values(), key=lambda way: (way.points, way.store)))
