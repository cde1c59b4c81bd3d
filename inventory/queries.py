"""Reading the capabilities, each as its reader may see it."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from agreements.models import GroupMember, Member, MembershipStatus
from agreements.visibility import consents, groups_binding, groups_in_force, members_bound_by
from foundation.actor import Actor
from foundation.paging import Page, page
from foundation.problems import FieldError
from inventory import permissions, stock
from inventory.catalogue import KINDS, find
from inventory.errors import CapabilityNotFound, InvalidCapability
from inventory.models import Capability, CapabilityGroup
from inventory.schemas import CapabilityFilter, CapabilityView, CatalogueView, KindView

WHOLE = (joinedload(Capability.member), selectinload(Capability.named_groups))


def catalogue() -> CatalogueView:
    """Return all kinds."""
    return CatalogueView(
        items=[
            KindView(
                kind=each.key,
                name_ja=each.name_ja,
                name_en=each.name_en,
                unit=each.unit,
                category=each.category,
                is_remote_possible=each.is_remote_possible,
            )
            for each in KINDS.values()
        ]
    )


def kind_errors(kind: str, pointer: str) -> list[FieldError]:
    """Return the error, with likely kinds named, where the catalogue does not have the kind."""
    if find(kind) is not None:
        return []
    likely = get_close_matches(kind.lower(), KINDS, n=3) or ["pc", "printer", "staff_certificates"]
    keys = ", ".join(likely)
    error = FieldError(
        pointer,
        "unknown-kind",
        f"この品目はありません。品目一覧 (GET /api/catalogue) の kind から選んでください (例: {keys})。",
        f"There is no such kind; choose a `kind` of GET /api/catalogue, e.g. {keys}.",
    )
    return [error]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate of the capabilities an actor sees: its member's, and what is offered to its groups.

    Associates and providers see only what is addressed to them, a member's program only its own member's.
    """
    if actor.is_operator:
        return true()
    if actor.client is not None:
        return Capability.member_id == actor.member
    groups = groups_binding(actor, None)
    named = exists().where(
        CapabilityGroup.capability_id == Capability.id, CapabilityGroup.group_id == GroupMember.group_id
    )
    offered = exists().where(
        GroupMember.member_id == Capability.member_id,
        _is_bound(),
        GroupMember.group_id.in_(groups),
        or_(Capability.is_for_all_groups, named),
    )
    return or_(Capability.member_id == actor.member, offered)


def keeper_for(session: Session, actor: Actor) -> Callable[[str], bool]:
    """Return a function that tells whether the actor may enter and change the capabilities of a member."""
    if permissions.KEEP_FOR_OTHERS in actor.permissions:
        return lambda _member: True
    own = {actor.member} if actor.may(permissions.KEEP) else set()
    kept = own | set(session.scalars(members_bound_by(groups_in_force(actor, permissions.KEEP_FOR_OTHERS))))
    return lambda member: member in kept


def proxy_groups(session: Session, actor: Actor) -> set[str]:
    """Return the groups for whose members the actor may enter capabilities."""
    return set(session.scalars(groups_in_force(actor, permissions.KEEP_FOR_OTHERS)))


def groups_of(session: Session, member: str) -> set[str]:
    """Return the groups in which a member is bound or invited."""
    return set(
        session.scalars(
            select(GroupMember.group_id).where(
                GroupMember.member_id == member, GroupMember.status != MembershipStatus.LEFT.value
            )
        )
    )


def capability_of(session: Session, actor: Actor, capability: str, *, for_change: bool = False) -> Capability:
    """Return a capability. Raises CapabilityNotFound unless the actor sees it."""
    statement = select(Capability).where(
        Capability.id == capability, Capability.withdrawn_at.is_(None), visible_to(actor)
    )
    if for_change:
        statement = statement.with_for_update(of=Capability).execution_options(populate_existing=True)
    row = session.scalar(statement.options(*WHOLE))
    if row is None:
        raise CapabilityNotFound
    return row


def show(session: Session, actor: Actor, capability: str) -> CapabilityView:
    """Return one capability as the actor sees it. Raises CapabilityNotFound."""
    row = capability_of(session, actor, capability)
    return view(row, may_change=keeper_for(session, actor)(row.member_id))


def list_capabilities(session: Session, actor: Actor, wanted: CapabilityFilter) -> Page[CapabilityView]:
    """Return the capabilities an actor sees, filtered."""
    if wanted.kind is not None and (errors := kind_errors(wanted.kind, "/query/kind")):
        raise InvalidCapability(*errors)
    kept = keeper_for(session, actor)
    statement = (
        select(Capability)
        .join(Member, Member.id == Capability.member_id)
        .where(Capability.withdrawn_at.is_(None), visible_to(actor), *_filters(wanted))
        .options(*WHOLE)
    )
    return page(
        session, statement, Capability.id, wanted.cursor, lambda row: view(row, may_change=kept(row.member_id))
    )


def view(row: Capability, *, may_change: bool) -> CapabilityView:
    """Show a capability: whole to those who keep it, to partners what matching shows as well."""
    return CapabilityView(
        id=row.id,
        municipality=row.member.municipality,
        member=row.member_id,
        kind=row.kind,
        quantity=row.quantity,
        available=row.quantity - row.held - row.committed,
        lead_time_hours=row.lead_time_hours,
        conditions=row.conditions,
        is_made_up=row.is_made_up,
        may_change=may_change,
        held=row.held if may_change else None,
        committed=row.committed if may_change else None,
        spec=row.spec if may_change else None,
        max_days=row.max_days if may_change else None,
        groups=_groups(row) if may_change else None,
        updated_at=row.updated_at,
        version=row.version,
    )


def _groups(row: Capability) -> list[str] | None:
    return None if row.is_for_all_groups else sorted(each.group_id for each in row.named_groups)


def _filters(wanted: CapabilityFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.municipality is not None:
        yield or_(Member.municipality == wanted.municipality, Member.id == wanted.municipality)
    if wanted.kind is not None:
        yield Capability.kind == wanted.kind
    if wanted.group is not None:
        yield exists().where(
            GroupMember.member_id == Capability.member_id, GroupMember.group_id == wanted.group, _is_bound()
        )
        yield stock.offered_to(wanted.group)


def _is_bound() -> ColumnElement[bool]:
    return consents(GroupMember)
