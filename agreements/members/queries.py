"""Reading a group's members."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.cover import functions_held, missing_functions
from agreements.errors import MemberNotFound
from agreements.members.schemas import MemberView
from agreements.models import ContactFunction, Group, GroupMember, MemberKind, MembershipStatus
from agreements.queries import group_open_to, member_of, part_of
from foundation.actor import Actor
from foundation.paging import Page, page


def list_members(session: Session, actor: Actor, group_id: str, cursor: str | None) -> Page[MemberView]:
    group = group_open_to(session, actor, group_id)
    held = functions_held(session, group.id)
    statement = select(GroupMember).where(GroupMember.group_id == group.id)
    return page(
        session, statement, GroupMember.id, cursor, lambda part: member_view(group, part, held[part.member_id])
    )


def read_member(session: Session, actor: Actor, group_id: str, ref: str) -> MemberView:
    group = group_open_to(session, actor, group_id)
    return view_of(session, group, part_named(session, actor, group, ref))


def part_named(session: Session, actor: Actor, group: Group, ref: str) -> GroupMember:
    """Return a member's part in a group the actor sees. Raises MemberNotFound."""
    part = part_of(session, group.id, member_of(session, actor, ref).id)
    if part is None:
        raise MemberNotFound
    return part


def view_of(session: Session, group: Group, part: GroupMember) -> MemberView:
    held = functions_held(session, group.id, part.member_id)
    return member_view(group, part, held[part.member_id])


def member_view(group: Group, part: GroupMember, held: set[ContactFunction]) -> MemberView:
    member = part.member
    place = directory.find(member.municipality) if member.municipality else None
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
        missing_functions=missing_functions(part, held),
    )
