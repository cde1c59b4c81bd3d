"""Whose data an actor sees, as SQL predicates; every query on a member's data goes through one of them."""

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from agreements.lifecycle import GroupStatus
from agreements.models import (
    Contact,
    Desk,
    Group,
    GroupMember,
    Member,
    MemberKind,
    MembershipStatus,
    Person,
    TemporaryContact,
)
from agreements.permissions import COORDINATE, SEE_PEOPLE
from foundation.actor import Actor

WITHOUT_VOTE = frozenset({MemberKind.ASSOCIATE.value, MemberKind.PROVIDER.value})


def groups_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The groups the actor has a part in; all of them for an operator."""
    return true() if actor.is_operator else Group.id.in_(actor.groups)


def groups_open_to(actor: Actor) -> ColumnElement[bool]:
    """The groups the actor sees, and those to which its member is invited though nobody is designated there yet."""
    if actor.is_operator or actor.member is None or not actor.memberships:
        return groups_visible_to(actor)
    invited = select(GroupMember.group_id).where(
        GroupMember.member_id == actor.member, GroupMember.status != MembershipStatus.LEFT
    )
    return or_(groups_visible_to(actor), and_(Group.id.in_(invited), Group.status != GroupStatus.ENDED))


def members_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The actor's own member and those that take part, or took part, in its groups."""
    if actor.is_operator:
        return true()
    beside = select(GroupMember.member_id).join(Group, Group.id == GroupMember.group_id).where(groups_open_to(actor))
    return or_(Member.id == actor.member, Member.id.in_(beside))


def people_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The people of the actor's own member and of those bound by a group with it, and the contacts beside it.

    Associates and providers take part without a vote and see only their own people.
    """
    return true() if actor.is_operator else _reached_by(actor, Person.member_id, Person.id, Contact.person_id)


def desks_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The desks of the members whose people the actor sees."""
    return true() if actor.is_operator else _reached_by(actor, Desk.member_id, Desk.id, Contact.desk_id)


def temporary_contacts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The temporary contacts of the members whose people the actor sees."""
    return true() if actor.is_operator else _works_beside(actor, TemporaryContact.member_id)


def contacts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The contacts in the actor's groups; of other members, associates and providers see the desks alone."""
    if actor.is_operator:
        return true()
    open_to_all = and_(Contact.desk_id.is_not(None), Contact.group_id.in_(actor.groups))
    return or_(Contact.group_id.in_(_groups_with_vote(actor)), open_to_all, Contact.member_id == actor.member)


def members_tended_by(actor: Actor) -> Select[str]:
    """The ids of the members whose people the actor keeps as their coordinator.

    They have signed in its group, or have nobody of their own in any other: whoever founds a group and invites
    a member must not get hold of the people it has already.
    """
    groups = coordinated_groups(actor)
    elsewhere = exists().where(
        Contact.member_id == GroupMember.member_id, Contact.group_id.not_in(groups), Contact.person_id.is_not(None)
    )
    return select(GroupMember.member_id).where(
        GroupMember.group_id.in_(groups),
        or_(
            GroupMember.status == MembershipStatus.SIGNED,
            and_(GroupMember.status == MembershipStatus.INVITED, ~elsewhere),
        ),
    )


def coordinated_groups(actor: Actor) -> list[str]:
    """The groups whose matters the actor keeps as a coordinator's contact."""
    return [group for group in actor.groups if actor.may(COORDINATE, group=group)]


def may_see_addresses(actor: Actor) -> bool:
    """Whoever runs the service does not read how people are reached."""
    return not actor.is_operator


def _reached_by(
    actor: Actor,
    member: InstrumentedAttribute[str],
    holder: InstrumentedAttribute[str],
    contact: InstrumentedAttribute[str | None],
) -> ColumnElement[bool]:
    still = exists().where(
        GroupMember.group_id == Contact.group_id,
        GroupMember.member_id == Contact.member_id,
        GroupMember.status != MembershipStatus.LEFT,
    )
    designated = select(contact).where(Contact.group_id.in_(_groups_with_vote(actor)), contact.is_not(None), still)
    return or_(_works_beside(actor, member), holder.in_(designated))


def _works_beside(actor: Actor, member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    own = member == actor.member if actor.member else false()
    bound = select(GroupMember.member_id).where(
        GroupMember.group_id.in_(_groups_with_vote(actor)), GroupMember.status == MembershipStatus.SIGNED
    )
    return or_(own, member.in_(bound), member.in_(members_tended_by(actor)))


def _groups_with_vote(actor: Actor) -> list[str]:
    return [
        each.group
        for each in actor.memberships
        if each.kind not in WITHOUT_VOTE and actor.may(SEE_PEOPLE, group=each.group)
    ]
