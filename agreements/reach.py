"""How people are reached: the addresses an alert goes to, opened all at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL, TEMPORARY
from agreements.models import Channel, ChannelKind, Contact, Desk, Member, Person, TemporaryContact
from agreements.visibility import groups_that_bind
from foundation.sealing import KeyErased, unseal
from notifications.actions import Addressee
from notifications.alerts import by_mail
from notifications.gateways.base import Channel as SentBy

SENT = (ChannelKind.EMAIL.value, ChannelKind.SMS.value)


def addressees(
    session: Session, group: str, members: Sequence[str], incident: str | None = None
) -> dict[str, list[Addressee]]:
    """Return, by member, every mail address and SMS number of its contacts in the group.

    Temporary contacts of the incident count once they are confirmed: in all groups where the member itself entered
    them, else in the group of who did. Members without any are not in the answer.
    """
    wanted = {"group": group, "members": list(members), "incident": incident}
    found: dict[str, list[Addressee]] = defaultdict(list)
    for addressee in _told_once(_opened(session, _working(session.execute(_reachable(), wanted)))):
        found[addressee.member].append(addressee)
    return dict(found)


def person_addressees(session: Session, people: Sequence[str]) -> list[Addressee]:
    """Return every mail address and SMS number of these people, as far as they are active."""
    statement = _channels_of_people().where(Person.id.in_(people)).order_by(Channel.id)
    return list(_told_once(_opened(session, _working(session.execute(statement)))))


def mail_of_person(session: Session, person: str) -> list[Addressee]:
    """Return every mail address of an active person, gone or not: for what must not go to anybody else."""
    statement = _channels_of_people().where(Person.id == person, Channel.kind == ChannelKind.EMAIL)
    rows = session.execute(statement.order_by(Channel.id)).all()
    return list(_told_once(_opened(session, rows)))


def mail_contacts(session: Session, member: str) -> list[Addressee]:
    """Return the mail addresses of a member's contacts in all groups that bind it, each once."""
    found: dict[str, Addressee] = {}
    for group in session.scalars(groups_that_bind(member)).all():
        for each in by_mail(addressees(session, group, [member]).get(member, [])):
            found.setdefault(each.address, each)
    return list(found.values())


@cache
def _reachable() -> CompoundSelect[*tuple[Any, ...]]:
    """People, desks and temporary contacts of an incident, in this order; built once, for every alert asks it.

    Putting it together costs more than running it.
    """
    return union_all(_people_of_contacts(), _desks_of_contacts(), _confirmed()).order_by("part", "address")


def _people_of_contacts() -> Select[*tuple[Any, ...]]:
    is_contact = select(Contact.person_id).where(_in_group(), Contact.person_id.is_not(None))
    return _channels_of_people().where(Person.id.in_(is_contact))


def _desks_of_contacts() -> Select[*tuple[Any, ...]]:
    is_contact = select(Contact.desk_id).where(_in_group(), Contact.desk_id.is_not(None))
    return _channels_of_desks().where(Desk.id.in_(is_contact))


def _in_group() -> ColumnElement[bool]:
    return and_(Contact.group_id == bindparam("group"), Contact.member_id.in_(bindparam("members", expanding=True)))


def _channels_of_people() -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(1).label("part"),
            Channel.id.label("address"),
            literal(CHANNEL).label("place"),
            Channel.kind,
            Channel.address_sealed,
            Channel.member_id,
            Member.municipality,
            Person.id.label("person"),
            Person.name,
            Member.name.label("member_name"),
            Channel.person_id.label("holder"),
            Channel.dead_at.label("dead_at"),
        )
        .join(Person, Person.id == Channel.person_id)
        .join(Member, Member.id == Channel.member_id)
        .where(Channel.kind.in_(SENT), Person.is_active)
    )


def _channels_of_desks() -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(2).label("part"),
            Channel.id.label("address"),
            literal(CHANNEL).label("place"),
            Channel.kind,
            Channel.address_sealed,
            Channel.member_id,
            Member.municipality,
            Channel.person_id.label("person"),
            Desk.name,
            Member.name.label("member_name"),
            Channel.desk_id.label("holder"),
            Channel.dead_at.label("dead_at"),
        )
        .join(Desk, Desk.id == Channel.desk_id)
        .join(Member, Member.id == Channel.member_id)
        .where(Channel.kind.in_(SENT))
    )


def _confirmed() -> Select[*tuple[Any, ...]]:
    is_of_group = TemporaryContact.group_id == bindparam("group")
    return (
        select(
            literal(3).label("part"),
            TemporaryContact.id.label("address"),
            literal(TEMPORARY).label("place"),
            TemporaryContact.kind,
            TemporaryContact.address_sealed,
            TemporaryContact.member_id,
            Member.municipality,
            TemporaryContact.person_id.label("person"),
            func.coalesce(Person.name, TemporaryContact.label, Member.name).label("name"),
            Member.name.label("member_name"),
            TemporaryContact.id.label("holder"),
            null().label("dead_at"),
        )
        .join(Member, Member.id == TemporaryContact.member_id)
        .outerjoin(Person, Person.id == TemporaryContact.person_id)
        .where(
            TemporaryContact.incident_id == bindparam("incident"),
            TemporaryContact.member_id.in_(bindparam("members", expanding=True)),
            or_(is_of_group, TemporaryContact.created_by_member == TemporaryContact.member_id),
            TemporaryContact.confirmed_at.is_not(None),
            TemporaryContact.kind.in_(SENT),
        )
    )


def _working(found: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Return the rows without the addresses that are gone, as long as their holder has another that works."""
    rows = list(found)
    reached = {row.holder for row in rows if row.dead_at is None}
    return [row for row in rows if row.dead_at is None or row.holder not in reached]


def _opened(session: Session, rows: Iterable[Row[Any]]) -> list[Addressee]:
    """Open the addresses; those of a member whose keys were erased reach nobody any more."""
    found = []
    for row in rows:
        with suppress(KeyErased):
            found.append(_addressee(session, row))
    return found


def _addressee(session: Session, row: Row[Any]) -> Addressee:
    """Open one address. Raises KeyErased."""
    address = unseal(session, row.member_id, row.place, row.address, row.address_sealed)
    channel = SentBy(row.kind)
    return Addressee(row.member_id, row.municipality, row.person, row.name, channel, address, row.member_name)


def _told_once(reached: Iterable[Addressee]) -> Iterator[Addressee]:
    """A person is told once by each channel; a further address of theirs counts for itself, as a desk's does."""
    told: set[tuple[str, SentBy]] = set()
    for each in reached:
        key = (each.person, each.channel) if each.person else None
        yield replace(each, person=None) if key in told else each
        if key:
            told.add(key)


@dataclass(frozen=True, slots=True)
class ContactChannel:
    """担当者の連絡手段: one mail or SMS channel of a contact, without its address; `person` None for a desk's."""

    member: str
    person: str | None
    holder: str
    name: str
    channel: str
    kind: ChannelKind
    dead_at: datetime | None = None


def channels_of_contacts(session: Session, members: Sequence[str]) -> list[ContactChannel]:
    """Return every mail and SMS channel of these members' contacts in all groups, each once."""
    of_contact = or_(Channel.person_id == Contact.person_id, Channel.desk_id == Contact.desk_id)
    rows = session.execute(
        select(
            Channel.member_id,
            Channel.person_id,
            func.coalesce(Channel.person_id, Channel.desk_id).label("holder"),
            func.coalesce(Person.name, Desk.name).label("name"),
            Channel.id,
            Channel.kind,
            Channel.dead_at,
        )
        .join(Contact, of_contact)
        .outerjoin(Person, Person.id == Channel.person_id)
        .outerjoin(Desk, Desk.id == Channel.desk_id)
        .where(
            Channel.member_id.in_(members),
            Contact.member_id == Channel.member_id,
            Channel.kind.in_(SENT),
            or_(Person.id.is_(None), Person.is_active),
        )
        .distinct()
        .order_by(Channel.id)
    )
    return [ContactChannel(*row[:5], ChannelKind(row.kind), row.dead_at) for row in rows]


def addresses_of(session: Session, channels: Sequence[str]) -> dict[str, Addressee]:
    """Return by channel where a message to it goes; two channels of one kind count as two (see `_told_once`)."""
    people = session.execute(_channels_of_people().where(Channel.id.in_(channels))).all()
    desks = session.execute(_channels_of_desks().where(Channel.id.in_(channels))).all()
    rows = sorted([*people, *desks], key=attrgetter("address"))
    opened: dict[str, Addressee] = {}
    for row in rows:
        with suppress(KeyErased):
            opened[row.address] = _addressee(session, row)
    return dict(zip(opened, _told_once(opened.values()), strict=True))
