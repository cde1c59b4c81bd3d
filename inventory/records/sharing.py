"""In which groups a member's inventory is open to those bound by an NDA: open, unless its contacts shut it."""

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from agreements.models import Group
from agreements.queries import group_of
from agreements.visibility import groups_that_bind, groups_visible_to
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip
from foundation.problems import NotFound
from inventory import permissions
from inventory.errors import NotYourRecords
from inventory.records.models import InventorySharing
from inventory.records.reading import is_own
from inventory.records.schemas import SharingDraft, SharingsView, SharingView


def list_sharing(session: Session, actor: Actor, ref: str) -> SharingsView:
    """Return the groups that bind the actor's own member, and what it shares there. Raises NotFound."""
    if not is_own(actor, ref) or actor.member is None:
        raise NotFound
    rows = session.execute(
        select(Group.id, Group.name, InventorySharing.is_shared, InventorySharing.changed_at)
        .outerjoin(
            InventorySharing,
            and_(InventorySharing.group_id == Group.id, InventorySharing.member_id == actor.member),
        )
        .where(Group.id.in_(groups_that_bind(actor.member)), groups_visible_to(actor))
        .order_by(Group.id)
    )
    return SharingsView(
        items=[
            SharingView(group=group, name=name, is_shared=is_shared is not False, changed_at=changed_at)
            for group, name, is_shared, changed_at in rows
        ]
    )


def share(session: Session, actor: Actor, ref: str, group_id: str, draft: SharingDraft) -> SharingsView:
    """Open or shut the own inventory in a group, from the next call on. Raises NotYourRecords, GroupNotFound."""
    if not is_own(actor, ref) or actor.member is None:
        raise NotYourRecords
    group = group_of(session, actor, group_id)
    actor.require(permissions.SHARE, group=group.id)
    key = {"member_id": actor.member, "group_id": group.id}
    said = {
        "is_shared": draft.is_shared,
        "changed_by": actor.person or "operator",
        "changed_at": clock.now(session),
    }
    if not insert_or_skip(session, InventorySharing, {**key, **said}):
        row = session.get_one(InventorySharing, key, with_for_update=True, populate_existing=True)
        row.is_shared, row.changed_by, row.changed_at = draft.is_shared, str(actor.person), clock.now(session)
    audit.record(
        session,
        actor,
        "inventory.shared" if draft.is_shared else "inventory.shut",
        f"inventory:{actor.member}",
        group=group.id,
    )
    session.flush()
    return list_sharing(session, actor, ref)
