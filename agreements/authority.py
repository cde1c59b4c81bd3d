"""Who may do what to whom: the rules that a permission alone does not say. The rule stands in `visibility.py`."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agreements import permissions
from agreements.errors import NotAdministrator, OwnRoles, RoleHolder
from agreements.lifecycle import GroupStatus
from agreements.models import Contact, Group, GroupMember, Member, MembershipStatus, Person
from agreements.nda_models import Nda
from agreements.visibility import has_people, may_be_brought_in, members_tended_by
from foundation.actor import TWO_FACTORS, Actor
from foundation.problems import Forbidden, StepUpNeeded


def may_tend(session: Session, actor: Actor, member: str, group: str | None = None) -> bool:
    """Tell whether the actor keeps a member's people and seat (what it does in one group)."""
    if actor.is_operator or speaks_for(session, actor, member):
        return actor.may(permissions.TEND)
    tended = members_tended_by(actor, group)
    return session.scalar(tended.where(tended.selected_columns.member_id == member).limit(1)) is not None


def require_tending(session: Session, actor: Actor, member: str) -> None:
    """Raise Forbidden unless the actor keeps the member's people and seat."""
    if not may_tend(session, actor, member):
        raise Forbidden


def require_tending_in(session: Session, actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless the actor keeps what the member does in this one group."""
    if not may_tend(session, actor, member, group):
        raise Forbidden


def require_signing(session: Session, actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless the actor may record that the member has signed.

    Its own contact and an operator may; the coordinator may note a signature on paper. What that one is worth for a
    member that speaks for itself elsewhere is decided by `visibility.consents`: nothing, until it signs here. Who has
    nobody to speak for it is not noted twice: two coordinators could keep each other from entering its people.
    """
    if actor.is_operator or speaks_for(session, actor, member):
        actor.require(permissions.TEND)
        return
    actor.require(permissions.COORDINATE, group=group)
    open_to_it = or_(has_people(Member.id), may_be_brought_in(actor, Member.id))
    if session.scalar(select(Member.id).where(Member.id == member, open_to_it)) is None:
        raise Forbidden


def require_giving_roles(actor: Actor, person: Person) -> None:
    """Raise unless the actor may say which roles a person has: an administrator of the same member, or the operator.

    The first administrator of a member is therefore the operator's to name. Raises NotAdministrator, OwnRoles.
    """
    actor.require(permissions.GIVE_ROLES)
    if not (actor.is_operator or actor.acts_for(person.member_id)):
        raise NotAdministrator
    if actor.person == person.id:
        raise OwnRoles


def require_releasing(session: Session, actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless the actor may say that the member leaves: it itself, and whoever keeps the group."""
    is_own = speaks_for(session, actor, member) and actor.may(permissions.TEND)
    if not (is_own or actor.may(permissions.COORDINATE, group=group)):
        raise Forbidden


def require_recording_nda(session: Session, actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless a contact in the group notes a paper of its own member's, or its coordinator does."""
    if actor.is_operator or not (actor.acts_for(member) or may_tend(session, actor, member, group)):
        raise Forbidden


def require_revoking_nda(session: Session, actor: Actor, nda: Nda) -> None:
    """Raise Forbidden unless the actor may end it: the person, their member's contact, a coordinator, an operator."""
    is_own = actor.person is not None and actor.person == nda.person_id
    is_kept = actor.is_operator or actor.may(permissions.COORDINATE, group=nda.group_id)
    if not (is_own or is_kept or speaks_for(session, actor, nda.member_id)):
        raise Forbidden


def require_changing_mail(actor: Actor, person: Person) -> None:
    """Raise StepUpNeeded, RoleHolder unless the actor may change the address by which somebody signs in.

    A short number never suffices, nor one factor for somebody else's: with the address goes the next invitation. Of
    who holds a role only those who give roles change it.
    """
    if actor.is_pin:
        raise StepUpNeeded
    if actor.person == person.id:
        return
    if person.roles and not actor.may(permissions.GIVE_ROLES):
        raise RoleHolder
    if actor.assurance < TWO_FACTORS and not actor.is_operator:
        raise StepUpNeeded


def speaks_for(session: Session, actor: Actor, member: str) -> bool:
    """Tell whether the actor is a contact of the member in any group, also one it is only invited to."""
    if actor.person is None or not actor.acts_for(member):
        return False
    found = session.scalar(
        select(Contact.id)
        .join(Person, Person.id == Contact.person_id)
        .join(Group, Group.id == Contact.group_id)
        .join(GroupMember, (GroupMember.group_id == Group.id) & (GroupMember.member_id == Contact.member_id))
        .where(
            Contact.person_id == actor.person,
            Contact.member_id == member,
            Person.is_active,
            Group.status != GroupStatus.ENDED,
            GroupMember.status != MembershipStatus.LEFT,
        )
        .limit(1)
    )
    return found is not None
