"""Rows and callers that this room's tests are made of."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL, search_digest
from agreements.lifecycle import GroupStatus
from agreements.models import Channel, ChannelKind, Contact, Group, GroupMember, Member, MembershipStatus, Person
from foundation.actor import Actor, Membership, Permission
from foundation.ids import new_id
from foundation.sealing import seal
from readiness import permissions

CONTACT = frozenset({permissions.SEE_TRAININGS, permissions.REGISTER})
COORDINATOR = CONTACT | {permissions.ANNOUNCE, permissions.RECORD_ATTENDANCE}
LONG_AGO = datetime(2020, 4, 1, tzinfo=UTC)
_numbers = count(10)


def make_group(session: Session, status: GroupStatus = GroupStatus.IN_FORCE) -> str:
    group = Group(id=new_id(), name="結まーる協定", purpose="相互応援", status=status.value, created_at=LONG_AGO)
    session.add(group)
    session.flush()
    return group.id


def make_member(
    session: Session, *groups: str, name: str = "藤沢市", status: MembershipStatus = MembershipStatus.SIGNED
) -> str:
    member = Member(id=new_id(), kind="member", name=name, created_at=LONG_AGO)
    session.add(member)
    session.flush()
    session.add_all(
        GroupMember(id=new_id(), group_id=group, member_id=member.id, status=status.value, joined_on=date(2020, 4, 1))
        for group in groups
    )
    session.flush()
    return member.id


def make_contact(session: Session, group: str, member: str, name: str = "髙橋") -> str:
    """A person with a mail address and a mobile number, designated in the group."""
    number = next(_numbers)
    person = Person(id=new_id(), member_id=member, name=name, created_at=LONG_AGO)
    session.add(person)
    session.flush()
    session.add(
        Contact(id=new_id(), group_id=group, member_id=member, person_id=person.id, function="ict", order=number)
    )
    _add_channel(session, person, ChannelKind.EMAIL, f"ict{number}@demo.example")
    _add_channel(session, person, ChannelKind.SMS, f"+8180000000{number}")
    session.flush()
    return person.id


def actor_of(person: str, member: str, *groups: str, permissions: frozenset[Permission] = CONTACT) -> Actor:
    parts = tuple(Membership(group, member, None, "member", frozenset({"ict"}), permissions) for group in groups)
    return Actor(person=person, name="担当", member=member, memberships=parts)


def _add_channel(session: Session, person: Person, kind: ChannelKind, address: str) -> None:
    channel = new_id()
    session.add(
        Channel(
            id=channel,
            member_id=person.member_id,
            person_id=person.id,
            kind=kind.value,
            address_sealed=seal(session, person.member_id, CHANNEL, channel, address),
            digest=search_digest(session, kind, address),
        )
    )
