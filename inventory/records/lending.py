"""What can be lent of a piece of equipment is what its owner could give: one capability follows one record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from inventory.errors import LessThanPromised, StillPromised
from inventory.models import Capability
from inventory.records.models import InventoryRecord

LEAD_TIME_HOURS = 24
"""Where the record does not say how soon it can leave."""


def keep_in_step(session: Session, actor: Actor, record: InventoryRecord, fields: Mapping[str, Any]) -> None:
    """Declare, change or take back the capability of a record. Raises LessThanPromised, StillPromised.

    What is retired or withheld lends nothing. The row is locked, so that no promise passes it meanwhile. A capability
    of the kind that was declared by hand, and is the only one, becomes the record's: the same things are not offered
    twice. Only what a group may know of a record goes into it, so not the model: `spec` stays the owner's own words.
    """
    kind = None if record.is_retired or record.is_withheld else fields.get("kind")
    quantity = fields.get("lendable_quantity") or 0
    row = _locked(session, Capability.record_id == record.id)
    if row is not None and (row.kind != kind or quantity == 0):
        _take_back(session, actor, row, is_same_kind=row.kind == kind)
        row = None
    if kind is None or quantity == 0:
        return
    row = row or _declared_by_hand(session, record, kind)
    if row is None:
        _declare(session, actor, record, kind, quantity, fields)
    else:
        _change(session, actor, record, row, quantity, fields)


def _locked(session: Session, *which: Any) -> Capability | None:
    rows = session.scalars(
        select(Capability)
        .where(Capability.withdrawn_at.is_(None), *which)
        .order_by(Capability.id)
        .limit(2)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return rows[0] if len(rows) == 1 else None


def _declared_by_hand(session: Session, record: InventoryRecord, kind: str) -> Capability | None:
    return _locked(
        session, Capability.member_id == record.member_id, Capability.kind == kind, Capability.record_id.is_(None)
    )


def _declare(
    session: Session, actor: Actor, record: InventoryRecord, kind: str, quantity: int, fields: Mapping[str, Any]
) -> None:
    row = Capability(
        id=new_id(),
        member_id=record.member_id,
        kind=kind,
        quantity=quantity,
        lead_time_hours=fields.get("lead_time_hours", LEAD_TIME_HOURS),
        updated_at=clock.now(session),
        record_id=record.id,
    )
    session.add(row)
    _record(session, actor, "inventory.declare", row, record)


def _change(
    session: Session, actor: Actor, record: InventoryRecord, row: Capability, quantity: int, fields: Mapping[str, Any]
) -> None:
    promised = row.held + row.committed
    if quantity < promised:
        raise LessThanPromised(promised=promised, held=row.held, committed=row.committed)
    wanted = {
        "quantity": quantity,
        "lead_time_hours": fields.get("lead_time_hours", row.lead_time_hours),
        "record_id": record.id,
    }
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    row.updated_at = clock.now(session)
    row.version += 1
    _record(session, actor, "inventory.change", row, record)


def _take_back(session: Session, actor: Actor, row: Capability, *, is_same_kind: bool) -> None:
    if promised := row.held + row.committed:
        refusal = LessThanPromised if is_same_kind else StillPromised
        raise refusal(promised=promised, held=row.held, committed=row.committed)
    row.withdrawn_at = clock.now(session)
    row.version += 1
    audit.record(session, actor, "inventory.remove", f"capability:{row.id}", owner=row.member_id)


def _record(session: Session, actor: Actor, act: str, row: Capability, record: InventoryRecord) -> None:
    audit.record(
        session, actor, act, f"capability:{row.id}", owner=row.member_id, quantity=row.quantity, record=record.id
    )
