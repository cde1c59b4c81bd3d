"""A world written into a fresh database through the rooms' own actions: group, people, stock, incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from agreements import directory
from agreements.contacts import actions as contacts
from agreements.contacts.schemas import ContactDraft
from agreements.groups import actions as groups
from agreements.groups.schemas import GroupDraft, StepDraft, TermsBody, VersionDraft
from agreements.lifecycle import GroupStatus
from agreements.members import actions as members
from agreements.members.schemas import MemberDraft, SignatureDraft
from agreements.models import ContactFunction
from agreements.people import actions as people
from agreements.people.schemas import PersonDraft
from aid.incidents import actions as incidents
from aid.incidents.schemas import AffectedDraft, IncidentDraft
from aid.severity import IncidentKind, Severity
from aid.simulation.world import SimMember, World
from foundation import clock
from foundation.actor import Actor
from foundation.mode import Mode
from inventory import actions as inventory
from inventory.schemas import CapabilityDraft
from service import policy
from service.errors import RefusedError

OPERATOR = Actor(None, "模擬の準備", None, assurance=2, is_operator=True, permissions=policy.OPERATOR)
GROUP = "模擬の協定グループ"
SIGNED_ON = date(2024, 4, 1)
MOST_NAMED = 5


@dataclass
class Scene:
    """舞台: ids of what was written; who a mail address or number belongs to, and who speaks for a member.

    `least_fit`: how well something must stand in for what is asked for, by the group's terms.
    """

    group: str = ""
    incident: str = ""
    member_at: dict[str, str] = field(default_factory=dict)
    speaker_of: dict[str, str] = field(default_factory=dict)
    least_fit: int = 1


def check(world: World) -> None:
    """Raise RefusedError where a member is not one of Japan's municipalities: the real code knows no other places."""
    unknown = [member.key for member in world.members if directory.find(member.key) is None]
    if unknown:
        named = "、".join(unknown[:MOST_NAMED])
        raise RefusedError(
            f"実際の処理で動かすには、構成団体を6桁の団体コードで書いてください（見つからない: {named}）。"
            " (members must be municipality codes to be played on the real code)"
        )


def furnish(session: Session, world: World, terms: TermsBody) -> Scene:
    """Write the world's group, people, stock and incident."""
    scene = Scene(least_fit=terms.ranking.least_fit)
    first = world.members[0].key
    scene.group = groups.create(session, OPERATOR, GroupDraft(name=GROUP, coordinator=first)).id
    for number, member in enumerate(world.members):
        _join(session, scene.group, member, is_first=member.key == first)
        _man(session, scene, member, number)
    for line in world.lines:
        draft = CapabilityDraft(
            municipality=line.member, kind=line.kind, quantity=line.quantity, lead_time_hours=line.lead_time_hours
        )
        inventory.declare(session, OPERATOR, draft, is_made_up=True)
    _put_in_force(session, scene.group, terms)
    scene.incident = _strike(session, world)
    return scene


def _join(session: Session, group: str, member: SimMember, *, is_first: bool) -> None:
    if not is_first:
        members.add(session, OPERATOR, group, MemberDraft(municipality=member.key))
    signature = SignatureDraft(signatory_name="（架空）", signatory_title="首長", signed_on=SIGNED_ON)
    members.sign(session, OPERATOR, group, member.key, signature)


def _man(session: Session, scene: Scene, member: SimMember, number: int) -> None:
    """Give a member its two contacts, with numbers that nobody carries."""
    for offset, function in enumerate(ContactFunction):
        mail = f"{function.value}1.{member.key}@simulation.example"
        mobile = f"+8180000{number * len(ContactFunction) + offset:05d}"
        draft = PersonDraft(
            name=f"架空 {function.value}", email=mail, mobile=mobile, municipality=member.key, department="情報政策課"
        )
        person = people.add_person(session, OPERATOR, draft)
        contacts.designate(
            session, OPERATOR, scene.group, member.key, ContactDraft(person=person.id, function=function, order=1)
        )
        scene.member_at |= {mail: member.key, mobile: member.key}
        scene.speaker_of[member.key] = person.id


def _put_in_force(session: Session, group: str, terms: TermsBody) -> None:
    for status in (GroupStatus.INVITING, GroupStatus.SIGNED):
        groups.step(session, OPERATOR, group, StepDraft(status=status))
    version = VersionDraft(text="模擬の協定", terms=terms, adopted_on=SIGNED_ON)
    groups.add_version(session, OPERATOR, group, version)
    groups.step(session, OPERATOR, group, StepDraft(status=GroupStatus.IN_FORCE))


def _strike(session: Session, world: World) -> str:
    draft = IncidentDraft(
        name="模擬の地震",
        kind=IncidentKind.EARTHQUAKE,
        occurred_at=clock.now(session),
        affected=[AffectedDraft(municipality=code, severity=severity) for code, severity in footprint(world).items()],
    )
    return incidents.open_incident(session, OPERATOR, draft, Mode.DRILL).id


def footprint(world: World) -> Mapping[str, Severity]:
    """Return how badly which of the members are hit."""
    return {member.key: Severity(member.severity) for member in world.members if member.severity}
