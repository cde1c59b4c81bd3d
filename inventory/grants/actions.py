"""The owner's word on emergencies, and the grants that the room above gives and takes back."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.errors import GroupNotFound
from agreements.events import MembershipEnded
from agreements.models import Group
from foundation import audit, clock
from foundation.actor import TWO_FACTORS, Actor
from foundation.database import as_service
from foundation.database.statements import insert_or_skip
from foundation.events import emit
from foundation.problems import StepUpNeeded
from inventory.errors import NotYourRecords
from inventory.events import EmergencyForbidden
from inventory.grants import queries
from inventory.grants.models import EmergencyPermission, ReadingGrant
from inventory.grants.schemas import EmergencyPermissionDraft, EmergencyPermissionsView
from inventory.ownership import is_own


def allow(
    session: Session, actor: Actor, ref: str, group_id: str, draft: EmergencyPermissionDraft
) -> EmergencyPermissionsView:
    """Say whether the own inventory may be read in an emergency. To forbid it one factor is enough.

    Raises NotYourRecords, GroupNotFound, StepUpNeeded.
    """
    if not is_own(actor, ref) or actor.member is None:
        raise NotYourRecords
    own = select(Group.id).where(Group.id == group_id, queries.own_groups_visible_to(actor))
    if session.scalar(own) is None:
        raise GroupNotFound
    if draft.is_allowed and actor.assurance < TWO_FACTORS:
        raise StepUpNeeded
    _say(session, actor, actor.member, group_id, is_allowed=draft.is_allowed)
    act = "inventory.emergency_allowed" if draft.is_allowed else "inventory.emergency_forbidden"
    audit.record(session, actor, act, f"inventory:{actor.member}", group=group_id)
    session.flush()
    if not draft.is_allowed:
        emit(session, EmergencyForbidden(actor.member, group_id, actor))
    return queries.list_permissions(session, actor, ref)


def membership_ended(session: Session, event: MembershipEnded) -> None:
    """Take back what a member allowed in a group that it leaves, whoever enters that (told by the room below)."""
    with as_service(session):
        said = session.get(EmergencyPermission, (event.member, event.group))
        if said is None or not said.is_allowed:
            return
        said.is_allowed, said.changed_by, said.changed_at = False, str(event.by.mark), clock.now(session)
        session.flush()
        facts = {"chain": event.member, "group": event.group}
        audit.record(session, event.by, "inventory.emergency_forbidden", f"inventory:{event.member}", **facts)
        emit(session, EmergencyForbidden(event.member, event.group, event.by))


def give(session: Session, grant: ReadingGrant) -> None:
    """Let a person read from now on."""
    session.add(grant)
    session.flush()


def take_back(session: Session, grant: str, at: datetime) -> None:
    """End a grant, if it has ever been given."""
    session.flush()
    session.execute(
        update(ReadingGrant).where(ReadingGrant.id == grant, ReadingGrant.ended_at.is_(None)).values(ended_at=at)
    )


def _say(session: Session, actor: Actor, member: str, group: str, *, is_allowed: bool) -> None:
    key = {"member_id": member, "group_id": group}
    said = {"is_allowed": is_allowed, "changed_by": str(actor.person), "changed_at": clock.now(session)}
    if insert_or_skip(session, EmergencyPermission, {**key, **said}):
        return
    row = session.get_one(EmergencyPermission, key, with_for_update=True, populate_existing=True)
    row.is_allowed, row.changed_by, row.changed_at = is_allowed, str(actor.person), clock.now(session)
