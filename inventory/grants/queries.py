"""What members allow in an emergency."""

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from agreements.errors import NoTerms
from agreements.models import Group
from agreements.queries import terms_in_force, terms_since
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
                is_allowed=counts(session, said),
                changed_by=said.changed_by if said else None,
                changed_at=said.changed_at if said else None,
            )
            for group, said in rows
        ],
    )


def is_allowed(session: Session, member: str, group: str) -> bool:
    """Tell whether both the agreement and the owner allow it now: nothing of it is cached."""
    return counts(session, session.get(EmergencyPermission, (member, group)))


def counts(session: Session, said: EmergencyPermission | None) -> bool:
    """Tell whether an owner's word holds: the agreement has known emergency access ever since it was given.

    What was consented to under terms that went away does not come back with them.
    """
    if said is None or not said.is_allowed:
        return False
    known = terms_since(session, said.group_id, said.changed_at)
    return bool(known) and all(each.emergency_access for each in known)


def is_in_terms(session: Session, group: str) -> bool:
    """Tell whether the agreement's present terms know emergency access."""
    try:
        return terms_in_force(session, group)[1].emergency_access
    except NoTerms:
        return False
