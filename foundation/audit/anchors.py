"""Anchors: once a minute the ends of all chains that moved are held together in one row.

Whoever rewrites a chain, to the last row and its head, would have to rewrite every later anchor too, and those are
known outside: the newest is mailed to members every hour.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, Row, cast, insert, or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.audit.chain import GENESIS, anchor_hash, canonical, instant
from foundation.audit.models import AnchoredHead, AuditAnchor, AuditHead
from foundation.database.statements import dialect_of, insert_or_skip

PERIOD = timedelta(seconds=50)
"""Two anchors are at least this far apart, however many workers look once a minute."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """封印: what a checkpoint says of it; `at` is None where somebody made it something that is no instant."""

    number: int
    at: datetime | None
    hash: bytes


def newest(session: Session) -> Anchor | None:
    """Return the newest anchor."""
    # SQLite keeps an instant as text, and keeps anything else in its place as well
    at = cast(AuditAnchor.at, LargeBinary) if dialect_of(session) == "sqlite" else AuditAnchor.at
    columns = select(AuditAnchor.number, at.label("at"), AuditAnchor.hash)
    row = session.execute(columns.order_by(AuditAnchor.number.desc()).limit(1)).one_or_none()
    return Anchor(row.number, _instant_in(row.at), row.hash) if row else None


def make(session: Session) -> int | None:
    """Anchor the heads that moved and return the anchor's number; None where none moved or another was faster."""
    last = newest(session)
    now = clock.now(session)
    if last is not None and last.at is not None and last.at <= now < last.at + PERIOD:
        return None
    moved = _moved(session)
    if not moved:
        return None
    number = last.number + 1 if last else 1
    previous = last.hash if last else GENESIS
    heads = {row.chain: [row.sequence, row.hash.hex()] for row in moved}
    made = {
        "number": number,
        "at": now,
        "heads": canonical(heads),
        "previous_hash": previous,
        "hash": anchor_hash(previous, number, instant(now), heads),
    }
    # The number is the lock: of two workers at once, the second waits here for the first and then has nothing to do.
    if not insert_or_skip(session, AuditAnchor, made):
        return None
    _remember(session, moved)
    return number


def heads_in(text: str) -> dict[str, tuple[int, bytes]]:
    """Read an anchor's heads. Raises ValueError or TypeError for what no anchor holds."""
    return {chain: (int(sequence), bytes.fromhex(end)) for chain, (sequence, end) in json.loads(text).items()}


def _instant_in(kept: Any) -> datetime | None:
    if isinstance(kept, datetime):
        return kept.astimezone(UTC)
    try:
        return datetime.fromisoformat(kept.decode()).replace(tzinfo=UTC)
    except (AttributeError, ValueError):
        return None


def _moved(session: Session) -> list[Row[Any]]:
    statement = (
        select(AuditHead.chain, AuditHead.sequence, AuditHead.hash, AnchoredHead.sequence.label("anchored"))
        .outerjoin(AnchoredHead, AnchoredHead.chain == AuditHead.chain)
        .where(AuditHead.sequence > 0)
        .where(or_(AnchoredHead.sequence.is_(None), AnchoredHead.sequence != AuditHead.sequence))
        .order_by(AuditHead.chain)
    )
    return list(session.execute(statement))


def _remember(session: Session, moved: list[Row[Any]]) -> None:
    fresh = [{"chain": row.chain, "sequence": row.sequence} for row in moved if row.anchored is None]
    known = [{"chain": row.chain, "sequence": row.sequence} for row in moved if row.anchored is not None]
    if fresh:
        session.execute(insert(AnchoredHead), fresh)
    if known:
        session.execute(update(AnchoredHead), known)
