"""Who may do what to whom: the rules that a permission alone does not say."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from agreements import permissions
from agreements.models import ContactFunction, GroupMember, MembershipStatus
from foundation.actor import Actor, Membership
from foundation.problems import Forbidden


def coordinated_groups(actor: Actor) -> list[str]:
    """The groups whose matters the actor keeps as a coordinator's contact."""
    return [group for group in actor.groups if actor.may(permissions.COORDINATE, group=group)]


def may_tend(session: Session, actor: Actor, member: str) -> bool:
    """Tell whether the actor keeps a member's people and seat: its own contacts, its coordinators, an operator."""
    if not actor.may(permissions.TEND):
        return False
    if actor.is_operator or (actor.acts_for(member) and any(map(_is_contact, actor.memberships))):
        return True
    takes_part = exists().where(
        GroupMember.member_id == member,
        GroupMember.group_id.in_(coordinated_groups(actor)),
        GroupMember.status != MembershipStatus.LEFT,
    )
    return bool(session.scalar(select(takes_part)))


def require_tending(session: Session, actor: Actor, member: str) -> None:
    """Raise Forbidden unless the actor keeps the member's people and seat."""
    if not may_tend(session, actor, member):
        raise Forbidden


def require_tending_in(actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless the actor keeps what the member does in this one group."""
    part = actor.membership_in(group)
    own = (
        part is not None and part.member == member and _is_contact(part) and actor.may(permissions.TEND, group=group)
    )
    if not (own or actor.may(permissions.COORDINATE, group=group)):
        raise Forbidden


def _is_contact(part: Membership) -> bool:
    return not part.roles.isdisjoint(ContactFunction)
