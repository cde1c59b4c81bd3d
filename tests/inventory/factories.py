"""Rows and callers that the inventory's tests are made of."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from agreements.lifecycle import GroupStatus
from agreements.models import Group, GroupMember, Member, MembershipStatus
from foundation.actor import Actor, Membership, Permission
from foundation.ids import new_id
from inventory import permissions
from inventory.models import Capability, CapabilityGroup

CONTACT = frozenset({permissions.SEE_CATALOGUE, permissions.SEE, permissions.KEEP})
COORDINATOR = CONTACT | {permissions.KEEP_FOR_OTHERS}
_numbers = count()
LONG_AGO = datetime(2020, 4, 1, tzinfo=UTC)


def make_group(session: Session, name: str = "協定グループ") -> str:
    group = Group(id=new_id(), name=name, purpose="相互応援", status=GroupStatus.IN_FORCE.value, created_at=LONG_AGO)
    session.add(group)
    session.flush()
    return group.id


def make_member(
    session: Session,
    *groups: str,
    municipality: str | None = None,
    kind: str = "member",
    status: MembershipStatus = MembershipStatus.SIGNED,
) -> str:
    member = Member(id=new_id(), kind=kind, municipality=municipality, name="髙橋市", created_at=LONG_AGO)
    session.add(member)
    session.flush()
    session.add_all(
        GroupMember(id=new_id(), group_id=group, member_id=member.id, status=status.value, joined_on=date(2020, 4, 1))
        for group in groups
    )
    session.flush()
    return member.id


def make_capability(
    session: Session,
    member: str,
    *groups: str,
    kind: str = "pc",
    quantity: int = 10,
    spec: str | None = None,
    lead_time_hours: int = 24,
    max_days: int | None = None,
    conditions: str | None = None,
) -> str:
    capability = Capability(
        id=f"{next(_numbers):036d}",  # ids of one millisecond have no order of their own
        member_id=member,
        kind=kind,
        quantity=quantity,
        spec=spec,
        lead_time_hours=lead_time_hours,
        max_days=max_days,
        conditions=conditions,
        is_for_all_groups=not groups,
        updated_at=LONG_AGO,
    )
    session.add(capability)
    session.flush()
    session.add_all(CapabilityGroup(capability_id=capability.id, group_id=group) for group in groups)
    session.flush()
    return capability.id


def actor_of(member: str, *groups: str, kind: str = "member", permissions: frozenset[Permission] = CONTACT) -> Actor:
    parts = tuple(Membership(group, member, None, kind, frozenset({"ict"}), permissions) for group in groups)
    return Actor(person="person-1", name="担当", member=member, memberships=parts)
