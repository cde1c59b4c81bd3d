"""Reading temporary contacts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.addresses import TEMPORARY
from agreements.errors import TemporaryContactNotFound
from agreements.models import Confirmation, TemporaryContact
from agreements.queries import member_of
from agreements.temporary.schemas import TemporaryView
from agreements.visibility import may_see_addresses, temporary_contacts_visible_to
from foundation.actor import Actor
from foundation.paging import Page, page
from foundation.sealing import shown


def list_temporary(
    session: Session, actor: Actor, ref: str, incident: str | None, cursor: str | None
) -> Page[TemporaryView]:
    """Return the temporary contacts of a member the actor sees."""
    member = member_of(session, actor, ref)
    statement = select(TemporaryContact).where(
        TemporaryContact.member_id == member.id, temporary_contacts_visible_to(actor)
    )
    if incident is not None:
        statement = statement.where(TemporaryContact.incident_id == incident)
    return page(session, statement, TemporaryContact.id, cursor, lambda each: temporary_view(session, actor, each))


def temporary_of(session: Session, actor: Actor, contact: str) -> TemporaryContact:
    """Return a temporary contact the actor sees, locked. Raises TemporaryContactNotFound."""
    found = session.scalar(
        select(TemporaryContact)
        .where(TemporaryContact.id == contact, temporary_contacts_visible_to(actor))
        .with_for_update(of=TemporaryContact)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise TemporaryContactNotFound
    return found


def temporary_view(session: Session, actor: Actor, contact: TemporaryContact) -> TemporaryView:
    address = None
    if may_see_addresses(actor):
        address = shown(session, contact.member_id, TEMPORARY, contact.id, contact.address_sealed)
    return TemporaryView(
        id=contact.id,
        incident=contact.incident_id,
        group=contact.group_id,
        member=contact.member_id,
        municipality=contact.member.municipality,
        person=contact.person_id,
        channel=contact.kind,
        address=address,
        label=contact.label,
        created_at=contact.created_at,
        confirmed_at=contact.confirmed_at,
        confirmed_how=Confirmation(contact.confirmed_how) if contact.confirmed_how else None,
    )
