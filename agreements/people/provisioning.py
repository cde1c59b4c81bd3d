"""People as their member's own directory keeps them: entered, changed and let go without anybody's hand.

Whoever holds the member's directory token acts for nobody but that member: the caller hands in only its people.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from agreements.actions import locked
from agreements.addresses import normalise
from agreements.events import MailChanged
from agreements.models import Channel, ChannelKind, Member, Person
from agreements.people import channels, leaving
from agreements.people.queries import first_channel
from agreements.reach import mail_of_person
from foundation import audit, clock, events
from foundation.actor import Actor
from foundation.ids import new_id

KINDS = {"mail": ChannelKind.EMAIL, "mobile": ChannelKind.SMS}


@dataclass(frozen=True, slots=True)
class Described:
    """ディレクトリの記載: what a directory says of a person; None where it says nothing."""

    name: str
    kana: str | None = None
    department: str | None = None
    mail: str | None = None
    mobile: str | None = None

    def addresses(self) -> dict[ChannelKind, str | None]:
        """Return the addresses as they are kept. Raises BadAddressError."""
        given = {kind: getattr(self, field) for field, kind in KINDS.items()}
        return {kind: normalise(kind, text) if text else None for kind, text in given.items()}


def enter(session: Session, actor: Actor, member_id: str, said: Described) -> Person:
    """Enter somebody. Raises EmailTaken, BadAddressError."""
    locked(session, member_id)
    person = Person(
        id=new_id(),
        member=session.get_one(Member, member_id),
        name=said.name,
        kana=said.kana,
        department=said.department,
        is_active=True,
        created_at=clock.now(session),
    )
    person.channels = [
        channels.channel(session, member_id, kind, address) for kind, address in said.addresses().items() if address
    ]
    person.roles = []
    with channels.unique_mail(session):
        session.add(person)
    _record(session, actor, "agreements.person_added", person)
    return person


def amend(session: Session, actor: Actor, person: Person, said: Described) -> list[str]:
    """Change a person into what their directory says; return what differed. Raises EmailTaken, BadAddressError.

    Further channels that somebody entered by hand stay. A changed mail address is told at the former one.
    """
    differing = [field for field in ("name", "kana", "department") if getattr(person, field) != getattr(said, field)]
    for field in differing:
        setattr(person, field, getattr(said, field))
    with channels.unique_mail(session):
        for kind, address in said.addresses().items():
            if _is_another(session, person, kind, address):
                differing.append(kind.value)
                _put(session, person, kind, address)
    if differing:
        person.version += 1
        session.flush()
        _record(session, actor, "agreements.person_changed", person, fields=sorted(differing))
    return differing


def enable(session: Session, actor: Actor, person: Person) -> None:
    """Let a disabled person in again, with no role, no designation and no NDA."""
    person.is_active = True
    person.version += 1
    session.flush()
    _record(session, actor, "agreements.person_enabled", person)


def disable(session: Session, actor: Actor, person: Person) -> None:
    """End what a person may do. A place as a contact that stays empty is a gap for people to see, no refusal."""
    if person.is_active:
        leaving.disable(session, actor, person)
        person.version += 1
        session.flush()


def let_go(session: Session, actor: Actor, person: Person) -> None:
    """Let a person leave: the row stays, for the record names it; addresses are given up and free for others."""
    disable(session, actor, person)
    for channel in list(person.channels):
        person.channels.remove(channel)
        session.delete(channel)
    session.flush()
    _record(session, actor, "agreements.person_left", person)


def _is_another(session: Session, person: Person, kind: ChannelKind, address: str | None) -> bool:
    known = first_channel(person, kind)
    return address != (channels.read_address(session, known) if known else None)


def _put(session: Session, person: Person, kind: ChannelKind, address: str | None) -> None:
    known: Channel | None = first_channel(person, kind)
    if kind is ChannelKind.EMAIL and known is not None:
        former = mail_of_person(session, person.id)
        if former:
            events.emit(session, MailChanged(person.id, tuple(former)))
    if known is None:
        if address is not None:
            person.channels.append(channels.channel(session, person.member_id, kind, address))
    elif address is None:
        person.channels.remove(known)
        session.delete(known)
    else:
        channels.write_address(session, known, address)


def _record(session: Session, actor: Actor, act: str, person: Person, **facts: object) -> None:
    audit.record(session, actor, act, f"person:{person.id}", chain=person.member_id, **facts)
