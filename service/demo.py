"""Loading the demo group: through the rooms' own actions, in one transaction, once."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.contacts import actions as contacts
from agreements.contacts.schemas import ContactDraft
from agreements.groups import actions as groups
from agreements.groups.schemas import CoordinatorDraft, GroupDraft, StepDraft, TermsBody, VersionDraft
from agreements.lifecycle import GroupStatus
from agreements.members import actions as members
from agreements.members.schemas import MemberDraft, SignatureDraft
from agreements.models import ContactFunction, Group
from agreements.ndas import actions as ndas
from agreements.ndas.schemas import NdaDraft, NdaVersionDraft
from agreements.people import actions as people
from agreements.people.schemas import PersonDraft
from agreements.queries import person_by_email
from aid.chronology import actions as chronology
from aid.chronology.schemas import EntryDraft
from aid.incidents import actions as incidents
from aid.incidents.schemas import AffectedDraft, IncidentDraft
from aid.lifecycle import Lane
from aid.severity import IncidentKind
from foundation import clock
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.mode import Mode
from foundation.problems import Conflict, Language
from inventory import actions as inventory
from inventory.records import actions as records
from inventory.records.kinds import RecordKind
from inventory.records.schemas import RecordDraft
from inventory.schemas import CapabilityDraft
from readiness import actions as readiness
from readiness.models import TrainingKind
from readiness.schemas import TrainingDraft
from service import demo_data, policy
from service.identity.queries import actor_of_person

LOADER = Actor(None, "デモの準備", None, assurance=2, is_operator=True, permissions=policy.OPERATOR)
SIGNED_ON = date(2024, 4, 1)
STRUCK_AT = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)
FIRST_WAVE = 8
"""Partners asked at once: small groups of answers make a dull demo."""


class NotADrill(Conflict):
    """Made-up people must not stand in a database that serves real disasters."""

    ja = "デモデータは訓練 (drill) のデータベースにだけ読み込めます。別のデータベースを指定してください。"
    en = "Demo data goes into a database of mode drill only. Please name another database."


def load(session: Session, mode: Mode) -> bool:
    """Load the demo group, its incident and its trainings; False where they are there already."""
    if mode is not Mode.DRILL:
        raise NotADrill
    if session.scalar(select(Group.id).where(Group.name == demo_data.GROUP)) is not None:
        return False
    group = _found(session)
    for municipality in demo_data.MEMBERS:
        _join(session, group, municipality)
        _man(session, group, municipality)
        _stock(session, municipality)
    _put_in_force(session, group)
    coordinator = _coordinator(session)
    _write_down(session, coordinator, group)
    _strike(session, coordinator, group, mode)
    _announce_trainings(session, coordinator, group)
    return True


def _found(session: Session) -> str:
    draft = GroupDraft(name=demo_data.GROUP, purpose=demo_data.PURPOSE, coordinator=demo_data.COORDINATOR)
    return groups.create(session, LOADER, draft).id


def _join(session: Session, group: str, municipality: str) -> None:
    if municipality != demo_data.COORDINATOR:
        members.add(session, LOADER, group, MemberDraft(municipality=municipality))
    signature = SignatureDraft(
        signatory_name=f"（{demo_data.MADE_UP}）",
        signatory_title=demo_data.head_of(municipality),
        signed_on=SIGNED_ON,
    )
    members.sign(session, LOADER, group, municipality, signature)


def _man(session: Session, group: str, municipality: str) -> None:
    for each in demo_data.people(municipality):
        draft = PersonDraft(
            name=each.name,
            email=each.email,
            mobile=each.mobile,
            municipality=municipality,
            department=each.department,
        )
        person = people.add_person(session, LOADER, draft)
        contact = ContactDraft(person=person.id, function=ContactFunction(each.function), order=1)
        contacts.designate(session, LOADER, group, municipality, contact)


def _stock(session: Session, municipality: str) -> None:
    for kind, quantity, lead_time_hours in demo_data.stock(municipality):
        draft = CapabilityDraft(
            municipality=municipality,
            kind=kind,
            quantity=quantity,
            lead_time_hours=lead_time_hours,
            conditions=demo_data.MADE_UP,
        )
        inventory.declare(session, LOADER, draft, is_made_up=True)


def _put_in_force(session: Session, group: str) -> None:
    groups.step(session, LOADER, group, StepDraft(status=GroupStatus.INVITING))
    groups.step(session, LOADER, group, StepDraft(status=GroupStatus.SIGNED))
    terms = TermsBody(wave_minimum=FIRST_WAVE, emergency_access=True)
    groups.add_version(session, LOADER, group, VersionDraft(text=demo_data.TEXT, terms=terms, adopted_on=SIGNED_ON))
    groups.step(session, LOADER, group, StepDraft(status=GroupStatus.IN_FORCE))
    leading = CoordinatorDraft(coordinator=demo_data.COORDINATOR, deputies=list(demo_data.DEPUTIES))
    groups.hand_over(session, LOADER, group, leading)


def _coordinator(session: Session) -> Actor:
    """Return the coordinator's 情報 contact, who opens the incident and announces the trainings."""
    return _ict_contact(session, demo_data.COORDINATOR)


def _ict_contact(session: Session, municipality: str) -> Actor:
    person = person_by_email(session, f"ict1.{municipality}@demo.example")
    actor = actor_of_person(session, person.id, 2) if person else None
    assert actor is not None
    return actor


def _write_down(session: Session, coordinator: Actor, group: str) -> None:
    """Let some contacts sign the NDA, and some members keep a small inventory."""
    text = ndas.adopt(session, coordinator, group, NdaVersionDraft(text=demo_data.NDA_TEXT))
    for municipality in demo_data.BOUND:
        ndas.sign(session, _ict_contact(session, municipality), group, NdaDraft(version=text.number))
    for municipality, kept in demo_data.INVENTORIES.items():
        for kind, fields in kept:
            draft = RecordDraft.model_validate({"kind": RecordKind(kind), "fields": fields})
            records.create(session, _ict_contact(session, municipality), municipality, draft)


def _strike(session: Session, actor: Actor, group: str, mode: Mode) -> None:
    affected = [
        AffectedDraft(municipality=code, severity=severity) for code, severity in demo_data.severities().items()
    ]
    draft = IncidentDraft(
        name=demo_data.INCIDENT, kind=IncidentKind.EARTHQUAKE, occurred_at=STRUCK_AT, affected=affected
    )
    incident = incidents.open_incident(session, actor, draft, mode)
    note = EntryDraft(lane=Lane.NOTES, text=demo_data.SOURCE, group=group)
    chronology.write(session, actor, incident.id, note, Language.JA)


def _announce_trainings(session: Session, actor: Actor, group: str) -> None:
    first, second = (_afternoon(session, days) for days in (30, 60))
    drafts = (
        TrainingDraft(
            group=group,
            title="はじめての災害時ICT応援（新任者向け）",
            starts_at=first,
            url="https://training.demo.example/introductory",
            kind=TrainingKind.INTRODUCTORY,
        ),
        TrainingDraft(
            group=group,
            title="定例研修 要請から応援決定まで",
            starts_at=second,
            place="藤沢市役所（デモ）",
            capacity=60,
            kind=TrainingKind.ANNUAL,
        ),
    )
    for draft in drafts:
        readiness.announce(session, actor, draft)


def _afternoon(session: Session, days: int) -> datetime:
    """Return half past one in Japan, so many days from today."""
    return datetime.combine(clock.today(session) + timedelta(days=days), time(13, 30), JAPAN)
