"""The rule that a member designates at least one contact for 防災 and one for 情報."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agreements.errors import LastContact
from agreements.lifecycle import GroupStatus
from agreements.models import (
    Contact,
    ContactFunction,
    Group,
    GroupMember,
    Member,
    MemberKind,
    MembershipStatus,
    Person,
)

Place = tuple[str, str, ContactFunction]
"""Group, member and function of a contact."""


def functions_held(session: Session, group: str, member: str | None = None) -> dict[str, set[ContactFunction]]:
    """Return, by member, the functions for which it has a desk or an active person in the group."""
    statement = (
        select(Contact.member_id, Contact.function)
        .outerjoin(Person, Person.id == Contact.person_id)
        .where(Contact.group_id == group, or_(Contact.desk_id.is_not(None), Person.is_active))
        .distinct()
    )
    if member is not None:
        statement = statement.where(Contact.member_id == member)
    held: dict[str, set[ContactFunction]] = defaultdict(set)
    for holder, function in session.execute(statement):
        held[holder].add(ContactFunction(function))
    return held


def missing_functions(part: GroupMember, held: set[ContactFunction]) -> list[ContactFunction]:
    """Return what a member has yet to cover; associates and the like owe nothing, nor does one that has left."""
    owes = part.member.kind == MemberKind.MEMBER and part.status != MembershipStatus.LEFT
    return [each for each in ContactFunction if owes and each not in held]


def places_of_person(session: Session, person: str) -> list[Place]:
    """Return where a person is designated."""
    rows = session.execute(
        select(Contact.group_id, Contact.member_id, Contact.function).where(Contact.person_id == person)
    )
    return [(row.group_id, row.member_id, ContactFunction(row.function)) for row in rows]


def lock(session: Session, places: Iterable[Place]) -> None:
    """Keep others from giving up contacts of the same members, so that two can't take the last two away."""
    members = {member for _, member, _ in places}
    session.execute(select(Member.id).where(Member.id.in_(members)).order_by(Member.id).with_for_update())


def require_cover(session: Session, given_up: Iterable[Place]) -> None:
    """Raise LastContact where a bound member of a group in force lost its last contact of a function."""
    for group, member, function in given_up:
        if function not in functions_held(session, group, member)[member] and _is_bound(session, group, member):
            raise LastContact


def _is_bound(session: Session, group: str, member: str) -> bool:
    bound = session.scalar(
        select(GroupMember.id)
        .join(Group, Group.id == GroupMember.group_id)
        .join(Member, Member.id == GroupMember.member_id)
        .where(
            GroupMember.group_id == group,
            GroupMember.member_id == member,
            GroupMember.status == MembershipStatus.SIGNED,
            Group.status == GroupStatus.IN_FORCE,
            Member.kind == MemberKind.MEMBER,
        )
    )
    return bound is not None
