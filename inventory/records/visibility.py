"""Who reads whose inventory, as SQL predicates: the rule stands here alone.

- A member's own people see all of it.
- Another member's is read for one group: both consented to it and it is in force, both have a vote, the reader is a
  designated contact there, and the owner shares its inventory in it. Retired and withheld records are never shown.
- Under NDA (everything but what lies in the class `owner`) the reader has signed for that very group and is bound
  today, and has signed in with two factors. Without that, what the group may know anyhow: what can be lent.
- Operators, associates and providers read nothing of it. Every condition is asked of the database at each call.
"""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, false, select
from sqlalchemy.orm import aliased

from agreements.models import Contact, GroupMember, Member
from agreements.nda_models import Nda
from agreements.visibility import WITHOUT_VOTE, consents, groups_in_force, holds_on
from foundation.actor import Actor
from inventory import permissions
from inventory.records.models import InventoryRecord, InventorySharing

TWO_FACTORS = 2
"""The assurance of a sign-in by two factors; changing persons by PIN stays below it."""


def own_records_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The records of the actor's own member."""
    return InventoryRecord.member_id == actor.member if actor.member else false()


def shared_records_visible_to(actor: Actor, group: str) -> ColumnElement[bool]:
    """The records of others of which the actor sees something in a group."""
    return and_(
        InventoryRecord.member_id.in_(sharing_members(actor, group)),
        InventoryRecord.is_withheld.is_(False),
        InventoryRecord.is_retired.is_(False),
    )


def sharing_members(actor: Actor, group: str) -> Select[str]:
    """The ids of the members whose inventories are open in a group of which the actor is a designated contact."""
    part, member, designation = aliased(GroupMember), aliased(Member), aliased(Contact)
    switch = aliased(InventorySharing)
    is_designated = exists().where(
        designation.group_id == group, designation.member_id == actor.member, designation.person_id == actor.person
    )
    is_shut = exists().where(
        switch.group_id == group, switch.member_id == part.member_id, switch.is_shared.is_(False)
    )
    return (
        select(part.member_id)
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


def readable_inventories(actor: Actor, group: str, today: date) -> Select[str]:
    """The ids of the members whose inventories the actor reads under NDA, as it may in this group on this day."""
    members = sharing_members(actor, group)
    if actor.assurance < TWO_FACTORS:
        return members.where(false())
    return members.where(exists().where(Nda.person_id == actor.person, Nda.group_id == group, holds_on(today)))
