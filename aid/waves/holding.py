"""Whose turn it is: what one request is asking of a partner is not asked of it by another as well.

Life comes first. What is held for minor requests does not stand in the way of one where life is at stake; and a
request waits for the holds of more urgent ones to end, even where nobody else is left to ask.
"""

from dataclasses import dataclass

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


def askable(free: int, held: Held) -> int:
    """Return how many of the free units nobody else is asking for."""
    return max(free - held.quantity, 0)


def may_ask_as_well(priority: int, held: Held) -> bool:
    """Tell whether a request may ask for what is held, where nobody else is left: not before a more urgent one."""
    return priority <= held.priority
