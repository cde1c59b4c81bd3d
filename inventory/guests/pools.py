"""Pools of guest IDs are changed, and retired when nobody has an ID of them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from inventory.errors import GuestsStillOut
from inventory.guests import queries
from inventory.guests.actions import refuse_secrets
from inventory.guests.lifecycle import OUT, GuestState
from inventory.guests.models import GuestId
from inventory.guests.schemas import GuestPoolChange, GuestPoolView
from inventory.guests.steps import check_in_use, settle
from inventory.records.queries import record_of
from inventory.records.visibility import own_records_visible_to

CLEARABLE = frozenset({"record", "instructions"})
"""What null empties; elsewhere it says nothing."""


def change(
    session: Session, actor: Actor, pool_id: str, draft: GuestPoolChange, if_match: int | None = None
) -> GuestPoolView:
    """Change what is said of a pool; what was issued before stays issued.

    Raises GuestPoolNotFound, PoolRetired, Stale, RecordNotFound, InvalidGuest.
    """
    pool = queries.pool_of(session, actor, pool_id, for_change=True)
    check_in_use(session, pool)
    check_version(pool.version, if_match)
    given = draft.model_dump(exclude_unset=True)
    said = {name: value for name, value in given.items() if value is not None or name in CLEARABLE}
    _check(session, actor, said)
    for name, value in said.items():
        setattr(pool, "record_id" if name == "record" else name, value)
    pool.version += 1
    session.flush()
    audit.record(session, actor, "inventory.guest_pool_changed", f"guest-pool:{pool.id}", fields=sorted(said))
    return queries.read_pool(session, actor, pool.id)


def retire(session: Session, actor: Actor, pool_id: str) -> GuestPoolView:
    """Take a pool out of use; the secrets that nobody was given are forgotten.

    Raises GuestPoolNotFound, PoolRetired, GuestsStillOut.
    """
    pool = queries.pool_of(session, actor, pool_id, for_change=True)
    check_in_use(session, pool)
    guests = queries.guests_of(session, select(GuestId).where(GuestId.pool_id == pool.id))
    uses = [settle(session, guest) for guest in guests]
    many = sum(use is not None and GuestState(use.state) in OUT | {GuestState.RESERVED} for use in uses)
    if many:
        raise GuestsStillOut(many=many)
    for guest in guests:
        guest.secret_sealed = None
    pool.retired_at, pool.version = clock.now(session), pool.version + 1
    session.flush()
    audit.record(session, actor, "inventory.guest_pool_retired", f"guest-pool:{pool.id}")
    return queries.read_pool(session, actor, pool.id)


def _check(session: Session, actor: Actor, said: dict[str, Any]) -> None:
    refuse_secrets(instructions=said.get("instructions"))
    if said.get("record") is not None:
        record_of(session, own_records_visible_to(actor), said["record"])
