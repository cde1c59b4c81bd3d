"""Reading a group's members."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.errors import MemberNotFound
from agreements.members.schemas import MemberView
from agreements.models import Contact, ContactFunction, Group, GroupMember, MemberKind, MembershipStatus
from agreements.queries import group_of, member_of, part_of
from foundation.actor import Actor
from foundation.paging import Page, page


def list_members(session: Session, actor: Actor, group_id: str, cursor: str | None) -> Page[MemberView]:
    group = group_of(session, actor, group_id)
    held = _functions_held(session, group.id)
    statement = select(GroupMember).where(GroupMember.group_id == group.id)
    return page(
        session, statement, GroupMember.id, cursor, lambda part: member_view(group, part, held[part.member_id])
    )


def read_member(session: Session, actor: Actor, group_id: str, ref: str) -> MemberView:
    group = group_of(session, actor, group_id)
    return view_of(session, group, part_named(session, actor, group, ref))


def part_named(session: Session, actor: Actor, group: Group, ref: str) -> GroupMember:
    """Return a member's part in a group the actor sees. Raises MemberNotFound."""
    part = part_of(session, group.id, member_of(session, actor, ref).id)
    if part is None:
        raise MemberNotFound
    return part


def missing_functions(session: Session, group: str, member: str) -> list[ContactFunction]:
    """Return the functions for which a member has no contact in the group yet."""
    held = set(
        session.scalars(select(Contact.function).where(Contact.group_id == group, Contact.member_id == member))
    )
    return [each for each in ContactFunction if each.value not in held]


def view_of(session: Session, group: Group, part: GroupMember) -> MemberView:
    missing = missing_functions(session, group.id, part.member_id)
    return member_view(group, part, {each.value for each in ContactFunction if each not in missing})


def member_view(group: Group, part: GroupMember, held: set[str]) -> MemberView:
    member = part.member
    place = directory.find(member.municipality) if member.municipality else None
    # Associates and the like owe no contacts; a member that has left owes none any more.
    owes = member.kind == MemberKind.MEMBER and part.status != MembershipStatus.LEFT
    return MemberView(
        member=member.id,
        municipality=member.municipality,
        prefecture=place.prefecture if place else None,
        name=member.name,
        kind=MemberKind(member.kind),
        status=MembershipStatus(part.status),
        is_coordinator=group.coordinator_id == member.id,
        deputy_order=part.deputy_order,
        signatory_name=part.signatory_name,
        signatory_title=part.signatory_title,
        signed_on=part.signed_on,
        joined_on=part.joined_on,
        left_on=part.left_on,
        missing_functions=[each for each in ContactFunction if owes and each.value not in held],
    )


def _functions_held(session: Session, group: str) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    rows = session.execute(select(Contact.member_id, Contact.function).where(Contact.group_id == group).distinct())
    for member, function in rows:
        held[member].add(function)
    return held
