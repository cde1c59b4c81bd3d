"""Tries of which nobody knows whether they went out: who can be asked is asked, before a message is repeated."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.models import Attempt


@dataclass(frozen=True, slots=True)
class Doubt:
    """不明な試行: an earlier try of a delivery, and the gateway that can be asked about it."""

    attempt: str
    gateway: str


def in_doubt(session: Session, deliveries: Collection[str]) -> dict[str, Doubt]:
    """Return the latest try in doubt of each delivery that has one."""
    if not deliveries:
        return {}
    rows = session.execute(
        select(Attempt.delivery_id, Attempt.id, Attempt.gateway)
        .where(Attempt.delivery_id.in_(deliveries), Attempt.state == "unknown", Attempt.fate.is_(None))
        .order_by(Attempt.number)
    )
    return {row.delivery_id: Doubt(row.id, row.gateway) for row in rows}
