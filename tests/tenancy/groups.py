"""The people of the stage: three agreement groups with everybody who may have a part in one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.models import (
    AgreementVersion,
    ChannelKind,
    Contact,
    Group,
    GroupMember,
    Member,
    MemberKind,
    MembershipStatus,
    Person,
)
from agreements.people.channels import channel
from agreements.terms import Terms
from foundation import clock
from foundation.ids import new_id
from tests.world import capability

VOTING = ("owner", "coordinator", "deputy", "bound", "under_nda", "bystander")
PARTS = (*VOTING, "associate", "invited")
"""What there is one member of in each group."""
FUNCTIONS = ("disaster", "ict")


def address(group: str, part: str, function: str) -> str:
    """Return the mail address of a member's contact (or of its `staff`, who is none)."""
    return f"{function}.{part}.{group}@demo.example".lower()


def mobile(group: str, part: str, function: str) -> str:
    """Return the mobile number of a member's contact."""
    return f"+8180000{_number(group, part) * 3 + (*FUNCTIONS, 'staff').index(function):05d}"


def _number(group: str, part: str) -> int:
    return "GHK".index(group) * len(PARTS) + PARTS.index(part)


def found(session: Session) -> dict[str, str]:
    """Write groups G, H and K in force, everybody of K having left G; return ids by `G` and `G.part`."""
    ids = {}
    for name in "GHK":
        ids[name] = _group(session, name)
        for part in PARTS:
            ids[f"{name}.{part}"] = _member(session, name, part)
            status = MembershipStatus.INVITED if part == "invited" else MembershipStatus.SIGNED
            _take_part(session, ids, name, f"{name}.{part}", status)
        session.get_one(Group, ids[name]).coordinator_id = ids[f"{name}.coordinator"]
    for part in PARTS:
        _take_part(session, ids, "G", f"K.{part}", MembershipStatus.LEFT)
    session.flush()
    return ids


def _group(session: Session, name: str) -> str:
    now, group = clock.now(session), new_id()
    session.add(Group(id=group, name=f"協定{name}", purpose="試験", status="in_force", created_at=now))
    session.flush()
    terms = Terms(wave_minimum=len(PARTS)).to_json()
    session.add(AgreementVersion(id=new_id(), group_id=group, number=1, text="協定書", terms=terms, created_at=now))
    return group


def _member(session: Session, group: str, part: str) -> str:
    kind = MemberKind.ASSOCIATE if part == "associate" else MemberKind.MEMBER
    place = directory.municipalities()[_number(group, part) * 60]
    member = Member(
        id=new_id(),
        kind=kind.value,
        municipality=None if kind is MemberKind.ASSOCIATE else place.code,
        name=f"{group}の{part}",
        created_at=clock.now(session),
    )
    session.add(member)
    session.flush()
    if part in VOTING:
        session.add(capability(session, member.id, "pc", 50))
    for function in (*FUNCTIONS, "staff"):
        _person(session, member.id, address(group, part, function), mobile(group, part, function))
    return member.id


def _person(session: Session, member: str, email: str, mobile: str) -> None:
    person = Person(id=new_id(), member_id=member, name=email.partition("@")[0], created_at=clock.now(session))
    person.channels = [
        channel(session, member, ChannelKind.EMAIL, email),
        channel(session, member, ChannelKind.SMS, mobile),
    ]
    session.add(person)
    session.flush()


def _take_part(session: Session, ids: dict[str, str], group: str, member: str, status: MembershipStatus) -> None:
    """Give a member its part in a group, with both its contacts."""
    today = clock.today(session)
    session.add(
        GroupMember(
            id=new_id(),
            group_id=ids[group],
            member_id=ids[member],
            status=status.value,
            deputy_order=1 if member.endswith("deputy") else None,
            joined_on=None if status is MembershipStatus.INVITED else today,
            left_on=today if status is MembershipStatus.LEFT else None,
        )
    )
    session.flush()
    people = session.scalars(select(Person).where(Person.member_id == ids[member]).order_by(Person.name))
    for function, person in zip(FUNCTIONS, people, strict=False):
        session.add(
            Contact(
                id=new_id(),
                group_id=ids[group],
                member_id=ids[member],
                person_id=person.id,
                function=function,
                order=1,
            )
        )
