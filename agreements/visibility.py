"""Whose data an actor sees, as SQL predicates; every query on a member's data goes through one of them.

The rule, in one place. Anybody may found a group and invite anybody, so an invitation shows and gives nothing:

- A member consents by its own contact's or an operator's signature (`consents`). A coordinator may note a
  signature on paper; it counts as consent only where the member has no people, or only those this coordinator
  entered (`may_be_brought_in`). Whoever speaks for itself elsewhere is bound by its own signature alone.
- People, desks and contacts are seen between two members that both consented to one group, signed or in force.
- A coordinator keeps another member's people and seat where both consented to its group and that is in force; before
  that, only of a member it brings in on paper itself.
- Who signed an NDA for a group, and until when, is seen by the members that it binds.
- A proxy reports, keeps capabilities and vouches for an address only between two members of one group in force.
"""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

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
from agreements.nda_models import Nda
from agreements.permissions import COORDINATE, SEE_PEOPLE
from foundation.actor import Actor, Permission

WITHOUT_VOTE = frozenset({MemberKind.ASSOCIATE.value, MemberKind.PROVIDER.value})
BINDING = (GroupStatus.SIGNED.value, GroupStatus.IN_FORCE.value)


def groups_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The groups the actor has a part in; all of them for an operator."""
    return true() if actor.is_operator else Group.id.in_(actor.groups)


def groups_open_to(actor: Actor) -> ColumnElement[bool]:
    """The groups the actor sees, and those to which its member is invited, for its contacts elsewhere too."""
    if actor.is_operator or actor.member is None or actor.person is None:
        return groups_visible_to(actor)
    invited = select(GroupMember.group_id).where(
        GroupMember.member_id == actor.member, GroupMember.status != MembershipStatus.LEFT
    )
    designation = aliased(Contact)
    is_contact = exists().where(designation.person_id == actor.person, designation.member_id == actor.member)
    return or_(groups_visible_to(actor), and_(Group.id.in_(invited), Group.status != GroupStatus.ENDED, is_contact))


def members_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The actor's own member and those that take part, or took part, in its groups."""
    if actor.is_operator:
        return true()
    beside = select(GroupMember.member_id).join(Group, Group.id == GroupMember.group_id).where(groups_open_to(actor))
    return or_(Member.id == actor.member, Member.id.in_(beside))


def people_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The people of the actor's own member and of those bound by a group with it.

    Associates and providers take part without a vote and see only their own people.
    """
    return true() if actor.is_operator else _works_beside(actor, Person.member_id)


def desks_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The desks of the members whose people the actor sees."""
    return true() if actor.is_operator else _works_beside(actor, Desk.member_id)


def temporary_contacts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The temporary contacts of the members whose people the actor sees, as far as they count in its groups."""
    if actor.is_operator:
        return true()
    groups = groups_binding(actor, SEE_PEOPLE)
    own = TemporaryContact.member_id == actor.member if actor.member else false()
    of_all, of_ours = TemporaryContact.group_id.is_(None), TemporaryContact.group_id.in_(groups)
    return or_(own, and_(TemporaryContact.member_id.in_(members_bound_by(groups)), or_(of_all, of_ours)))


def contacts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The contacts in the actor's groups; of other members, associates and providers see the desks alone."""
    if actor.is_operator:
        return true()
    part = aliased(GroupMember)
    is_bound = exists().where(part.group_id == Contact.group_id, part.member_id == Contact.member_id, consents(part))
    is_open = and_(
        Contact.desk_id.is_not(None), Contact.group_id.in_(groups_binding(actor, SEE_PEOPLE, is_voting=False))
    )
    kept = and_(Contact.group_id.in_(coordinated_groups(actor)), Contact.member_id.in_(members_tended_by(actor)))
    beside = and_(is_bound, or_(Contact.group_id.in_(groups_binding(actor, SEE_PEOPLE)), is_open))
    return or_(Contact.member_id == actor.member, beside, kept)


def ndas_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The NDAs of the actor's own member, and those for the groups whose people it sees."""
    if actor.is_operator:
        return true()
    own = Nda.member_id == actor.member if actor.member else false()
    return or_(own, Nda.group_id.in_(groups_binding(actor, SEE_PEOPLE)))


def holds_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Tell whether an NDA is in force on a day in Japan, and its person still works for whom they signed.

    The same rule as `secrecy.standing`, asked of the database each time: what is revoked ends with the next call.
    """
    person = aliased(Person)
    works_there = exists().where(person.id == Nda.person_id, person.member_id == Nda.member_id, person.is_active)
    return and_(Nda.revoked_at.is_(None), Nda.starts_on <= day, Nda.ends_on >= day, works_there)


def members_tended_by(actor: Actor, group: str | None = None) -> Select[str]:
    """The ids of the members whose people the actor keeps as their coordinator (in one group)."""
    part = aliased(GroupMember)
    groups = [each for each in coordinated_groups(actor) if group in {None, each}]
    in_force = groups_in_force(actor, COORDINATE)
    return select(part.member_id).where(
        part.group_id.in_(groups),
        part.status != MembershipStatus.LEFT,
        or_(and_(part.group_id.in_(in_force), consents(part)), may_be_brought_in(actor, part.member_id)),
    )


def coordinated_groups(actor: Actor) -> list[str]:
    """The groups whose matters the actor keeps as a coordinator's contact."""
    return [group for group in actor.groups if actor.may(COORDINATE, group=group)]


def may_see_addresses(actor: Actor) -> bool:
    """Whoever runs the service does not read how people are reached."""
    return not actor.is_operator


def groups_binding(
    actor: Actor, permission: Permission | None, *, statuses: tuple[str, ...] = BINDING, is_voting: bool = True
) -> Select[str]:
    """The ids of the groups that bind the actor's member by its consent, where the actor holds a permission (if any).

    With `is_voting`, not those in which it takes part as an associate or provider.
    """
    held = [
        each.group
        for each in actor.memberships
        if (permission is None or permission in each.permissions) and not (is_voting and each.kind in WITHOUT_VOTE)
    ]
    part, group = aliased(GroupMember), aliased(Group)
    return (
        select(part.group_id)
        .join(group, group.id == part.group_id)
        .where(part.group_id.in_(held), part.member_id == actor.member, consents(part), group.status.in_(statuses))
    )


def groups_in_force(actor: Actor, permission: Permission) -> Select[str]:
    """The ids of those of `groups_binding` that are in force: what a proxy may do hangs on them."""
    return groups_binding(actor, permission, statuses=(GroupStatus.IN_FORCE.value,))


def members_bound_by(groups: Select[str]) -> Select[str]:
    """The ids of the members that consented to any of these groups."""
    part = aliased(GroupMember)
    return select(part.member_id).where(part.group_id.in_(groups), consents(part))


def groups_that_bind(member: str | InstrumentedAttribute[str], *statuses: GroupStatus) -> Select[str]:
    """The ids of the groups of these stages (signed and in force unless said) to which a member consented."""
    part, group = aliased(GroupMember), aliased(Group)
    return (
        select(part.group_id)
        .join(group, group.id == part.group_id)
        .where(part.member_id == member, consents(part), group.status.in_(statuses or BINDING))
    )


def consents(part: type[GroupMember]) -> ColumnElement[bool]:
    """Tell whether a part is signed by the member itself or by an operator, or on paper by who brought it in."""
    member = aliased(Member)
    is_brought_in = exists().where(member.id == part.member_id, member.introduced_by == part.signed_by)
    return and_(
        part.status == MembershipStatus.SIGNED,
        or_(
            part.signed_by.is_(None),
            part.signed_by == part.member_id,
            is_brought_in,
            ~has_people(part.member_id),
        ),
    )


def may_be_brought_in(actor: Actor, member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a member has no people and is bound by nobody else, or has those the actor's entered first.

    Once it has signed by itself it speaks for itself, and nobody brings it in any more.
    """
    row, part, group, own = aliased(Member), aliased(GroupMember), aliased(Group), aliased(GroupMember)
    has_signed = exists().where(own.member_id == member, own.signed_by == own.member_id)
    introduced = and_(exists().where(row.id == member, row.introduced_by == actor.member), ~has_signed)
    is_bound_elsewhere = exists().where(
        part.member_id == member,
        part.status == MembershipStatus.SIGNED,
        group.id == part.group_id,
        group.status != GroupStatus.ENDED,
        group.coordinator_id.is_distinct_from(actor.member),
    )
    return or_(introduced, and_(~has_people(member), ~is_bound_elsewhere))


def has_people(member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether anybody, a person or a desk, is entered for a member."""
    person, desk = aliased(Person), aliased(Desk)
    return or_(exists().where(person.member_id == member), exists().where(desk.member_id == member))


def _works_beside(actor: Actor, member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    own = member == actor.member if actor.member else false()
    return or_(
        own,
        member.in_(members_bound_by(groups_binding(actor, SEE_PEOPLE))),
        member.in_(members_tended_by(actor)),
    )
