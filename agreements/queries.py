"""Who is bound by what, and who is told: what this room and the rooms above read of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.addresses import search_digest
from agreements.errors import GroupNotFound, MemberNotFound, NoTerms
from agreements.lifecycle import GroupStatus
from agreements.models import (
    AgreementVersion,
    Channel,
    ChannelKind,
    Contact,
    Group,
    GroupMember,
    Member,
    MembershipStatus,
    Person,
)
from agreements.nda_models import Nda
from agreements.reach import ContactChannel as ContactChannel
from agreements.reach import addressees as addressees
from agreements.reach import addresses_of as addresses_of
from agreements.reach import channels_of_contacts as channels_of_contacts
from agreements.reach import mail_contacts as mail_contacts
from agreements.reach import mail_of_person as mail_of_person
from agreements.reach import person_addressees as person_addressees
from agreements.schemas import SeatView
from agreements.terms import Terms
from agreements.visibility import (
    consents,
    groups_open_to,
    groups_visible_to,
    holds_on,
    members_visible_to,
)
from agreements.visibility import people_visible_to as people_visible_to
from foundation import clock
from foundation.actor import Actor
from foundation.clock import JAPAN

BOUND_MEMBER = (
    Member.id,
    Member.municipality,
    Member.name,
    Member.kind,
    Member.seat_latitude,
    Member.seat_longitude,
)
"""The columns that a BoundMember is made from."""


class BoundMember(NamedTuple):
    """拘束される構成団体: a member that has signed and not left, and where it works now (degrees, or unknown)."""

    member: str
    municipality: str | None
    name: str
    kind: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """所属: one group in which a person is a contact; roles are `disaster`, `ict`, `coordinator`, `deputy`.

    Where `is_in_force` is false the group is yet to come into force, or its coordinator has yet to sign: a role then
    carries the acts on the agreement itself, not those of aid.
    """

    group: str
    member: str
    municipality: str | None
    kind: str
    is_in_force: bool
    roles: frozenset[str]


def group_of(session: Session, actor: Actor, group: str, *, for_update: bool = False) -> Group:
    """Return a group the actor has a part in. Raises GroupNotFound."""
    statement = select(Group).where(Group.id == group, groups_visible_to(actor))
    found = session.scalar(_locking(statement) if for_update else statement)
    if found is None:
        raise GroupNotFound
    return found


def _locking(statement: Select[Group]) -> Select[Group]:
    """Lock the group's row, and read it as it is then: its version is judged by what nobody else can change."""
    return statement.with_for_update(of=Group).execution_options(populate_existing=True)


def group_open_to(session: Session, actor: Actor, group: str, *, for_update: bool = False) -> Group:
    """Return a group the actor sees, or one to which its member is invited. Raises GroupNotFound."""
    statement = select(Group).where(Group.id == group, groups_open_to(actor))
    found = session.scalar(_locking(statement) if for_update else statement)
    if found is None:
        raise GroupNotFound
    return found


def member_named(session: Session, ref: str) -> Member:
    """Return a member by its municipality code or id, whoever asks. Raises MemberNotFound."""
    found = session.scalar(select(Member).where(or_(Member.municipality == ref, Member.id == ref)))
    if found is None:
        raise MemberNotFound
    return found


def member_of(session: Session, actor: Actor, ref: str) -> Member:
    """Return a member the actor may see, by its municipality code or id. Raises MemberNotFound."""
    is_named = or_(Member.municipality == ref, Member.id == ref)
    found = session.scalar(select(Member).where(is_named, members_visible_to(actor)))
    if found is None:
        raise MemberNotFound
    return found


def coordinator_of(session: Session, group: str) -> str | None:
    """Return the member that coordinates a group, if any does."""
    return session.scalar(select(Group.coordinator_id).where(Group.id == group))


def part_of(session: Session, group: str, member: str) -> GroupMember | None:
    """Return a member's part in a group, also where it has left."""
    return session.scalar(select(GroupMember).where(GroupMember.group_id == group, GroupMember.member_id == member))


def bound_members(session: Session, group: str) -> list[BoundMember]:
    """Return the members that have signed and not left, at their current seat or else at their office."""
    session.flush()
    # Rows without the ORM around them: a nation's members are read for every request.
    rows = session.connection().execute(_bound_members(), {"group": group})
    return [bound_from(row) for row in rows]


def bound_member_named(session: Session, group: str, ref: str) -> BoundMember | None:
    """Return one of the members that have signed and not left, by its municipality code or id."""
    session.flush()
    row = session.connection().execute(_bound_member(), {"group": group, "ref": ref}).one_or_none()
    return None if row is None else bound_from(row)


def bound_from(row: Sequence[Any]) -> BoundMember:
    """Return a member from its `BOUND_MEMBER` columns, at its current seat or else at its office."""
    member, municipality, name, kind, latitude, longitude = row
    return BoundMember(member, municipality, name, kind, *position_of(municipality, latitude, longitude))


def position_of(
    municipality: str | None, latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """Where a member is: its seat where that is known, else its municipality's office (degrees north, east)."""
    if latitude is not None and longitude is not None:
        return latitude, longitude
    place = directory.find(municipality) if municipality else None
    return (place.latitude, place.longitude) if place else (None, None)


@cache
def _bound_members() -> Select[*tuple[Any, ...]]:
    """Built once: every request asks this, and putting it together costs more than running it."""
    return (
        select(*BOUND_MEMBER)
        .join(GroupMember, GroupMember.member_id == Member.id)
        .where(GroupMember.group_id == bindparam("group"), consents(GroupMember))
        .order_by(Member.municipality, Member.id)
    )


@cache
def _bound_member() -> Select[*tuple[Any, ...]]:
    return _bound_members().where(or_(Member.municipality == bindparam("ref"), Member.id == bindparam("ref")))


def members_with_mail(session: Session) -> dict[str, str]:
    """Return the members bound by a group in force whose contacts there have a mail address, each with one group."""
    has_mail = or_(
        and_(
            Channel.person_id == Contact.person_id, Contact.person_id.in_(select(Person.id).where(Person.is_active))
        ),
        Channel.desk_id == Contact.desk_id,
    )
    rows = session.execute(
        select(GroupMember.member_id, func.min(GroupMember.group_id).label("group_id"))
        .join(Group, Group.id == GroupMember.group_id)
        .join(Contact, and_(Contact.group_id == Group.id, Contact.member_id == GroupMember.member_id))
        .join(Channel, has_mail)
        .where(Group.status == GroupStatus.IN_FORCE, consents(GroupMember), Channel.kind == ChannelKind.EMAIL)
        .group_by(GroupMember.member_id)
    )
    return {row.member_id: row.group_id for row in rows}


def terms_in_force(session: Session, group: str) -> tuple[int, Terms]:
    """Return the number and terms of the newest version adopted by today. Raises NoTerms."""
    found = session.execute(_newest_version(), {"group": group, "today": clock.today(session)}).one_or_none()
    if found is None:
        raise NoTerms
    return found.number, Terms.from_json(found.terms)


def terms_since(session: Session, group: str, at: datetime) -> list[Terms]:
    """Return the terms that were in force at an instant, if any, and all that came into force after them."""
    adopted = func.coalesce(AgreementVersion.adopted_on, date.min)
    was_newest = select(func.max(AgreementVersion.number)).where(
        AgreementVersion.group_id == group,
        AgreementVersion.created_at <= at,
        adopted <= at.astimezone(JAPAN).date(),
    )
    since = session.scalar(was_newest) or 0
    rows = session.scalars(
        select(AgreementVersion.terms).where(
            AgreementVersion.group_id == group,
            AgreementVersion.number >= since,
            adopted <= clock.today(session),
        )
    )
    return [Terms.from_json(each) for each in rows]


@cache
def _newest_version() -> Select[*tuple[Any, ...]]:
    return (
        select(AgreementVersion.number, AgreementVersion.terms)
        .where(
            AgreementVersion.group_id == bindparam("group"),
            or_(AgreementVersion.adopted_on.is_(None), AgreementVersion.adopted_on <= bindparam("today")),
        )
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    )


def works_for(session: Session, person: str, member: str) -> bool:
    """Tell whether an active person belongs to a member."""
    found = select(Person.id).where(Person.id == person, Person.member_id == member, Person.is_active)
    return session.scalar(found) is not None


def nda_in_force(session: Session, person: str, group: str) -> str | None:
    """Return the id of the NDA by which a person is bound for a group today; the one that lasts longest."""
    return session.scalar(
        select(Nda.id)
        .where(Nda.person_id == person, Nda.group_id == group, holds_on(clock.today(session)))
        .order_by(Nda.ends_on.desc(), Nda.id)
        .limit(1)
    )


def memberships_of(session: Session, person: str) -> list[MembershipRow]:
    """Return in which groups an active person is a contact of a member that has signed, and as what.

    Ended groups are not told. Who is only invited has no part yet: its contacts sign by `visibility.groups_open_to`;
    a coordinator alone has one, to lead its own group to signature.
    """
    rows = session.execute(_designations(), {"person": person})
    roles: dict[tuple[str, str, str | None, str, bool], set[str]] = defaultdict(set)
    for row in rows:
        has_signed = row.status == MembershipStatus.SIGNED
        is_in_force = has_signed and row.stage == GroupStatus.IN_FORCE
        held = roles[row.id, row.member, row.municipality, row.kind, is_in_force]
        held.add(row.function)
        if row.coordinator_id == row.member:
            held.add("coordinator")
        elif row.deputy_order is not None:
            held.add("deputy")
    return [MembershipRow(*place, frozenset(held)) for place, held in roles.items()]


def parts_in_force(session: Session, member: str) -> list[MembershipRow]:
    """Return the groups in force that a member has signed: what it takes part in, whoever its contacts are."""
    rows = session.execute(
        select(Group.id, Member.id.label("member"), Member.municipality, Member.kind)
        .select_from(GroupMember)
        .join(Group, Group.id == GroupMember.group_id)
        .join(Member, Member.id == GroupMember.member_id)
        .where(
            GroupMember.member_id == member,
            GroupMember.status == MembershipStatus.SIGNED,
            Group.status == GroupStatus.IN_FORCE,
        )
        .order_by(Group.id)
    )
    return [MembershipRow(*row, is_in_force=True, roles=frozenset()) for row in rows]


@cache
def _designations() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Group.id,
            Group.coordinator_id,
            Group.status.label("stage"),
            Member.id.label("member"),
            Member.municipality,
            Member.kind,
            GroupMember.status,
            GroupMember.deputy_order,
            Contact.function,
        )
        .select_from(Contact)
        .join(Person, Person.id == Contact.person_id)
        .join(Group, Group.id == Contact.group_id)
        .join(Member, Member.id == Contact.member_id)
        .join(GroupMember, and_(GroupMember.group_id == Group.id, GroupMember.member_id == Member.id))
        .where(
            Contact.person_id == bindparam("person"),
            Person.is_active,
            Group.status != GroupStatus.ENDED,
            or_(
                GroupMember.status == MembershipStatus.SIGNED,
                and_(GroupMember.status == MembershipStatus.INVITED, Group.coordinator_id == Member.id),
            ),
        )
        .order_by(Group.id)
    )


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the active person who signs in with this mail address."""
    return session.scalar(
        select(Person)
        .join(Channel, Channel.person_id == Person.id)
        .where(
            Channel.digest == search_digest(session, ChannelKind.EMAIL, email.strip()),
            Channel.kind == ChannelKind.EMAIL,
            Person.is_active,
        )
    )


def name_of_members(session: Session, ids: Iterable[str]) -> dict[str, tuple[str | None, str]]:
    """Return, by member id, the municipality code and the name."""
    rows = session.execute(_names(), {"ids": list(set(ids))})
    return {row.id: (row.municipality, row.name) for row in rows}


def names_of_people(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Return people's names by id: who did what for a group is no secret in it."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(list(set(ids)))))
    return {row.id: row.name for row in rows}


@cache
def _names() -> Select[*tuple[Any, ...]]:
    return select(Member.id, Member.municipality, Member.name).where(Member.id.in_(bindparam("ids", expanding=True)))


def is_contact(session: Session, group: str, member: str, person: str) -> bool:
    """Tell whether a person is designated by the member in the group, and both still take part."""
    return any(each.group == group and each.member == member for each in memberships_of(session, person))


def seat_of(session: Session, actor: Actor, ref: str) -> SeatView:
    return seat_view(member_of(session, actor, ref))


def seat_view(member: Member) -> SeatView:
    """Show where a member works: its seat, or its municipality's office while it has not moved."""
    latitude, longitude = position_of(member.municipality, member.seat_latitude, member.seat_longitude)
    return SeatView(
        member=member.id,
        name=member.seat_name or member.name,
        municipality=member.seat_municipality or (None if member.seat_name else member.municipality),
        latitude=latitude,
        longitude=longitude,
        is_moved=member.seat_since is not None,
        since=member.seat_since,
        version=member.version,
    )
