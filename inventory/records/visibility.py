"""Who reads whose inventory, as SQL predicates: the rule stands here alone.

- A member's own people see all of it.
- Another member's is read for one group: both consented to it and it is in force, both have a vote, the reader is a
  designated contact there, and the owner shares its inventory in it. Retired and withheld records are never shown.
- Under NDA (everything but what lies in the class `owner`) the reader has signed for that very group and is bound
  today, and has signed in with two factors. Without that, what the group may know anyhow: what can be lent.
- In an emergency (緊急閲覧) one person reads one member's as under NDA, without having signed: by a grant whose time
  runs, with two factors, as a designated contact in the group, while the owner allows it there. What the grant hangs
  on above (terms, incident, aid) is asked in `emergency.py`. It stands beside the sharing: an owner may shut its
  inventory and yet allow this.
- Operators, associates and providers read nothing of it. Every condition is asked of the database at each call.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, null, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from agreements.models import Contact, GroupMember, Member
from agreements.nda_models import Nda
from agreements.visibility import WITHOUT_VOTE, consents, groups_in_force, holds_on
from foundation.actor import TWO_FACTORS, Actor
from inventory import permissions
from inventory.grants.models import EmergencyPermission, ReadingGrant
from inventory.records.models import InventoryRecord, InventorySharing


def own_records_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The records of the actor's own member."""
    return InventoryRecord.member_id == actor.member if actor.member else false()


def shared_records_visible_to(owner: str) -> ColumnElement[bool]:
    """The records that an owner shows to those whom `readable_inventories` lets in, in the same transaction."""
    return and_(
        InventoryRecord.member_id == owner,
        InventoryRecord.is_withheld.is_(False),
        InventoryRecord.is_retired.is_(False),
    )


def readable_inventories(actor: Actor, group: str, today: date) -> Select[str, str | None]:
    """Build the select of the members whose inventories are open to the actor in a group, each with the NDA.

    The NDA is null where the actor sees no more than the group may know.
    """
    part, member = aliased(GroupMember), aliased(Member)
    switch = aliased(InventorySharing)
    is_designated = _is_designated(actor, group)
    is_shut = exists().where(
        switch.group_id == group, switch.member_id == part.member_id, switch.is_shared.is_(False)
    )
    return (
        select(part.member_id, _nda(actor, group, today).label("nda"))
        .join(member, member.id == part.member_id)
        .where(
            part.group_id == group,
            part.group_id.in_(groups_in_force(actor, permissions.SEE_SHARED)),
            consents(part),
            member.kind.not_in(WITHOUT_VOTE),
            is_designated,
            ~is_shut,
        )
    )


def grants_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The grants that were given to the actor in person, by whom they work for still."""
    if actor.person is None or actor.member is None:
        return false()
    return and_(ReadingGrant.person_id == actor.person, ReadingGrant.member_id == actor.member)


def grants_open_to(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The grants by which the actor reads at an instant; their end needs no act of anybody."""
    if actor.assurance < TWO_FACTORS:
        return false()
    part, member, said = aliased(GroupMember), aliased(Member), aliased(EmergencyPermission)
    is_owner_bound = exists().where(
        part.group_id == ReadingGrant.group_id,
        part.member_id == ReadingGrant.owner_id,
        consents(part),
        member.id == part.member_id,
        member.kind.not_in(WITHOUT_VOTE),
    )
    is_allowed = exists().where(
        said.member_id == ReadingGrant.owner_id, said.group_id == ReadingGrant.group_id, said.is_allowed
    )
    return and_(
        grants_visible_to(actor),
        ReadingGrant.starts_at <= now,
        ReadingGrant.until_at > now,
        ReadingGrant.ended_at.is_(None),
        ReadingGrant.group_id.in_(groups_in_force(actor, permissions.SEE_SHARED)),
        _is_designated(actor, ReadingGrant.group_id),
        is_owner_bound,
        is_allowed,
    )


def _is_designated(actor: Actor, group: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    designation = aliased(Contact)
    return exists().where(
        designation.group_id == group, designation.member_id == actor.member, designation.person_id == actor.person
    )


def _nda(actor: Actor, group: str, today: date) -> ColumnElement[Any]:
    """The id of the NDA by which the actor reads, the one that lasts longest."""
    if actor.assurance < TWO_FACTORS:
        return null()
    return (
        select(Nda.id)
        .where(Nda.person_id == actor.person, Nda.group_id == group, holds_on(today))
        .order_by(Nda.ends_on.desc(), Nda.id)
        .limit(1)
        .scalar_subquery()
    )
