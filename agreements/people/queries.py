"""Reading people, desks and how they are reached."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL
from agreements.errors import DeskNotFound, PersonNotFound
from agreements.models import Channel, ChannelKind, Desk, Person, Role
from agreements.people.schemas import ChannelView, DeskView, PersonView
from agreements.queries import member_of
from agreements.reach import SENT
from agreements.visibility import desks_visible_to, may_see_addresses, people_visible_to
from foundation.actor import Actor
from foundation.paging import Page, page
from foundation.sealing import shown


def list_people(session: Session, actor: Actor, member: str | None, cursor: str | None) -> Page[PersonView]:
    """Return the people of one member, or of the actor's own; an operator without one sees all."""
    statement = select(Person).where(people_visible_to(actor))
    wanted = member_of(session, actor, member).id if member else actor.member
    if wanted is not None:
        statement = statement.where(Person.member_id == wanted)
    return page(session, statement, Person.id, cursor, lambda person: person_view(session, actor, person))


def read_person(session: Session, actor: Actor, person: str) -> PersonView:
    return person_view(session, actor, person_of(session, actor, person))


def person_of(session: Session, actor: Actor, person: str, *, for_update: bool = False) -> Person:
    """Return a person the actor may see. Raises PersonNotFound."""
    statement = select(Person).where(Person.id == person, people_visible_to(actor))
    if for_update:
        statement = statement.with_for_update(of=Person).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise PersonNotFound
    return found


def desk_of(session: Session, actor: Actor, desk: str) -> Desk:
    """Return a desk the actor may see. Raises DeskNotFound."""
    found = session.scalar(select(Desk).where(Desk.id == desk, desks_visible_to(actor)))
    if found is None:
        raise DeskNotFound
    return found


def list_desks(session: Session, actor: Actor, member: str, cursor: str | None) -> Page[DeskView]:
    """Return the desks of a member the actor may see."""
    wanted = member_of(session, actor, member)
    statement = select(Desk).where(Desk.member_id == wanted.id, desks_visible_to(actor))
    return page(session, statement, Desk.id, cursor, desk_view)


def channels_of_person(session: Session, actor: Actor, person: str, cursor: str | None) -> Page[ChannelView]:
    found = person_of(session, actor, person)
    return _channels(session, actor, select(Channel).where(Channel.person_id == found.id), cursor)


def channels_of_desk(session: Session, actor: Actor, desk: str, cursor: str | None) -> Page[ChannelView]:
    found = desk_of(session, actor, desk)
    return _channels(session, actor, select(Channel).where(Channel.desk_id == found.id), cursor)


def _channels(session: Session, actor: Actor, statement: Select[Channel], cursor: str | None) -> Page[ChannelView]:
    return page(session, statement, Channel.id, cursor, lambda channel: channel_view(session, actor, channel))


def person_view(session: Session, actor: Actor, person: Person) -> PersonView:
    return PersonView(
        id=person.id,
        member=person.member_id,
        municipality=person.member.municipality,
        name=person.name,
        kana=person.kana,
        department=person.department,
        email=_first_address(session, actor, person, ChannelKind.EMAIL),
        mobile=_first_address(session, actor, person, ChannelKind.SMS),
        roles=[Role(each.role) for each in person.roles],
        is_active=person.is_active,
        created_at=person.created_at,
        version=person.version,
    )


def desk_view(desk: Desk) -> DeskView:
    return DeskView(id=desk.id, member=desk.member_id, municipality=desk.member.municipality, name=desk.name)


def channel_view(session: Session, actor: Actor, channel: Channel) -> ChannelView:
    return ChannelView(
        id=channel.id,
        kind=ChannelKind(channel.kind),
        address=_address(session, actor, channel),
        note=channel.note,
        is_sent_by_service=channel.kind in SENT,
    )


def first_channel(person: Person, kind: ChannelKind) -> Channel | None:
    """Return the channel that stands for a person's mail or mobile: the oldest of its kind."""
    return next((channel for channel in person.channels if channel.kind == kind), None)


def _first_address(session: Session, actor: Actor, person: Person, kind: ChannelKind) -> str | None:
    channel = first_channel(person, kind)
    return _address(session, actor, channel) if channel else None


def _address(session: Session, actor: Actor, channel: Channel) -> str | None:
    if not may_see_addresses(actor):
        return None
    return shown(session, channel.member_id, CHANNEL, channel.id, channel.address_sealed)
