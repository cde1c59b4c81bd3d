"""What members allow in an emergency."""

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from agreements.errors import NoTerms
from agreements.models import Group
from agreements.queries import terms_in_force
from agreements.visibility import groups_that_bind
from foundation.actor import Actor
from foundation.problems import NotFound
from inventory import permissions
from inventory.grants.models import EmergencyPermission
from inventory.grants.schemas import EmergencyPermissionsView, EmergencyPermissionView
from inventory.ownership import is_own


def own_groups_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The groups that bind the actor's own member: an administrator sees them without being a contact there."""
    if actor.member is None or not actor.may(permissions.ALLOW_EMERGENCY):
        return false()
    return Group.id.in_(groups_that_bind(actor.member))


def list_permissions(session: Session, actor: Actor, ref: str) -> EmergencyPermissionsView:
    """Return what the actor's own member allows in each group that binds it. Raises NotFound for another member."""
    if not is_own(actor, ref) or actor.member is None:
        raise NotFound
    is_of_member = and_(EmergencyPermission.group_id == Group.id, EmergencyPermission.member_id == actor.member)
    rows = session.execute(
        select(Group, EmergencyPermission)
        .outerjoin(EmergencyPermission, is_of_member)
        .where(own_groups_visible_to(actor))
        .order_by(Group.id)
    )
    return EmergencyPermissionsView(
        member=actor.member,
        items=[
            EmergencyPermissionView(
                group=group.id,
                name=group.name,
                is_in_terms=is_in_terms(session, group.id),
                is_allowed=said is not None and said.is_allowed,
                changed_by=said.changed_by if said else None,
                changed_at=said.changed_at if said else None,
            )
            for group, said in rows
        ],
    )


def is_allowed(session: Session, member: str, group: str) -> bool:
    """Tell whether both the agreement and the owner allow it now: nothing of it is cached."""
    said = select(EmergencyPermission.is_allowed).where(
        EmergencyPermission.member_id == member, EmergencyPermission.group_id == group
    )
    return is_in_terms(session, group) and session.scalar(said) is True


def is_in_terms(session: Session, group: str) -> bool:
    """Tell whether the agreement's present terms know emergency access."""
    try:
        return terms_in_force(session, group)[1].emergency_access
    except NoTerms:
        return False
