"""How long a sign-in counts."""

from datetime import timedelta

LONGEST = timedelta(hours=12)
"""From the sign-in to its end, whatever is done: one shift at a disaster headquarters."""
IDLE = timedelta(minutes=30)
IDLE_SHARED = timedelta(minutes=5)
"""On a terminal that others use next."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use notes that it is; its idle limit may come this much early, and never late."""
PARALLEL = 2
"""Sessions of one person at a time that nobody wonders about: a desk and a phone."""
