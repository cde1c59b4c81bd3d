"""Blanking what is personal of old messages: to where they went, by whom and what was written; the record stays.

That somebody was told, when, by which way, how often it was tried and what was answered is what a record is for.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import table_of
from foundation.ids import least_id
from foundation.sealing import BLANK
from notifications.models import Delivery, InboundMessage
from notifications.outbox import DIGEST

KEPT = timedelta(days=400)
"""A fiscal year and the weeks in which it is looked back upon."""
AT_ONCE = 500
_DELIVERIES = table_of(Delivery)
_INBOUND = table_of(InboundMessage)


def forget_deliveries(session: Session) -> int:
    """Blank address and name of some deliveries that ended long ago, and what they are found by; return how many."""
    table, before = _DELIVERIES.c, clock.now(session) - KEPT
    over = (
        select(table.id)
        .where(
            # Ids are in the order of time, and no index knows the rest
            table.id < least_id(before),
            table.state.not_in(("due", "leased")),
            table.finished_at < before,
            table.address_sealed != BLANK,
        )
        .order_by(table.id)
        .limit(AT_ONCE)
    )
    return _blank(
        session, _DELIVERIES, session.scalars(over).all(), ("address_digest",), name="", address_sealed=BLANK
    )


def forget_inbound(session: Session) -> int:
    """Blank sender and text of some messages that were settled long ago; return how many."""
    table, before = _INBOUND.c, clock.now(session) - KEPT
    over = (
        select(table.id)
        .where(
            table.id < least_id(before),
            table.handled_at < before,
            table.result != "needs_person",
            table.sender_sealed != BLANK,
        )
        .order_by(table.id)
        .limit(AT_ONCE)
    )
    blank = {"sender_sealed": BLANK, "text_sealed": BLANK, "message_id": None}
    return _blank(session, _INBOUND, session.scalars(over).all(), ("sender_digest", "text_digest"), **blank)


def _blank(session: Session, table: Table, rows: Sequence[str], digests: Sequence[str], **blank: Any) -> int:
    if rows:
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in digests}
        statement = update(table).where(table.c.id == bindparam("the_id")).values(**blank, **new)
        # Random, and another one for each row: equal ones would still tell who is the same
        given = [{"the_id": row} | {f"new_{name}": os.urandom(DIGEST) for name in digests} for row in rows]
        session.execute(statement, given)
    return len(rows)
