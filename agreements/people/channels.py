"""Adding and taking away the ways by which people and desks are reached."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agreements import authority
from agreements.actions import locked
from agreements.addresses import CHANNEL, read, search_digest
from agreements.errors import ChannelNotFound, EmailTaken
from agreements.events import MailChanged
from agreements.models import Channel, ChannelKind, Desk, Person
from agreements.people.queries import channel_view, desk_of, first_channel, person_of
from agreements.people.schemas import ChannelDraft, ChannelView
from agreements.reach import mail_of_person
from foundation import audit, events
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.sealing import seal, unseal


def add_to_person(session: Session, actor: Actor, person_id: str, draft: ChannelDraft) -> ChannelView:
    """Keep a further way to reach a person. Raises EmailTaken: people sign in by their mail addresses."""
    person = person_of(session, actor, person_id)
    return _add(session, actor, person, draft)


def add_to_desk(session: Session, actor: Actor, desk_id: str, draft: ChannelDraft) -> ChannelView:
    """Keep a further way to reach a desk."""
    return _add(session, actor, desk_of(session, actor, desk_id), draft)


def remove_from_person(session: Session, actor: Actor, person_id: str, channel_id: str) -> None:
    """Forget a way to reach a person."""
    _remove(session, actor, person_of(session, actor, person_id), channel_id)


def remove_from_desk(session: Session, actor: Actor, desk_id: str, channel_id: str) -> None:
    """Forget a way to reach a desk."""
    _remove(session, actor, desk_of(session, actor, desk_id), channel_id)


def channel(session: Session, member: str, kind: ChannelKind, address: str, note: str | None = None) -> Channel:
    """Return a channel, not yet anybody's, with its address (as `addresses.read` gives it) sealed."""
    made = Channel(id=new_id(), member_id=member, kind=kind.value, note=note)
    write_address(session, made, address)
    return made


def write_address(session: Session, channel: Channel, address: str) -> None:
    """Seal another address into a channel."""
    found_by = search_digest(session, ChannelKind(channel.kind), address)
    if channel.digest != found_by:
        revive(channel)
    channel.address_sealed = seal(session, channel.member_id, CHANNEL, channel.id, address)
    channel.digest = found_by


def revive(channel: Channel) -> None:
    """Take an address for one that works: somebody entered it anew."""
    channel.dead_at = channel.dead_reason = None


def read_address(session: Session, channel: Channel) -> str:
    """Open a channel's address."""
    return unseal(session, channel.member_id, CHANNEL, channel.id, channel.address_sealed)


def is_same(session: Session, person: Person, mail: str | None) -> bool:
    """Tell whether a mail address is the one that stands for a person already: then it is only confirmed."""
    known = first_channel(person, ChannelKind.EMAIL)
    return known is not None and mail is not None and known.digest == search_digest(session, ChannelKind.EMAIL, mail)


def announce_mail_change(session: Session, actor: Actor, person: Person) -> None:
    """Tell a person, where they are reached until now, that a mail address by which they sign in changes."""
    authority.require_changing_mail(actor, person)
    former = mail_of_person(session, person.id)
    if former:
        events.emit(session, MailChanged(person.id, tuple(former)))


@contextmanager
def unique_mail(session: Session) -> Iterator[None]:
    """Write what the block changes. Raises EmailTaken where another person has the same mail address."""
    try:
        yield
        session.flush()
    except IntegrityError as error:
        # SQLite names the column instead of the index
        if any(name in str(error.orig) for name in ("uq_channels_sign_in", "channels.digest")):
            raise EmailTaken from None
        raise


def _add(session: Session, actor: Actor, holder: Person | Desk, draft: ChannelDraft) -> ChannelView:
    authority.require_tending(session, actor, holder.member_id)
    locked(session, holder.member_id)
    if isinstance(holder, Person) and draft.kind is ChannelKind.EMAIL:
        announce_mail_change(session, actor, holder)
    address = read(draft.kind, draft.address, "/address")
    made = channel(session, holder.member_id, draft.kind, address, draft.note)
    with unique_mail(session):
        holder.channels.append(made)
    _record(session, actor, "agreements.channel_added", made)
    return channel_view(session, actor, made)


def _remove(session: Session, actor: Actor, holder: Person | Desk, channel_id: str) -> None:
    authority.require_tending(session, actor, holder.member_id)
    is_held = Channel.person_id == holder.id if isinstance(holder, Person) else Channel.desk_id == holder.id
    found = session.scalar(select(Channel).where(Channel.id == channel_id, is_held))
    if found is None:
        raise ChannelNotFound
    if isinstance(holder, Person) and found.kind == ChannelKind.EMAIL:
        announce_mail_change(session, actor, holder)
    session.delete(found)
    _record(session, actor, "agreements.channel_removed", found)
    session.flush()


def _record(session: Session, actor: Actor, act: str, channel: Channel) -> None:
    audit.record(session, actor, act, f"channel:{channel.id}", chain=channel.member_id, kind=channel.kind)
