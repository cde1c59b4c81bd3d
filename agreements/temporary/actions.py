"""Entering an address for one incident, and making sure that it is theirs.

A member whose mail and phones are gone can't enter its own, so any contact beside it may; that one person alone
could then draw another member's alerts to themselves, so it counts only after somebody else has confirmed it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.addresses import TEMPORARY, read, search_digest
from agreements.errors import AlreadyConfirmed, NotIndependent
from agreements.models import ChannelKind, Confirmation, Member, Person, TemporaryContact
from agreements.queries import member_of
from agreements.temporary.queries import temporary_of, temporary_view
from agreements.temporary.schemas import ConfirmationDraft, TemporaryDraft, TemporaryView
from agreements.visibility import temporary_contacts_visible_to
from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import FieldError, Forbidden, Invalid
from foundation.sealing import seal

OPERATOR = "operator"


def enter(session: Session, actor: Actor, ref: str, draft: TemporaryDraft) -> TemporaryView:
    """Keep an address of a member for one incident; nothing is sent to it before it is confirmed."""
    member = member_of(session, actor, ref)
    kind = ChannelKind(draft.channel)
    address = read(kind, draft.address, "/address")
    _check_person(session, member, draft.person)
    row = new_id()
    contact = TemporaryContact(
        id=row,
        incident_id=draft.incident,
        member=member,
        person_id=draft.person,
        label=draft.label,
        kind=kind.value,
        address_sealed=seal(session, member.id, TEMPORARY, row, address),
        digest=search_digest(session, kind, address),
        created_by=actor.person or OPERATOR,
        created_by_member=actor.member,
        created_at=clock.now(session),
    )
    session.add(contact)
    session.flush()
    _check_sight(session, actor, contact)
    audit.record(
        session,
        actor,
        "agreements.temporary_contact_entered",
        f"temporary-contact:{row}",
        member=member.id,
        incident=draft.incident,
    )
    return temporary_view(session, actor, contact)


def confirm(session: Session, actor: Actor, contact_id: str, draft: ConfirmationDraft) -> TemporaryView:
    """Make an address count. Raises NotIndependent for whoever entered it, AlreadyConfirmed."""
    contact = temporary_of(session, actor, contact_id)
    if contact.confirmed_at is not None:
        raise AlreadyConfirmed
    by = actor.person or OPERATOR
    if by == contact.created_by:
        raise NotIndependent
    # As another member's word it must come neither from the member itself nor from whoever entered it.
    if draft.how is Confirmation.MEMBER and actor.member in {None, contact.member_id, contact.created_by_member}:
        raise NotIndependent
    contact.confirmed_at = clock.now(session)
    contact.confirmed_by = by
    contact.confirmed_how = draft.how.value
    audit.record(
        session,
        actor,
        "agreements.temporary_contact_confirmed",
        f"temporary-contact:{contact.id}",
        member=contact.member_id,
        how=draft.how.value,
    )
    session.flush()
    return temporary_view(session, actor, contact)


def _check_sight(session: Session, actor: Actor, contact: TemporaryContact) -> None:
    """Only who would see it may enter it: associates see the member, but not how it is reached."""
    seen = select(TemporaryContact.id).where(TemporaryContact.id == contact.id, temporary_contacts_visible_to(actor))
    if session.scalar(seen) is None:
        raise Forbidden


def _check_person(session: Session, member: Member, person: str | None) -> None:
    if person is None:
        return
    works_there = select(Person.id).where(Person.id == person, Person.member_id == member.id, Person.is_active)
    if session.scalar(works_there) is None:
        raise Invalid(
            FieldError(
                "/person",
                "unknown",
                "この団体に登録されている担当者を指定してください。",
                "Give an active person of this member.",
            )
        )
