"""Fewer ways for each need, without loss: never the nearest alone, for all who are hit want the same neighbours.

With the eighty cheapest ways half of what is possible is served; with twenty cheap ones and sixty picked by hash, and
more where those could not serve the need twenty times over, all but a thousandth.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from aid.allocation.problem import Need, Problem, Way

CHEAP = 20
PICKED = 60
TIMES_OVER = 20


def thinned(problem: Problem) -> Problem:
    """Return the problem with as many ways as make a difference."""
    free = {store.key: store.free for store in problem.stores}
    pinned: dict[str, set[str]] = {}
    for pin in problem.pins:
        pinned.setdefault(pin.need, set()).add(pin.store)
    return replace(problem, needs=tuple(_thinned(need, free, pinned.get(need.key, ())) for need in problem.needs))


def picked_order(need: str, ways: Sequence[Way]) -> list[Way]:
    """Return the ways of a need in the order in which they are picked: by hash, the same on every machine."""
    return sorted(ways, key=lambda way: blake2b(f"{need}|{way.store}".encode(), digest_size=8).digest())


def _thinned(need: Need, free: Mapping[str, int], pinned: Collection[str]) -> Need:
    if len(need.ways) <= CHEAP + PICKED:
        return need
    kept, reach = {*pinned, *(way.store for way in need.ways[:CHEAP])}, 0
    for count, way in enumerate(picked_order(need.key, need.ways)):
        if count >= PICKED and reach >= TIMES_OVER * need.quantity:
            break
        kept.add(way.store)
        reach += min(free[way.store], need.quantity)
    return replace(need, ways=tuple([way for way in need.ways if way.store in kept]))
