"""Reading guest IDs: the owner's whole, a helper's member what is meant for its people; never a secret."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from agreements.queries import name_of_members
from foundation import clock
from foundation.actor import Actor
from inventory.directory.models import DirectoryTask
from inventory.directory.queries import OPEN, accounts_of
from inventory.directory.schemas import DirectoryAccountView
from inventory.errors import GuestIdNotFound, GuestPoolNotFound
from inventory.guests.lifecycle import OUT, SPENT, GuestState, id_standing, use_standing
from inventory.guests.models import GuestId, GuestPool, GuestUse
from inventory.guests.schemas import (
    GuestIdsView,
    GuestIdView,
    GuestPoolsQuery,
    GuestPoolsView,
    GuestPoolView,
    GuestUsesView,
    GuestUseView,
    ReconciliationView,
)
from inventory.guests.visibility import guest_pools_visible_to, guest_uses_visible_to

IS_PRESENT = and_(GuestUse.guest_id == GuestId.id, GuestUse.round == GuestId.round)
"""The use of a guest ID's present secret."""


def pool_of(session: Session, actor: Actor, pool: str, *, for_change: bool = False) -> GuestPool:
    """Return a pool of the actor's own member. Raises GuestPoolNotFound."""
    statement = select(GuestPool).where(GuestPool.id == pool, guest_pools_visible_to(actor))
    found = session.scalar(statement.with_for_update() if for_change else statement)
    if found is None:
        raise GuestPoolNotFound
    return found


def guests_of(session: Session, statement: Select[GuestId]) -> list[GuestId]:
    """Lock and return guest IDs, in one order for all."""
    locking = statement.order_by(GuestId.id).with_for_update(of=GuestId).execution_options(populate_existing=True)
    return list(session.scalars(locking))


def guest_of(session: Session, actor: Actor, guest: str) -> GuestId:
    """Lock and return a guest ID of the actor's own member. Raises GuestIdNotFound."""
    own = select(GuestId).join(GuestPool).where(GuestId.id == guest, guest_pools_visible_to(actor))
    found = guests_of(session, own)
    if not found:
        raise GuestIdNotFound
    return found[0]


def check_own(session: Session, actor: Actor, guest: str) -> None:
    """Check that a guest ID is of the actor's own member, without locking it. Raises GuestIdNotFound."""
    own = select(GuestId.id).join(GuestPool).where(GuestId.id == guest, guest_pools_visible_to(actor))
    if session.scalar(own) is None:
        raise GuestIdNotFound


def commitment_of(session: Session, actor: Actor, guest: str) -> str | None:
    """Return the commitment for which a guest ID of the actor's own member is in use, without locking it."""
    present = select(GuestUse.commitment_id).join(GuestId, IS_PRESENT).join(GuestPool)
    return session.scalar(present.where(GuestId.id == guest, guest_pools_visible_to(actor)))


def lock(session: Session, actor: Actor, *guests: str) -> None:
    """Lock several guest IDs of the actor's own member at once, in the order that all keep to."""
    guests_of(session, select(GuestId).join(GuestPool).where(GuestId.id.in_(guests), guest_pools_visible_to(actor)))


def received_guest_of(session: Session, actor: Actor, guest: str) -> GuestId:
    """Lock and return a guest ID whose present use is meant for the actor's member. Raises GuestIdNotFound."""
    meant = select(GuestId).join(GuestUse, IS_PRESENT).where(GuestId.id == guest, guest_uses_visible_to(actor))
    found = guests_of(session, meant)
    if not found:
        raise GuestIdNotFound
    return found[0]


def list_pools(session: Session, actor: Actor, wanted: GuestPoolsQuery) -> GuestPoolsView:
    """Return the pools of the actor's own member, each with its reconciliation."""
    is_retired = GuestPool.retired_at.is_not(None) if wanted.is_retired else GuestPool.retired_at.is_(None)
    statement = select(GuestPool).where(guest_pools_visible_to(actor), is_retired)
    pools = session.scalars(statement.order_by(GuestPool.id)).all()
    sums = _reconciliations(session, pools)
    waiting = _waiting(session, pools)
    return GuestPoolsView(items=[_pool_view(each, sums[each.id], waiting) for each in pools])


def read_pool(session: Session, actor: Actor, pool: str) -> GuestPoolView:
    """Return one pool. Raises GuestPoolNotFound."""
    row = pool_of(session, actor, pool)
    return _pool_view(row, _reconciliations(session, [row])[row.id], _waiting(session, [row]))


def reconcile(session: Session, actor: Actor, pool: str) -> ReconciliationView:
    """Count how the guest IDs of a pool stand now. Raises GuestPoolNotFound."""
    row = pool_of(session, actor, pool)
    return _reconciliations(session, [row])[row.id]


def list_guests(session: Session, actor: Actor, pool: str) -> GuestIdsView:
    """Return the guest IDs of a pool. Raises GuestPoolNotFound."""
    row = pool_of(session, actor, pool)
    rows = session.execute(
        select(GuestId, GuestUse)
        .outerjoin(GuestUse, IS_PRESENT)
        .where(GuestId.pool_id == row.id)
        .order_by(GuestId.label, GuestId.id)
    ).all()
    names = name_of_members(session, {row.member_id, *(use.member_id for _, use in rows if use)})
    now, accounts = clock.now(session), accounts_of(session, [use.id for _, use in rows if use])
    return GuestIdsView(items=[_guest_view(guest, use, names, now, accounts) for guest, use in rows])


def list_received(session: Session, actor: Actor) -> GuestUsesView:
    """Return what was ever meant for helpers of the actor's member, the newest first."""
    rows = session.execute(
        select(GuestUse, GuestId)
        .join(GuestId, GuestId.id == GuestUse.guest_id)
        .where(guest_uses_visible_to(actor))
        .order_by(GuestUse.id.desc())
    ).all()
    names = name_of_members(session, {*(use.member_id for use, _ in rows), *(g.pool.member_id for _, g in rows)})
    now = clock.now(session)
    return GuestUsesView(items=[_use_view(use, guest, names, now) for use, guest in rows])


def present_use(session: Session, guest: GuestId) -> GuestUse | None:
    """Return the use of the present secret; read under the lock of the guest ID."""
    statement = select(GuestUse).where(GuestUse.guest_id == guest.id, GuestUse.round == guest.round)
    return session.scalar(statement.execution_options(populate_existing=True))


def shown(session: Session, guest: GuestId, use: GuestUse | None) -> GuestIdView:
    """Show a guest ID to its owner."""
    names = name_of_members(session, {guest.pool.member_id, *([use.member_id] if use else [])})
    accounts = accounts_of(session, [use.id] if use else [])
    return _guest_view(guest, use, names, clock.now(session), accounts)


def shown_use(session: Session, guest: GuestId, use: GuestUse) -> GuestUseView:
    """Show a use to the helper's member."""
    names = name_of_members(session, {guest.pool.member_id, use.member_id})
    return _use_view(use, guest, names, clock.now(session))


def _reconciliations(session: Session, pools: Iterable[GuestPool]) -> dict[str, ReconciliationView]:
    """Count by pool: all that were prepared on the one hand, each as it stands on the other."""
    ids, now = [each.id for each in pools], clock.now(session)
    counts = session.execute(
        select(GuestId.pool_id, func.count()).where(GuestId.pool_id.in_(ids)).group_by(GuestId.pool_id)
    )
    prepared = {pool: many for pool, many in counts}  # noqa: C416 — rows are no pairs to a type checker
    standing: dict[str, Counter[GuestState]] = defaultdict(Counter)
    rows = session.execute(
        select(GuestId.pool_id, GuestUse.state, GuestUse.until_at)
        .outerjoin(GuestUse, IS_PRESENT)
        .where(GuestId.pool_id.in_(ids))
    )
    for pool, state, until_at in rows:
        use = use_standing(GuestState(state), until_at, now) if state else None
        standing[pool][id_standing(use)] += 1
    return {each: _sums(prepared.get(each, 0), standing[each], now) for each in ids}


def _sums(prepared: int, standing: Counter[GuestState], now: datetime) -> ReconciliationView:
    return ReconciliationView(
        prepared=prepared,
        free=standing[GuestState.PREPARED],
        reserved=standing[GuestState.RESERVED],
        active=sum(standing[each] for each in OUT),
        awaiting_rotation=sum(standing[each] for each in SPENT),
        at=now,
    )


def _waiting(session: Session, pools: Iterable[GuestPool]) -> dict[str, int]:
    """Count by pool what the owner's directory has not confirmed."""
    counts = session.execute(
        select(GuestId.pool_id, func.count())
        .join(DirectoryTask, DirectoryTask.guest_id == GuestId.id)
        .where(GuestId.pool_id.in_([each.id for each in pools]), DirectoryTask.state.in_(OPEN))
        .group_by(GuestId.pool_id)
    )
    return {pool: many for pool, many in counts}  # noqa: C416 — rows are no pairs to a type checker


def _pool_view(row: GuestPool, sums: ReconciliationView, waiting: Mapping[str, int]) -> GuestPoolView:
    return GuestPoolView(
        id=row.id,
        name=row.name,
        record=row.record_id,
        needs_pledge=row.needs_pledge,
        needs_training=row.needs_training,
        instructions=row.instructions,
        is_in_directory=row.is_in_directory,
        created_at=row.created_at,
        retired_at=row.retired_at,
        version=row.version,
        reconciliation=sums,
        waiting_in_directory=waiting.get(row.id, 0),
    )


def _guest_view(
    guest: GuestId, use: GuestUse | None, names: Any, now: datetime, accounts: Mapping[str, DirectoryAccountView]
) -> GuestIdView:
    state = id_standing(use_standing(GuestState(use.state), use.until_at, now) if use else None)
    return GuestIdView(
        id=guest.id,
        pool=guest.pool_id,
        label=guest.label,
        envelope=guest.envelope,
        state=state,
        round=guest.round,
        prepared_at=guest.prepared_at,
        use=_use_view(use, guest, names, now, accounts.get(use.id)) if use else None,
    )


def _use_view(
    use: GuestUse, guest: GuestId, names: Any, now: datetime, account: DirectoryAccountView | None = None
) -> GuestUseView:
    owner = guest.pool.member_id
    return GuestUseView(
        id=use.id,
        guest=guest.id,
        label=guest.label,
        pool=guest.pool_id,
        pool_name=guest.pool.name,
        owner=owner,
        owner_name=names[owner][1],
        member=use.member_id,
        member_name=names[use.member_id][1],
        helper=use.helper,
        person=use.person_id,
        commitment=use.commitment_id,
        incident=use.incident_id,
        state=use_standing(GuestState(use.state), use.until_at, now),
        starts_at=use.starts_at,
        until_at=use.until_at,
        issued_at=use.issued_at,
        received_at=use.received_at,
        ended_at=use.ended_at,
        returned_by=use.returned_by,
        reason=use.reason,
        directory=account,
    )
