"""Reading people, desks and how they are reached."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL
from agreements.errors import DeskNotFound, PersonNotFound
from agreements.models import Channel, ChannelKind, Desk, Person, Role
from agreements.people import reading
from agreements.people.reading import Shown
from agreements.people.schemas import ChannelView, DeskView, PersonView
from agreements.queries import member_of
from agreements.reach import SENT
from agreements.visibility import desks_visible_to, may_see_addresses, people_visible_to
from foundation.actor import Actor
from foundation.paging import Page, page
from foundation.sealing import shown

SHOWN: Mapping[Literal["email", "mobile"], ChannelKind] = {"email": ChannelKind.EMAIL, "mobile": ChannelKind.SMS}
"""A person's two fields that are channels."""


def list_people(session: Session, actor: Actor, member: str | None, cursor: str | None) -> Page[PersonView]:
    """Return the people of one member, or of the actor's own; an operator without one sees all.

    Another member's addresses are a protected read.
    """
    statement = select(Person).where(people_visible_to(actor))
    wanted = member_of(session, actor, member).id if member else actor.member
    if wanted is not None:
        statement = statement.where(Person.member_id == wanted)
    found = page(session, statement, Person.id, cursor, lambda person: person_view(session, actor, person))
    reading.record(session, actor, map(_shown, found.items))
    return found


def read_person(session: Session, actor: Actor, person: str) -> PersonView:
    """Return one person; another member's is a protected read. Raises PersonNotFound."""
    view = person_view(session, actor, person_of(session, actor, person))
    reading.record(session, actor, [_shown(view)])
    return view


def is_colleague(session: Session, actor: Actor, person: str) -> bool:
    """Tell whether somebody works for the actor's own member: reading them leaves nothing in the record."""
    own = select(Person.id).where(Person.id == person, Person.member_id == actor.member, people_visible_to(actor))
    return session.scalar(own) is not None


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
    """Return how a person is reached; another member's is a protected read. Raises PersonNotFound."""
    found = person_of(session, actor, person)
    channels = _channels(session, actor, select(Channel).where(Channel.person_id == found.id), cursor)
    fields = tuple(each.kind.value for each in channels.items if each.address is not None)
    reading.record(session, actor, [Shown(found.member_id, found.id, fields)])
    return channels


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
        undeliverable=[field for field, kind in SHOWN.items() if _is_dead(first_channel(person, kind))],
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
        dead_at=channel.dead_at,
    )


def _shown(view: PersonView) -> Shown:
    fields = tuple(name for name in ("email", "mobile") if getattr(view, name) is not None)
    return Shown(view.member, view.id, fields)


def first_channel(person: Person, kind: ChannelKind) -> Channel | None:
    """Return the channel that stands for a person's mail or mobile: the oldest of its kind."""
    return next((channel for channel in person.channels if channel.kind == kind), None)


def _is_dead(channel: Channel | None) -> bool:
    return channel is not None and channel.dead_at is not None


def _first_address(session: Session, actor: Actor, person: Person, kind: ChannelKind) -> str | None:
    channel = first_channel(person, kind)
    return _address(session, actor, channel) if channel else None


def _address(session: Session, actor: Actor, channel: Channel) -> str | None:
    if not may_see_addresses(actor):
        return None
    return shown(session, channel.member_id, CHANNEL, channel.id, channel.address_sealed)
