"""Announcing a training, registering for it, reminding of it, recording who came."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.errors import GroupEnded
from agreements.lifecycle import GroupStatus
from agreements.models import Group, Person
from foundation import audit, clock, timers
from foundation.actor import SYSTEM, Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import FieldError
from notifications.actions import Addressee, raise_alert
from notifications.alerts import LOW, by_mail
from readiness import dates, permissions, queries
from readiness.digests import actions as digests
from readiness.digests.wording import TRAINING_REMINDER as TRAINING_REMINDED
from readiness.digests.wording import TRAINING_UNREGISTERED
from readiness.errors import InvalidTraining, RegistrationClosed, TrainingFull, UnknownParticipant
from readiness.models import Training, TrainingRegistration
from readiness.schemas import AttendanceDraft, RegistrationDraft, RegistrationView, TrainingDraft, TrainingView
from readiness.wording import ANNOUNCED

TRAINING_REMINDER = "readiness.training_reminder"
"""The kind of timer that calls `remind`."""
REMINDED_BEFORE = (timedelta(days=10), timedelta(days=3))
"""The first that lies ahead counts: a person's weekly digest then still comes before the training."""


def announce(session: Session, actor: Actor, draft: TrainingDraft) -> TrainingView:
    """Announce a training to all contacts of its group by mail. Raises GroupNotFound, GroupEnded, InvalidTraining."""
    group = agreements.group_of(session, actor, draft.group)
    actor.require(permissions.ANNOUNCE, group=group.id)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    _check(session, draft)
    training = Training(
        id=new_id(),
        group_id=group.id,
        kind=draft.kind.value,
        registered=0,
        announced_by=actor.person,
        announced_at=clock.now(session),
        **draft.model_dump(include={"title", "starts_at", "place", "url", "capacity"}),
    )
    session.add(training)
    session.flush()
    everybody = [each.member for each in queries.members_of(session, group.id)]
    _tell(session, ANNOUNCED, training, group, _contacts(session, group.id, everybody))
    remind_at = next((at for days in REMINDED_BEFORE if (at := training.starts_at - days) > clock.now(session)), None)
    if remind_at is not None:
        timers.schedule(session, TRAINING_REMINDER, training.id, remind_at)
    audit.record(session, actor, "readiness.announce", f"training:{training.id}", group=group.id)
    return queries.show(session, actor, training.id)


def register(session: Session, actor: Actor, training_id: str, draft: RegistrationDraft) -> RegistrationView:
    """Register a person; once more changes nothing.

    Raises TrainingNotFound, UnknownParticipant, RegistrationClosed, TrainingFull.
    """
    training = queries.training_of(session, actor, training_id)
    actor.require(permissions.REGISTER, group=training.group_id)
    person = _participant(session, actor, training, draft.person)
    if clock.now(session) >= training.starts_at:
        raise RegistrationClosed(
            starts_at_ja=dates.in_japanese(training.starts_at), starts_at_en=dates.in_english(training.starts_at)
        )
    if _is_newly_registered(session, actor, _row(training, person)):
        _take_place(session, training)
        digests.drop(session, TRAINING_UNREGISTERED, training.id, member=person.member_id)
        audit.record(
            session,
            actor,
            "readiness.register",
            f"training:{training.id}",
            chain=person.member_id,
            person=person.id,
            owner=person.member_id,
        )
    return queries.registration(session, training, person.id)


def record_attendance(session: Session, actor: Actor, training_id: str, draft: AttendanceDraft) -> RegistrationView:
    """Record whether a person came, registered or not. Raises TrainingNotFound, UnknownParticipant."""
    training = queries.training_of(session, actor, training_id)
    actor.require(permissions.RECORD_ATTENDANCE, group=training.group_id)
    person = _participant(session, actor, training, draft.person)
    insert_or_skip(session, TrainingRegistration, _row(training, person))
    session.execute(
        update(TrainingRegistration)
        .where(TrainingRegistration.training_id == training.id, TrainingRegistration.person_id == person.id)
        .values(has_attended=draft.attended, recorded_at=clock.now(session))
    )
    audit.record(
        session,
        actor,
        "readiness.record_attendance",
        f"training:{training.id}",
        chain=person.member_id,
        person=person.id,
        owner=person.member_id,
        attended=draft.attended,
    )
    return queries.registration(session, training, person.id)


def remind(session: Session, training_id: str) -> None:
    """Remind, in their next digest, who registered and the contacts of members of whom nobody did (by a timer)."""
    training = session.get_one(Training, training_id)
    group = session.get_one(Group, training.group_id)
    if clock.now(session) >= training.starts_at or group.status == GroupStatus.ENDED:
        return
    facts, until = _facts(training, group), training.starts_at
    registered = queries.registered_people(session, training.id)
    digests.note(session, registered, TRAINING_REMINDED, training.id, facts, until)
    absent = [each.member for each in queries.members_without(session, training)]
    contacts = {each.person for each in _contacts(session, group.id, absent) if each.person}
    digests.note(session, sorted(contacts), TRAINING_UNREGISTERED, training.id, facts, until)
    audit.record(session, SYSTEM, "readiness.remind", f"training:{training.id}", group=group.id)


def _check(session: Session, draft: TrainingDraft) -> None:
    errors = []
    if draft.place is None and draft.url is None:
        errors.append(
            FieldError(
                "/place",
                "missing",
                "場所 (place) かオンラインの URL (url) のどちらかを入力してください。",
                "Give a place or a URL.",
            )
        )
    if draft.starts_at <= clock.now(session):
        errors.append(
            FieldError(
                "/starts_at",
                "past",
                "開始日時が過ぎています。これからの日時を入力してください。",
                "This is in the past; give a time to come.",
            )
        )
    if errors:
        raise InvalidTraining(*errors)


def _participant(session: Session, actor: Actor, training: Training, person: str) -> Person:
    """Return an active person whom the actor may register; others are refused as if they were not there."""
    found = session.scalar(
        select(Person).where(Person.id == person, Person.is_active, queries.people_open_to(actor, training.group_id))
    )
    if found is None:
        raise UnknownParticipant(
            FieldError(
                "/person",
                "unknown-person",
                "担当者が見つかりません。自団体の担当者の id を指定してください (他団体の分は幹事が登録します)。",
                "There is no such person; name one of your own member (the coordinator: one of the group).",
            )
        )
    return found


def _row(training: Training, person: Person) -> dict[str, Any]:
    return {
        "id": new_id(),
        "training_id": training.id,
        "person_id": person.id,
        "member_id": person.member_id,
    }


def _is_newly_registered(session: Session, actor: Actor, row: dict[str, Any]) -> bool:
    """Register the person of a row; False where it was done already."""
    values = {"registered_by": actor.person, "registered_at": clock.now(session)}
    if insert_or_skip(session, TrainingRegistration, row | values):
        return True
    # An attendance may have been recorded before the registration came.
    unregistered = (
        update(TrainingRegistration)
        .where(
            TrainingRegistration.training_id == row["training_id"],
            TrainingRegistration.person_id == row["person_id"],
            TrainingRegistration.registered_at.is_(None),
        )
        .values(values)
    )
    return cast("CursorResult[Any]", session.execute(unregistered)).rowcount == 1


def _take_place(session: Session, training: Training) -> None:
    """Count one more, unless all places are taken: the database judges, so that the last one goes to one."""
    statement = (
        update(Training)
        .where(Training.id == training.id, or_(Training.capacity.is_(None), Training.registered < Training.capacity))
        .values(registered=Training.registered + 1)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount == 0:
        raise TrainingFull(capacity=training.capacity)


def _contacts(session: Session, group: str, members: list[str]) -> list[Addressee]:
    found = agreements.addressees(session, group, members, None)
    return [each for of_member in found.values() for each in of_member]


def _tell(session: Session, kind: str, training: Training, group: Group, to: Iterable[Addressee]) -> None:
    """Send by mail alone: a training is no emergency, and SMS costs."""
    mailed = by_mail(to)
    if mailed:
        raise_alert(
            session, kind=kind, topic=training.id, facts=_facts(training, group), addressees=mailed, priority=LOW
        )


def _facts(training: Training, group: Group) -> dict[str, Any]:
    return {
        "training": training.id,
        "group": group.name,
        "title": training.title,
        "kind": training.kind,
        "starts_at": training.starts_at.isoformat(),
        "place": training.place,
        "url": training.url,
        "capacity": training.capacity,
    }
