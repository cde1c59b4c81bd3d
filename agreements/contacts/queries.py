"""Reading the designated contacts of a member in a group."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.contacts.schemas import ContactView
from agreements.cover import functions_held, missing_functions
from agreements.members.queries import part_named
from agreements.models import Contact, ContactFunction, GroupMember
from agreements.queries import group_open_to
from agreements.visibility import contacts_visible_to
from foundation.actor import Actor
from foundation.paging import Page, page


def list_contacts(session: Session, actor: Actor, group_id: str, ref: str, cursor: str | None) -> Page[ContactView]:
    """Return a member's contacts in a group, the earliest designated first."""
    part = part_named(session, actor, group_open_to(session, actor, group_id), ref)
    held = functions_held(session, part.group_id, part.member_id)[part.member_id]
    statement = select(Contact).where(
        Contact.group_id == part.group_id, Contact.member_id == part.member_id, contacts_visible_to(actor)
    )
    return page(session, statement, Contact.id, cursor, lambda contact: contact_view(part, contact, held))


def contact_view(part: GroupMember, contact: Contact, held: set[ContactFunction]) -> ContactView:
    holder = contact.person or contact.desk
    assert holder is not None  # one_holder
    return ContactView(
        id=contact.id,
        group=contact.group_id,
        member=contact.member_id,
        municipality=part.member.municipality,
        person=contact.person_id,
        desk=contact.desk_id,
        name=holder.name,
        function=ContactFunction(contact.function),
        order=contact.order,
        missing_functions=missing_functions(part, held),
    )
