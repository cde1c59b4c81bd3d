"""Whoever wants to sign in, as their credentials know them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.addresses import CHANNEL
from agreements.models import Channel, ChannelKind, Member, Person
from foundation.sealing import KeyErased, unseal
from service.identity.models import Password


@dataclass(frozen=True, slots=True)
class Claimed:
    """サインインしようとする人: an active person, their member, and their password's hash where they have one."""

    person: str
    name: str
    member: str
    hash: str | None


def claimed_by_email(session: Session, email: str) -> Claimed | None:
    """Return the active person with this mail address."""
    found = agreements.person_by_email(session, email)
    return _claimed(session, found) if found else None


def claimed_by_id(session: Session, person: str | None) -> Claimed | None:
    """Return the active person with this id."""
    found = session.scalar(select(Person).where(Person.id == person, Person.is_active))
    return _claimed(session, found) if found else None


def words_of(session: Session, person: str) -> list[str]:
    """Return what anybody would guess of a person: names, addresses, the member and its code."""
    found = session.scalars(select(Person).where(Person.id == person)).one()
    member = session.get_one(Member, found.member_id)
    mails = mails_of(session, person, member.id)
    given = (found.name, found.kana, found.department, member.name, member.municipality, *mails)
    return [each for each in given if each]


def mails_of(session: Session, person: str, member: str) -> list[str]:
    """Return the mail addresses of a member's person, the first one entered first."""
    rows = session.execute(
        select(Channel.id, Channel.address_sealed)
        .where(Channel.person_id == person, Channel.kind == ChannelKind.EMAIL)
        .order_by(Channel.id)
    )
    try:
        return [unseal(session, member, CHANNEL, row, sealed) for row, sealed in rows]
    except KeyErased:
        return []


def _claimed(session: Session, person: Person) -> Claimed:
    kept = session.scalar(select(Password.hash).where(Password.person_id == person.id))
    return Claimed(person.id, person.name, person.member_id, kept)
