"""Entering and changing people and desks."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import authority, cover
from agreements.actions import locked
from agreements.addresses import BadAddressError, normalise
from agreements.models import ChannelKind, Desk, Member, Person, PersonRole
from agreements.people import channels, leaving
from agreements.people.queries import desk_view, first_channel, person_of, person_view
from agreements.people.schemas import DeskDraft, DeskView, PersonChange, PersonDraft, PersonView, RolesChange
from agreements.places import place_named
from agreements.queries import member_of
from agreements.visibility import has_people
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid

FIELDS = {"email": ChannelKind.EMAIL, "mobile": ChannelKind.SMS}
"""A person's two fields that are channels."""


def add_person(session: Session, actor: Actor, draft: PersonDraft) -> PersonView:
    """Enter somebody who works for a member. Raises EmailTaken."""
    member = _entered_for(session, actor, _member_meant(session, actor, draft))
    addresses = _addresses(draft, set(FIELDS))
    person = Person(
        id=new_id(),
        member=member,
        name=draft.name,
        kana=draft.kana,
        department=draft.department,
        is_active=True,
        created_at=clock.now(session),
    )
    person.channels = [
        channels.channel(session, member.id, FIELDS[field], address)
        for field, address in addresses.items()
        if address is not None
    ]
    with channels.unique_mail(session):
        session.add(person)
    audit.record(session, actor, "agreements.person_added", f"person:{person.id}", chain=member.id, member=member.id)
    return person_view(session, actor, person)


def change_person(
    session: Session, actor: Actor, person_id: str, change: PersonChange, if_match: int | None = None
) -> PersonView:
    """Change what is known of a person. Raises EmailTaken, LastContact, StepUpNeeded, RoleHolder."""
    # The member's row comes first, as where its directory writes
    locked(session, person_of(session, actor, person_id).member_id)
    person = person_of(session, actor, person_id, for_update=True)
    authority.require_tending(session, actor, person.member_id)
    check_version(person.version, if_match)
    given = change.model_fields_set
    addresses = _addresses(change, given & set(FIELDS))
    if "email" in addresses and not channels.is_same(session, person, addresses["email"]):
        channels.announce_mail_change(session, actor, person)
    with channels.unique_mail(session):
        for field, address in addresses.items():
            _set_address(session, person, FIELDS[field], address)
        _set_facts(person, change)
    if change.is_active is not None:
        _set_active(session, actor, person, is_active=change.is_active)
    audit.record(
        session,
        actor,
        "agreements.person_changed",
        f"person:{person.id}",
        chain=person.member_id,
        fields=sorted(given),
    )
    return person_view(session, actor, person)


def give_roles(session: Session, actor: Actor, person_id: str, wanted: RolesChange) -> PersonView:
    """Say which roles a person has from now on. Raises PersonNotFound, NotAdministrator, OwnRoles."""
    person = person_of(session, actor, person_id, for_update=True)
    authority.require_giving_roles(actor, person)
    held = {each.role: each for each in person.roles}
    for role in held.keys() - set(wanted.roles):
        person.roles.remove(held[role])
    for role in sorted(set(wanted.roles) - held.keys()):
        person.roles.append(PersonRole(role=role.value, given_by=actor.person, given_at=clock.now(session)))
    person.version += 1
    audit.record(
        session,
        actor,
        "agreements.roles_given",
        f"person:{person.id}",
        chain=person.member_id,
        roles=sorted(set(wanted.roles)),
        before=sorted(held),
    )
    session.flush()
    session.refresh(person, ["roles"])
    return person_view(session, actor, person)


def add_desk(session: Session, actor: Actor, ref: str, draft: DeskDraft) -> DeskView:
    """Enter an office contact that is not a person."""
    member = _entered_for(session, actor, member_of(session, actor, ref))
    desk = Desk(id=new_id(), member=member, name=draft.name)
    session.add(desk)
    audit.record(session, actor, "agreements.desk_added", f"desk:{desk.id}", chain=member.id, member=member.id)
    session.flush()
    return desk_view(desk)


def _entered_for(session: Session, actor: Actor, member: Member) -> Member:
    """Lock a member that the actor tends, and keep who enters the first of its people."""
    locked(session, member.id)
    authority.require_tending(session, actor, member.id)
    is_first = session.scalar(select(Member.id).where(Member.id == member.id, ~has_people(Member.id))) is not None
    if is_first and actor.member not in {None, member.id}:
        member.introduced_by = actor.member
    return member


def _member_meant(session: Session, actor: Actor, draft: PersonDraft) -> Member:
    if draft.member is not None:
        return member_of(session, actor, draft.member)
    if draft.municipality is not None:
        is_id = "-" in draft.municipality
        return member_of(session, actor, draft.municipality if is_id else place_named(draft.municipality).code)
    if actor.member is None:
        raise Invalid(
            FieldError(
                "/municipality",
                "missing",
                "所属する自治体の団体コードを入力してください。",
                "Give the municipality code of the person's member.",
            )
        )
    return session.get_one(Member, actor.member)


def _addresses(draft: PersonDraft | PersonChange, fields: set[str]) -> dict[str, str | None]:
    """Read the given address fields as they are kept. Raises Invalid with the errors of all of them."""
    errors = []
    found: dict[str, str | None] = {}
    for field in sorted(fields):
        text: str | None = getattr(draft, field)
        try:
            found[field] = None if text is None else normalise(FIELDS[field], text)
        except BadAddressError as error:
            errors.append(FieldError(f"/{field}", "address", str(error), error.en))
    if errors:
        raise Invalid(*errors)
    return found


def _set_address(session: Session, person: Person, kind: ChannelKind, address: str | None) -> None:
    known = first_channel(person, kind)
    if address is None:
        if known is not None:
            person.channels.remove(known)
            session.delete(known)
    elif known is None:
        person.channels.append(channels.channel(session, person.member_id, kind, address))
    else:
        channels.write_address(session, known, address)
        # Entered again as it was, it is confirmed by whoever does so; a directory's daily copy confirms nothing
        channels.revive(known)


def _set_facts(person: Person, change: PersonChange) -> None:
    if change.name is not None:
        person.name = change.name
    for field in change.model_fields_set & {"kana", "department"}:
        setattr(person, field, getattr(change, field))
    person.version += 1


def _set_active(session: Session, actor: Actor, person: Person, *, is_active: bool) -> None:
    if person.is_active and not is_active:
        cover.require_cover(session, leaving.disable(session, actor, person))
    person.is_active = is_active
    session.flush()
