"""Entering an address for one incident, and making sure that it is theirs.

A member whose mail and phones are gone can't enter its own, so any contact beside it may; that one person alone
could then draw another member's alerts to themselves, so it counts only after somebody else has confirmed it.
Both are contacts of the member itself or of a member of the same group in force, and what another member vouches for
counts in that group alone: nobody gets hold of what other groups tell the member.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import authority, permissions
from agreements.addresses import TEMPORARY, read, search_digest
from agreements.errors import AlreadyConfirmed, NotIndependent
from agreements.events import IncidentNamed
from agreements.lifecycle import GroupStatus
from agreements.models import ChannelKind, Confirmation, Member, Person, TemporaryContact
from agreements.queries import member_of
from agreements.temporary.queries import temporary_of, temporary_view
from agreements.temporary.schemas import ConfirmationDraft, TemporaryDraft, TemporaryView
from agreements.visibility import groups_in_force, groups_that_bind
from foundation import audit, clock, events
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import FieldError, Forbidden, Invalid
from foundation.sealing import seal

OPERATOR = "operator"


def enter(session: Session, actor: Actor, ref: str, draft: TemporaryDraft) -> TemporaryView:
    """Keep an address of a member for one incident; nothing is sent to it before it is confirmed."""
    member = member_of(session, actor, ref)
    group = _vouching_group(session, actor, member, draft.group)
    kind = ChannelKind(draft.channel)
    address = read(kind, draft.address, "/address")
    _check_person(session, member, draft.person)
    _check_incident(session, draft.incident)
    row = new_id()
    contact = TemporaryContact(
        id=row,
        incident_id=draft.incident,
        group_id=group,
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
    audit.record(
        session,
        actor,
        "agreements.temporary_contact_entered",
        f"temporary-contact:{row}",
        chain=member.id,
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
    if by == contact.created_by or not _is_independent(session, actor, contact, draft.how):
        raise NotIndependent
    contact.confirmed_at = clock.now(session)
    contact.confirmed_by = by
    contact.confirmed_how = draft.how.value
    audit.record(
        session,
        actor,
        "agreements.temporary_contact_confirmed",
        f"temporary-contact:{contact.id}",
        chain=contact.member_id,
        member=contact.member_id,
        how=draft.how.value,
    )
    session.flush()
    return temporary_view(session, actor, contact)


def _vouching_group(session: Session, actor: Actor, member: Member, wanted: str | None) -> str | None:
    """Return the group in which an address counts, None for all; raises Forbidden for who may not vouch."""
    if authority.speaks_for(session, actor, member.id):
        return None
    shared = _shared_groups(session, actor, member.id)
    if not shared:
        raise Forbidden
    if wanted is None and len(shared) == 1:
        return shared[0]
    if wanted not in shared:
        raise Invalid(
            FieldError(
                "/group",
                "group-needed",
                "この団体と同じ発効中の協定グループの id を指定してください。",
                "Name a group in force in which this member takes part as yours does.",
            )
        )
    return wanted


def _shared_groups(session: Session, actor: Actor, member: str) -> list[str]:
    """The groups in force that bind the actor's member and the other one."""
    groups = groups_that_bind(member, GroupStatus.IN_FORCE)
    ours = groups.where(groups.selected_columns.group_id.in_(groups_in_force(actor, permissions.VOUCH)))
    return list(session.scalars(ours))


def _is_independent(session: Session, actor: Actor, contact: TemporaryContact, how: Confirmation) -> bool:
    """Tell whether somebody else than who entered it stands behind the confirmation.

    Of the member itself, a person calls back; of another one, it is a third member's word or call.
    """
    if authority.speaks_for(session, actor, contact.member_id):
        return how is Confirmation.CALL_BACK
    shared = _shared_groups(session, actor, contact.member_id)
    is_beside = contact.group_id in shared if contact.group_id else bool(shared)
    return is_beside and actor.member != contact.created_by_member


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


def _check_incident(session: Session, incident: str) -> None:
    """Incidents are kept above, so their room is asked."""
    if events.emit(session, IncidentNamed(incident)) is False:
        raise Invalid(
            FieldError(
                "/incident",
                "unknown",
                "この災害は見つかりません。災害の一覧から選び直してください。",
                "There is no such incident. Please choose one from the list.",
            )
        )
