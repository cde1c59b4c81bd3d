"""Whose a number or address is, and who leads a group: what a message without a sign-in is judged by.

A sender can be forged, and anybody may enter any number as their own: this says who claims it, and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from agreements.addresses import BadAddressError, normalise, search_digest
from agreements.lifecycle import GroupStatus
from agreements.models import (
    Channel,
    ChannelKind,
    Contact,
    Desk,
    Group,
    GroupMember,
    Member,
    Person,
    TemporaryContact,
)
from agreements.visibility import WITHOUT_VOTE, consents
from notifications.gateways.base import Channel as SentBy

_KINDS = {
    SentBy.SMS: (ChannelKind.SMS, ChannelKind.MOBILE),
    SentBy.EMAIL: (ChannelKind.EMAIL, ChannelKind.LGWAN_MAIL),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """名乗り: a member that signed an agreement in force; `person` is whose number it is, None for a desk's."""

    member: str
    municipality: str | None
    name: str
    person: str | None = None


def callers(session: Session, channel: SentBy, address: str, incidents: Sequence[str]) -> list[Caller]:
    """Return the members among whose contacts the address stands, or who confirmed it for one of the incidents."""
    digests = _digests(session, channel, address)
    if not digests:
        return []
    part, group = aliased(GroupMember), aliased(Group)
    of_person = and_(Contact.person_id == Channel.person_id, Contact.person_id.is_not(None))
    contacts = (
        select(Member.id, Member.municipality, Member.name, Channel.person_id)
        .select_from(Channel)
        .join(Contact, or_(of_person, Contact.desk_id == Channel.desk_id))
        .join(Member, Member.id == Contact.member_id)
        .join(part, and_(part.group_id == Contact.group_id, part.member_id == Member.id, consents(part)))
        .join(group, and_(group.id == part.group_id, group.status == GroupStatus.IN_FORCE))
        .outerjoin(Person, Person.id == Channel.person_id)
        .outerjoin(Desk, Desk.id == Channel.desk_id)
        .where(Channel.digest.in_(digests), or_(Person.is_active, Desk.id.is_not(None)))
    )
    temporary = (
        select(Member.id, Member.municipality, Member.name, TemporaryContact.person_id)
        .join(Member, Member.id == TemporaryContact.member_id)
        .where(
            TemporaryContact.digest.in_(digests),
            TemporaryContact.incident_id.in_(incidents),
            TemporaryContact.confirmed_at.is_not(None),
        )
    )
    rows = {Caller(*row) for statement in (contacts, temporary) for row in session.execute(statement)}
    return sorted(rows, key=lambda each: (each.member, each.person or ""))


def bound_caller(session: Session, municipality: str) -> Caller | None:
    """Return the member with this municipality code, if an agreement in force binds it."""
    return _bound(session, session.scalar(select(Member).where(Member.municipality == municipality)))


def bound_member(session: Session, member: str) -> Caller | None:
    """Return a member by its id, if an agreement in force binds it."""
    return _bound(session, session.get(Member, member))


def _bound(session: Session, found: Member | None) -> Caller | None:
    if found is None or not groups_asking(session, found.id):
        return None
    return Caller(found.id, found.municipality, found.name)


def groups_asking(session: Session, member: str) -> list[str]:
    """Return the groups in force in which a member takes part with a vote."""
    part, group, row = aliased(GroupMember), aliased(Group), aliased(Member)
    return list(
        session.scalars(
            select(part.group_id)
            .join(group, group.id == part.group_id)
            .join(row, row.id == part.member_id)
            .where(
                part.member_id == member,
                consents(part),
                group.status == GroupStatus.IN_FORCE,
                row.kind.not_in(WITHOUT_VOTE),
            )
            .order_by(part.group_id)
        )
    )


def leaders(session: Session, group: str) -> list[str]:
    """Return the members that lead a group: its coordinator, then the deputies in their order."""
    coordinator = session.scalar(select(Group.coordinator_id).where(Group.id == group))
    deputies = session.scalars(
        select(GroupMember.member_id)
        .where(GroupMember.group_id == group, GroupMember.deputy_order.is_not(None), consents(GroupMember))
        .order_by(GroupMember.deputy_order)
    )
    return list(dict.fromkeys([*([coordinator] if coordinator else []), *deputies]))


def only_group(session: Session) -> str | None:
    """Return the group in force where there is but one: its coordinator looks at what strangers write."""
    found = session.scalars(select(Group.id).where(Group.status == GroupStatus.IN_FORCE).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _digests(session: Session, channel: SentBy, address: str) -> list[bytes]:
    digests = []
    for kind in _KINDS[channel]:
        try:
            digests.append(search_digest(session, kind, normalise(kind, address)))
        except BadAddressError:
            continue
    return digests
