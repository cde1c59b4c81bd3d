"""How fast one directory may call: a bucket that fills again, kept in the process."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

PER_SECOND = 20.0
BURST = 400.0
"""Calls at once: the first synchronisation of a town hall's contacts goes through without waiting."""
MOST_KEYS = 10_000


class Pace:
    """呼び出しの速さ: allowances by key (a token, a place that is refused); the longest unused are forgotten."""

    def __init__(
        self, per_second: float = PER_SECOND, burst: float = BURST, now: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def seconds_to_wait(self, key: str, *, counts: bool = True) -> int:
        """Count a call (or only look); return 0 if it may go on, else after how many seconds the next one may."""
        now = self._now()
        left, at = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        may_go_on = left >= 1
        self._left[key] = (left - 1 if may_go_on and counts else left, now)
        if len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)
        return 0 if may_go_on else 1
