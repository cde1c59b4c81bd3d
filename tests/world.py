"""A small world to test in: a group in force, members with two contacts each, what they could give, an incident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from agreements import directory
from agreements.models import AgreementVersion, Channel, ChannelKind, Contact, Group, GroupMember, Member, Person
from agreements.people.channels import channel
from agreements.terms import Terms
from aid.models import AffectedArea, Incident
from foundation import clock
from foundation.ids import new_id
from inventory.models import Capability

TOME, FUJISAWA, TOYOOKA, KAGOSHIMA, KOMATSU, TAMA = "042129", "142051", "442127", "462012", "172031", "132241"
CODES = (TOME, FUJISAWA, TOYOOKA, KAGOSHIMA, KOMATSU, TAMA)

PLAIN = Terms(wave_certainty=0.0, wave_cover=3.0, planning_from=0)
"""Waves by their floors alone: who is asked can be told by looking, not only by computing chances."""


@dataclass
class World:
    """Ids by code; people by code and function."""

    group: str
    incident: str
    members: dict[str, str] = field(default_factory=dict)
    people: dict[tuple[str, str], str] = field(default_factory=dict)

    def email(self, code: str, function: str = "disaster") -> str:
        return f"{function}1.{code}@demo.example"

    def mobile(self, code: str, function: str = "disaster") -> str:
        return mobile(code, function)


def mobile(code: str, function: str) -> str:
    position = directory_position(code)
    return f"+8180000{position * 2 + (function == 'ict'):05d}"


def directory_position(code: str) -> int:
    return [each.code for each in directory.municipalities()].index(code)


def build(
    session: Session,
    *,
    codes: Sequence[str] = CODES,
    coordinator: str = FUJISAWA,
    stock: Mapping[str, int] | None = None,
    hit: Mapping[str, str] | None = None,
    terms: Terms | None = None,
    email_domain: str = "demo.example",
) -> World:
    """Write the world: every member has the stock (default 50 PCs, 10 printers, 3 people) unless it is hit at all."""
    hit = {TOME: "6+"} if hit is None else hit
    stock = {"pc": 50, "printer": 10, "staff_certificates": 3} if stock is None else stock
    world = World(group=new_id(), incident=new_id())
    now = clock.now(session)
    session.add(Group(id=world.group, name="試験グループ", purpose="試験", status="in_force", created_at=now))
    session.flush()
    session.add(
        AgreementVersion(
            id=new_id(),
            group_id=world.group,
            number=1,
            text="協定書",
            terms=(terms or PLAIN).to_json(),
            created_at=now,
        )
    )
    session.flush()
    for code in codes:
        _member(session, world, code, email_domain)
        for kind, quantity in ({} if code in hit else stock).items():
            session.add(capability(session, world.members[code], kind, quantity))
    session.flush()
    session.get_one(Group, world.group).coordinator_id = world.members[coordinator]
    _incident(session, world, hit, opened_by=world.people[coordinator, "ict"])
    return world


def capability(session: Session, member: str, kind: str, quantity: int, **more: Any) -> Capability:
    values = {"lead_time_hours": 12, "max_days": 30, **more}
    return Capability(
        id=new_id(), member_id=member, kind=kind, quantity=quantity, updated_at=clock.now(session), **values
    )


def _member(session: Session, world: World, code: str, email_domain: str) -> None:
    place = directory.find(code)
    assert place is not None
    now = clock.now(session)
    member = Member(id=new_id(), kind="member", municipality=code, name=place.name, created_at=now)
    world.members[code] = member.id
    session.add(member)
    session.flush()
    session.add(
        GroupMember(
            id=new_id(), group_id=world.group, member_id=member.id, status="signed", joined_on=clock.today(session)
        )
    )
    for function in ("disaster", "ict"):
        person = Person(id=new_id(), member_id=member.id, name=f"{place.name} {function}", created_at=now)
        world.people[code, function] = person.id
        session.add(person)
        session.flush()
        address = f"{function}1.{code}@{email_domain}"
        session.add(_held(channel(session, member.id, ChannelKind.EMAIL, address), person))
        session.add(_held(channel(session, member.id, ChannelKind.SMS, mobile(code, function)), person))
        session.add(
            Contact(
                id=new_id(),
                group_id=world.group,
                member_id=member.id,
                person_id=person.id,
                function=function,
                order=1,
            )
        )


def _held(made: Channel, person: Person) -> Channel:
    made.person_id = person.id
    return made


def _incident(session: Session, world: World, hit: Mapping[str, str], *, opened_by: str) -> None:
    occurred = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)
    session.add(
        Incident(
            id=world.incident,
            name="試験地震",
            kind="earthquake",
            occurred_at=occurred,
            opened_by=opened_by,
            opened_at=clock.now(session),
        )
    )
    session.flush()
    session.add_all(
        AffectedArea(incident_id=world.incident, municipality=code, severity=severity)
        for code, severity in hit.items()
    )
