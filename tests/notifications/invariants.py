"""What holds of the outbox after any fault: nothing lost, nothing backwards, as much out as in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.leases import LEASE
from notifications.models import Attempt, Delivery

RANK = {"due": 0, "leased": 0, "expired": 1, "superseded": 1, "failed": 1, "accepted": 1, "delivered": 2}
_LONGEST_PAUSE = timedelta(hours=1, minutes=1)
"""The longest that a provider may ask us to wait, and the jitter."""


@dataclass
class Ledger:
    """受払簿: how the outbox looked when last checked."""

    states: dict[str, str] = field(default_factory=dict)

    def check(self, session: Session, expected: int) -> Mapping[str, str]:
        """Hold the outbox against the invariants and the last look; return the states by delivery."""
        now = clock.now(session)
        rows = list(session.scalars(select(Delivery)))
        assert len(rows) == expected, "as many deliveries as recipients times channels"
        for row in rows:
            before = self.states.get(row.id, "due")
            assert RANK[row.state] >= RANK[before], f"{before} became {row.state}"
            attempts = _attempts(session, row.id)
            assert [each.number for each in attempts] == sorted({each.number for each in attempts})
            assert all(each.number <= row.attempt for each in attempts)
            if row.state == "due":
                assert row.due_at <= now + _LONGEST_PAUSE, "it comes again before long"
                assert row.due_at < row.deadline_at
            if row.state == "leased":
                assert row.leased_until is not None
                assert row.leased_until <= now + LEASE
            else:
                assert not [each for each in attempts if each.state in {"claimed", "posting"}], "no try is left open"
            if row.state == "accepted":
                assert attempts[-1].state == "accepted", "nobody says yes but the gateway"
        self.states = {row.id: row.state for row in rows}
        return self.states


def _attempts(session: Session, delivery: str) -> list[Attempt]:
    return list(session.scalars(select(Attempt).where(Attempt.delivery_id == delivery).order_by(Attempt.number)))
