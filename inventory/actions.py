"""Declaring and changing what a member could give."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.errors import MemberNotFound
from agreements.models import Member
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.problems import FieldError
from inventory import queries
from inventory.errors import InvalidCapability, KeptByRecord, LessThanPromised, NotYourInventory, StillPromised
from inventory.models import Capability, CapabilityGroup
from inventory.schemas import CapabilityChange, CapabilityDraft, CapabilityView

UNKNOWN_MEMBER = FieldError(
    "/municipality",
    "unknown-member",
    "この構成団体は見つかりません。6桁の団体コード (検査数字を含む) か構成団体の id を確かめてください。",
    "There is no such member; check the six-digit municipality code (check digit included) or the member's id.",
)
NEVER_EMPTY = {"quantity", "lead_time_hours"}


def declare(session: Session, actor: Actor, draft: CapabilityDraft, *, is_made_up: bool = False) -> CapabilityView:
    """Keep that a member could give something; the member itself, its coordinator or the operator enters it.

    Raises NotYourInventory, InvalidCapability.
    """
    member = _member(session, actor, draft)
    _check_keeper(session, actor, member.id)
    _check_groups(session, actor, member.id, draft.groups)
    row = Capability(
        id=new_id(),
        member_id=member.id,
        updated_at=clock.now(session),
        is_made_up=is_made_up,
        **draft.model_dump(exclude={"municipality", "groups"}),
    )
    session.add(row)
    session.flush()
    _name_groups(session, row, draft.groups)
    audit.record(
        session,
        actor,
        "inventory.declare",
        f"capability:{row.id}",
        chain=member.id,
        owner=member.id,
        quantity=row.quantity,
    )
    return _shown(session, actor, row)


def change(
    session: Session, actor: Actor, capability: str, wanted: CapabilityChange, version: int | None = None
) -> CapabilityView:
    """Change a capability.

    Raises CapabilityNotFound, NotYourInventory, Stale, InvalidCapability, LessThanPromised, KeptByRecord.
    """
    row = _kept(session, actor, capability, version)
    values = _values(wanted)
    if row.record_id is not None and "quantity" in values:
        raise KeptByRecord(record=row.record_id)
    promised = row.held + row.committed
    if values.get("quantity", promised) < promised:
        raise LessThanPromised(promised=promised, held=row.held, committed=row.committed)
    if "groups" in values:
        groups = values.pop("groups")
        _check_groups(session, actor, row.member_id, groups)
        _name_groups(session, row, groups)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = clock.now(session)
    row.version += 1
    audit.record(
        session,
        actor,
        "inventory.change",
        f"capability:{row.id}",
        chain=row.member_id,
        owner=row.member_id,
        fields=sorted(wanted.model_fields_set),
    )
    return _shown(session, actor, row)


def remove(session: Session, actor: Actor, capability: str, version: int | None = None) -> None:
    """Take a capability out of the list.

    Raises CapabilityNotFound, NotYourInventory, Stale, StillPromised, KeptByRecord.
    """
    row = _kept(session, actor, capability, version)
    if row.record_id is not None:
        raise KeptByRecord(record=row.record_id)
    if promised := row.held + row.committed:
        raise StillPromised(promised=promised, held=row.held, committed=row.committed)
    row.withdrawn_at = clock.now(session)
    row.version += 1
    audit.record(session, actor, "inventory.remove", f"capability:{row.id}", chain=row.member_id, owner=row.member_id)


def _member(session: Session, actor: Actor, draft: CapabilityDraft) -> Member:
    """Return the member named in a draft; one out of the actor's sight is refused like an unknown one."""
    errors = queries.kind_errors(draft.kind, "/kind")
    try:
        member = agreements.member_of(session, actor, draft.municipality)
    except MemberNotFound:
        raise InvalidCapability(UNKNOWN_MEMBER, *errors) from None
    if errors:
        raise InvalidCapability(*errors)
    return member


def _kept(session: Session, actor: Actor, capability: str, version: int | None) -> Capability:
    """Lock and return a capability that the actor may change: no promise passes it meanwhile."""
    row = queries.capability_of(session, actor, capability, for_change=True)
    _check_keeper(session, actor, row.member_id)
    check_version(row.version, version)
    return row


def _check_keeper(session: Session, actor: Actor, member: str) -> None:
    if not queries.keeper_for(session, actor)(member):
        raise NotYourInventory


def _check_groups(session: Session, actor: Actor, member: str, groups: Sequence[str] | None) -> None:
    """Refuse groups in which the member is not, or that a proxy does not see."""
    known = queries.groups_of(session, member)
    if not (actor.acts_for(member) or actor.is_operator):
        known &= queries.proxy_groups(session, actor)
    wrong = [position for position, group in enumerate(groups or ()) if group not in known]
    if wrong:
        raise InvalidCapability(*(_unknown_group(position) for position in wrong))


def _unknown_group(position: int) -> FieldError:
    return FieldError(
        f"/groups/{position}",
        "unknown-group",
        "この団体が参加している協定グループの id を指定してください。省略すると、参加する全グループに提供します。",
        "Name a group in which this member takes part; left out, it is offered to all its groups.",
    )


def _name_groups(session: Session, row: Capability, groups: Sequence[str] | None) -> None:
    session.execute(delete(CapabilityGroup).where(CapabilityGroup.capability_id == row.id))
    row.is_for_all_groups = groups is None
    session.add_all(CapabilityGroup(capability_id=row.id, group_id=group) for group in dict.fromkeys(groups or ()))


def _values(wanted: CapabilityChange) -> dict[str, Any]:
    given = wanted.model_dump(exclude_unset=True)
    return {name: value for name, value in given.items() if not (value is None and name in NEVER_EMPTY)}


def _shown(session: Session, actor: Actor, row: Capability) -> CapabilityView:
    session.flush()
    session.expire(row)
    return queries.show(session, actor, row.id)
