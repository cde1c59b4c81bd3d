"""How long is waited before somebody is asked or told again: twice as long each time, up to six hours."""

from datetime import timedelta

LONGEST = timedelta(hours=6)
"""The longest that is waited between two reminders: each shift of a duty desk hears of it once."""


def pause(answer_time: timedelta, repeats: int) -> timedelta:
    """Return how long to wait after the `repeats`-th reminder (0: after the receipt itself).

    The group's answer time first, then twice as long each time, to `LONGEST` or the answer time where that is longer.
    """
    longest = max(LONGEST, answer_time)
    # Beyond this many doublings the longest is reached whatever the answer time; it also keeps the number small
    return min(answer_time * (1 << min(repeats, 16)), longest)


def passed(answer_time: timedelta, waited: timedelta) -> int:
    """Return how many such pauses, one after the other, lie within the time waited."""
    count = 0
    while waited >= (next_one := pause(answer_time, count)):
        waited -= next_one
        count += 1
    return count
