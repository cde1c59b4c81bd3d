"""Who may do what to whom: the rules that a permission alone does not say."""

from sqlalchemy.orm import Session

from agreements import permissions
from agreements.models import ContactFunction
from agreements.visibility import members_tended_by
from foundation.actor import Actor
from foundation.problems import Forbidden


def may_tend(session: Session, actor: Actor, member: str) -> bool:
    """Tell whether the actor keeps a member's people and seat: its own contacts, its coordinators, an operator."""
    if actor.is_operator or _speaks_for(actor, member):
        return actor.may(permissions.TEND)
    tended = members_tended_by(actor)
    return session.scalar(tended.where(tended.selected_columns.member_id == member).limit(1)) is not None


def require_tending(session: Session, actor: Actor, member: str) -> None:
    """Raise Forbidden unless the actor keeps the member's people and seat."""
    if not may_tend(session, actor, member):
        raise Forbidden


def require_tending_in(actor: Actor, group: str, member: str) -> None:
    """Raise Forbidden unless the actor keeps what the member does in this one group."""
    own = _speaks_for(actor, member) and actor.may(permissions.TEND)
    if not (own or actor.may(permissions.COORDINATE, group=group)):
        raise Forbidden


def _speaks_for(actor: Actor, member: str) -> bool:
    """Tell whether the actor is a contact of the member in any group."""
    is_contact = any(not part.roles.isdisjoint(ContactFunction) for part in actor.memberships)
    return actor.acts_for(member) and is_contact
