"""What one gateway is busy with, in one worker: what may be sent now, and how much more to claim for it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from notifications.claiming import Parcel, Want
from notifications.gateways.base import Gateway, Verdict

UNRECORDED = 32
"""Messages of one gateway that may be posted and not recorded: what a crash may repeat."""
MOST_UNRECORDED = 256
"""The most of one that takes them at once: never more than it takes `SOON`, for each transaction costs the same."""
SOON = 0.1
"""Seconds ahead for which messages are noted as being posted: a fast gateway sends many within them."""
FIRST = 4
"""Messages with a gateway at once that has taken none lately, and one more for each that it takes: one that lets in
connections and never answers holds up no more of an alert."""
LATELY = 60.0
"""Seconds."""
STUCK = 2.0
"""Seconds without a free slot after which new messages go past a gateway."""


@dataclass(slots=True)
class Slots:
    """送信枠: how much is being sent, and how much is sent but not recorded; moments are of the loop's clock.

    `waiting` is claimed and has no slot yet, each with the moment until which it may start. `pace` is what was sent
    a second of late; `trust` how many it may have at once by what it has taken, the last at `taken_at`.
    """

    gateway: Gateway
    sending: int = 0
    unrecorded: int = 0
    waiting: deque[tuple[float, Parcel]] = field(default_factory=deque)
    full_since: float | None = None
    pace: float = 0.0
    trust: int = FIRST
    taken_at: float = 0.0

    @property
    def window(self) -> int:
        """Return how many it may have at once now."""
        return min(self.trust, self.gateway.window)

    @property
    def most(self) -> int:
        """Return how many may be posted and not recorded."""
        return max(UNRECORDED, 3 * self.gateway.window, min(int(self.pace * SOON), MOST_UNRECORDED))

    @property
    def is_dry(self) -> bool:
        """Tell whether it could send more than it was given."""
        return not self.waiting and 0 < self.sending < self.window

    def next(self, now: float) -> Parcel | None:
        """Return what may be sent now; what waited too long is left to the end of its lease."""
        while self._has_slot() and self.waiting and self.waiting[0][1].is_posting:
            until, parcel = self.waiting.popleft()
            if now < until:
                self._begin(now)
                return parcel
        return None

    def end(self, verdict: Verdict, now: float) -> None:
        """Note that a message has been sent, and is to be recorded."""
        self.sending -= 1
        self.unrecorded += 1
        self.full_since = None
        if verdict is Verdict.ACCEPTED:
            self.trust, self.taken_at = min(self.trust + 1, self.gateway.window), now

    def want(self, now: float, *, done: int, seconds: float) -> Want:
        """Return how many to claim: the free slots, and for a fast gateway what it will have sent in a moment.

        `done` were taken over in the last so many seconds. Of a slow one next to nothing waits here that another
        worker or gateway could send.
        """
        if now - self.taken_at > LATELY and not self.sending:
            self.trust = FIRST
        self.pace = done / max(seconds, SOON / 10)
        free = self.window - self.sending
        ahead = int(2 * done * min(1.0, SOON / max(seconds, 0.001)))
        room = max(0, min(free + ahead, self.most - self.sending) - len(self.waiting))
        is_stuck = self.full_since is not None and now - self.full_since >= STUCK
        return Want(self.gateway, room, is_stuck)

    def promoted(self) -> Sequence[str]:
        """Return the attempts that were only claimed and have a slot now; to be noted before any is posted."""
        free = self.window - self.sending
        return [parcel.attempt for _, parcel in list(self.waiting)[:free] if not parcel.is_posting]

    def clear(self, attempts: Sequence[str]) -> None:
        """Let those be posted whose record says so now."""
        if attempts:
            self.waiting = deque(
                (until, replace(parcel, is_posting=True) if parcel.attempt in attempts else parcel)
                for until, parcel in self.waiting
            )

    def shut(self) -> Sequence[Parcel]:
        """Give up what was not sent yet."""
        parcels = [parcel for _, parcel in self.waiting]
        self.waiting.clear()
        return parcels

    def _has_slot(self) -> bool:
        return self.sending < self.window and self.sending + self.unrecorded < self.most

    def _begin(self, now: float) -> None:
        self.sending += 1
        if self.sending == self.window:
            self.full_since = now
