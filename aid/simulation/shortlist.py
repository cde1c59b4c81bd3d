"""The ways of one need that are looked at in a round: some cheap ones, some picked by hash, enough to serve it.

The same choice as `aid.allocation.thinning` makes, but its order is worked out once for a need and kept over rounds.
"""

from collections.abc import Collection, Mapping, Sequence

from aid.allocation.problem import Way
from aid.allocation.thinning import CHEAP, PICKED, TIMES_OVER, picked_order

NOBODY: Collection[str] = frozenset()


class Shortlist:
    """候補の絞り込み: all ways of a need, the cheapest first, and the order in which the rest is picked."""

    def __init__(self, need: str, ways: Sequence[Way]) -> None:
        self._cheapest = sorted(ways, key=lambda way: (way.points, way.store))
        self._place = {way.store: place for place, way in enumerate(self._cheapest)}
        self._picked = [way.store for way in picked_order(need, self._cheapest)]

    def of(self, quantity: int, free: Mapping[str, int], without: Collection[str] = NOBODY) -> tuple[Way, ...]:
        """Return the ways to look at, the cheapest first.

        `free`: what may be asked now of each store that has something, and of no other; `without`: stores that are
        not to be asked.
        """
        if len(free) <= PICKED:  # all of them would be picked: what is scarce is soon looked through
            kept = {self._place[store] for store in free if store in self._place and store not in without}
        else:
            kept = self._chosen(quantity, free, without)
        return tuple(self._cheapest[place] for place in sorted(kept))

    def _chosen(self, quantity: int, free: Mapping[str, int], without: Collection[str]) -> set[int]:
        kept = set[int]()
        for place, way in enumerate(self._cheapest):
            if way.store in free and way.store not in without:
                kept.add(place)
                if len(kept) == CHEAP:
                    break
        count = reach = 0
        for store in self._picked:
            if store in free and store not in without:
                count, reach = count + 1, reach + min(free[store], quantity)
                kept.add(self._place[store])
                if count >= PICKED and reach >= TIMES_OVER * quantity:
                    break
        return kept
