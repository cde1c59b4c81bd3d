"""Whose turn it is: what one request is asking of a partner is not asked of it by another as well.

Life comes first. What is held for minor requests does not stand in the way of one where life is at stake; and a
request waits for the holds of more urgent ones to end, even where nobody else is left to ask.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aid.ranking import traits

Key: TypeAlias = tuple[str, str]
"""A member and a kind."""
LIFE = 1
MINOR = 3
LOWEST = 4
"""Priorities of requests: 1 is the most urgent."""


@dataclass(frozen=True, slots=True)
class Held:
    """仮押さえの計: units of a kind that others are asking of a member, and how urgent the first of them is."""

    quantity: int
    priority: int


NOTHING = Held(0, LOWEST)


def lowest_counted(priority: int) -> int:
    """Return the least urgent priority whose holds count for a request of this one."""
    return MINOR - 1 if priority == LIFE else LOWEST


def askable(free: int, held: Held, own: int = 0) -> int:
    """Return how many of the free units nobody else is asking for; `own`, asked for already, need not be given up."""
    return max(free - held.quantity, min(own, free), 0)


def may_ask_as_well(priority: int, held: Held) -> bool:
    """Tell whether a request may ask for what is held, where nobody else is left: not before a more urgent one."""
    return priority <= held.priority


def taken(held: Mapping[Key, int], available: Mapping[Key, int], least_fit: int) -> Iterator[tuple[Key, str, int]]:
    """Return of which kind a member would give so many units of what is held, as the ledger takes it.

    Of the kind asked for first; what there is not enough of is taken of what stands in for it, the best first. What
    there is nothing of counts with the kind asked for.
    """
    left, lacking = dict(available), dict[Key, int]()
    for key, units in sorted(held.items()):
        lacking[key] = units - _take(left, key, units)
        yield key, key[1], units - lacking[key]
    for key in lacking:
        for kind in traits.kinds_instead(key[1], least_fit) if lacking[key] else ():
            units = _take(left, (key[0], kind), lacking[key])
            lacking[key] -= units
            yield key, kind, units
        yield key, key[1], lacking[key]


def spread(held: Mapping[Key, Held], available: Mapping[Key, int], least_fit: int) -> dict[Key, Held]:
    """Return what is held of each kind that a member would give, whichever kind it was asked for."""
    found: dict[Key, Held] = {}
    for key, kind, units in taken({key: each.quantity for key, each in held.items()}, available, least_fit):
        if units:
            place = key[0], kind
            before = found.get(place, NOTHING)
            found[place] = Held(before.quantity + units, min(before.priority, held[key].priority))
    return found


def _take(left: dict[Key, int], key: Key, units: int) -> int:
    part = min(left.get(key, 0), units)
    left[key] = left.get(key, 0) - part
    return part
