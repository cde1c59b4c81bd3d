"""Designating who is told, and who may speak for a member, in a group."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agreements import authority, cover
from agreements.contacts.queries import contact_view
from agreements.contacts.schemas import ContactDraft, ContactView
from agreements.errors import ContactNotFound, GroupEnded, MemberLeft, PlaceTaken
from agreements.lifecycle import GroupStatus
from agreements.members.queries import part_named
from agreements.models import Contact, ContactFunction, Desk, GroupMember, MembershipStatus, Person
from agreements.queries import group_open_to
from agreements.visibility import contacts_visible_to, desks_visible_to, people_visible_to
from foundation import audit
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid


def designate(session: Session, actor: Actor, group_id: str, ref: str, draft: ContactDraft) -> ContactView:
    """Make a person or desk of a member its contact in a group. Raises PlaceTaken."""
    part = _tended_part(session, actor, group_id, ref)
    if part.status == MembershipStatus.LEFT:
        raise MemberLeft
    holder = _holder(session, actor, part.member_id, draft)
    contact = Contact(
        id=new_id(),
        group_id=part.group_id,
        member_id=part.member_id,
        person=holder if isinstance(holder, Person) else None,
        desk=holder if isinstance(holder, Desk) else None,
        function=draft.function.value,
        order=draft.order or _next_order(session, part, draft.function),
    )
    _add(session, contact)
    audit.record(
        session,
        actor,
        "agreements.contact_designated",
        f"contact:{contact.id}",
        chain=part.member_id,
        group=part.group_id,
        member=part.member_id,
    )
    held = cover.functions_held(session, part.group_id, part.member_id)[part.member_id]
    return contact_view(part, contact, held)


def dismiss(session: Session, actor: Actor, group_id: str, ref: str, contact_id: str) -> None:
    """End a designation. Raises LastContact where a group in force would be left without."""
    part = _tended_part(session, actor, group_id, ref)
    contact = session.scalar(
        select(Contact).where(
            Contact.id == contact_id,
            Contact.group_id == part.group_id,
            Contact.member_id == part.member_id,
            contacts_visible_to(actor),
        )
    )
    if contact is None:
        raise ContactNotFound
    given_up = [(contact.group_id, contact.member_id, ContactFunction(contact.function))]
    cover.lock(session, given_up)
    session.delete(contact)
    session.flush()
    cover.require_cover(session, given_up)
    audit.record(
        session,
        actor,
        "agreements.contact_dismissed",
        f"contact:{contact_id}",
        chain=part.member_id,
        group=part.group_id,
        member=part.member_id,
    )


def _tended_part(session: Session, actor: Actor, group_id: str, ref: str) -> GroupMember:
    group = group_open_to(session, actor, group_id)
    part = part_named(session, actor, group, ref)
    authority.require_tending_in(session, actor, group.id, part.member_id)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    return part


def _holder(session: Session, actor: Actor, member: str, draft: ContactDraft) -> Person | Desk:
    if (draft.person is None) == (draft.desk is None):
        raise Invalid(
            FieldError("/person", "one-of", "担当者か窓口の一方を指定してください。", "Give a person or a desk.")
        )
    found: Person | Desk | None
    if draft.person is not None:
        statement = select(Person).where(
            Person.id == draft.person, Person.member_id == member, Person.is_active, people_visible_to(actor)
        )
        found = session.scalar(statement)
    else:
        found = session.scalar(
            select(Desk).where(Desk.id == draft.desk, Desk.member_id == member, desks_visible_to(actor))
        )
    if found is None:
        raise Invalid(
            FieldError(
                "/person" if draft.person else "/desk",
                "unknown",
                "この団体に登録されている担当者・窓口を指定してください。",
                "Give an active person, or a desk, of this member.",
            )
        )
    return found


def _next_order(session: Session, part: GroupMember, function: ContactFunction) -> int:
    last = session.scalar(
        select(func.max(Contact.order)).where(
            Contact.group_id == part.group_id,
            Contact.member_id == part.member_id,
            Contact.function == function.value,
        )
    )
    return (last or 0) + 1


def _add(session: Session, contact: Contact) -> None:
    session.add(contact)
    try:
        session.flush()
    except IntegrityError as error:
        if any(name in str(error.orig) for name in ("uq_contacts_place", "contacts.order")):
            raise PlaceTaken from None
        raise
