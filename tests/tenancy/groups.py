"""The people of the stage: three agreement groups with everybody who may have a part in one."""

from datetime import date

from sqlalchemy import Select, select, update
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
    PersonRole,
    TemporaryContact,
)
from agreements.nda_models import Nda, NdaVersion
from agreements.people.channels import channel
from agreements.terms import Terms
from foundation import clock
from foundation.ids import new_id
from tests.world import capability

VOTING = ("owner", "coordinator", "deputy", "bound", "under_nda", "bystander")
PARTS = (*VOTING, "associate", "invited")
"""What there is one member of in each group."""
YEAR = (date(2026, 4, 1), date(2027, 3, 31))
FUNCTIONS = ("disaster", "ict")
ROLES = ("administrator", "auditor")
STAFF = (*FUNCTIONS, "staff", *ROLES)
"""Who works for each member: two contacts, one without a part, and two with a role inside it."""


def address(group: str, part: str, function: str) -> str:
    """Return the mail address of a member's contact (or of its `staff`, who is none)."""
    return f"{function}.{part}.{group}@demo.example".lower()


def mobile(group: str, part: str, function: str) -> str:
    """Return the mobile number of a member's contact."""
    return f"+8180000{_number(group, part) * len(STAFF) + STAFF.index(function):05d}"


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
    return ids | _ndas(session, ids)


def _ndas(session: Session, ids: dict[str, str]) -> dict[str, str]:
    """Let 防災 contacts hold an NDA for their group (those who left: for G), of the owner the 情報 contact.

    Both contacts of `under_nda` do. Return the ids of those in group G by `part.nda`.
    """
    texts = {name: _nda_text(session, ids[name]) for name in "GH"}
    held = {}
    for group, own in (("G", "G"), ("H", "H"), ("G", "K")):
        for part in PARTS:
            function = "ict" if part == "owner" and own == "G" else "disaster"
            if part not in {"bound", "bystander"}:
                held[f"{own}.{part}"] = _nda(session, ids, texts[group], group, f"{own}.{part}", function)
    _nda(session, ids, texts["G"], "G", "G.under_nda", "ict")
    session.flush()
    return {f"{part}.nda": held[f"G.{part}"] for part in PARTS if f"G.{part}" in held}


def _nda_text(session: Session, group: str) -> str:
    version = NdaVersion(
        id=new_id(), group_id=group, number=1, text="誓約", adopted_on=YEAR[0], created_at=clock.now(session)
    )
    session.add(version)
    session.flush()
    return version.id


def _nda(session: Session, ids: dict[str, str], text: str, group: str, member: str, function: str) -> str:
    people = {each.name.partition(".")[0]: each.id for each in session.scalars(_people_of(ids[member]))}
    nda = Nda(
        id=new_id(),
        group_id=ids[group],
        version_id=text,
        person_id=people[function],
        member_id=ids[member],
        way="in_product",
        signed_on=YEAR[0],
        starts_on=YEAR[0],
        ends_on=YEAR[1],
        recorded_at=clock.now(session),
    )
    session.add(nda)
    return nda.id


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
    for function in STAFF:
        _person(session, member.id, address(group, part, function), mobile(group, part, function))
    return member.id


def _person(session: Session, member: str, email: str, mobile: str) -> None:
    person = Person(id=new_id(), member_id=member, name=email.partition("@")[0], created_at=clock.now(session))
    person.channels = [
        channel(session, member, ChannelKind.EMAIL, email),
        channel(session, member, ChannelKind.SMS, mobile),
    ]
    role = email.partition(".")[0]
    if role in ROLES:
        person.roles = [PersonRole(role=role, given_at=clock.now(session))]
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
    people = {each.name.partition(".")[0]: each for each in session.scalars(_people_of(ids[member]))}
    for function in FUNCTIONS:
        session.add(
            Contact(
                id=new_id(),
                group_id=ids[group],
                member_id=ids[member],
                person_id=people[function].id,
                function=function,
                order=1,
            )
        )


def _people_of(member: str) -> Select[Person]:
    return select(Person).where(Person.member_id == member)


def forget_who_entered(session: Session) -> None:
    """Whoever entered an address can't confirm it; here somebody did who calls for nothing."""
    session.execute(update(TemporaryContact).values(created_by=None))


def people_of(session: Session, member: str) -> dict[str, str]:
    """Return the ids of the 情報 contact, of its designation in group G, and of the person who is no contact."""
    rows = session.execute(select(Person.id, Person.name).where(Person.member_id == member))
    people = {row.name.partition(".")[0]: row.id for row in rows}
    designation = session.scalars(select(Contact.id).where(Contact.person_id == people["ict"])).first()
    assert designation is not None
    return {"ict": people["ict"], "staff": people["staff"], "ict_contact": designation}
