"""Reading the trainings, each as its reader may see it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from agreements.models import Group, GroupMember, Member, MembershipStatus, Person
from agreements.visibility import members_bound_by
from foundation.actor import Actor
from foundation.paging import Page, page
from readiness import dates, permissions
from readiness.errors import TrainingNotFound
from readiness.models import Training, TrainingKind, TrainingRegistration
from readiness.schemas import (
    MemberName,
    RegistrationView,
    TrainingFilter,
    TrainingSummary,
    TrainingView,
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate of the trainings an actor sees: those of its groups, for an operator all."""
    return true() if actor.is_operator else Training.group_id.in_(actor.groups)


def registrations_visible_to(actor: Actor, group: str) -> ColumnElement[bool]:
    """Return the predicate of the registrations an actor sees: its member's own, as the coordinator all."""
    if actor.may(permissions.RECORD_ATTENDANCE, group=group):
        return true()
    return TrainingRegistration.member_id == actor.member


def people_open_to(actor: Actor, group: str) -> ColumnElement[bool]:
    """Return the predicate of the people whom an actor may register: its member's, as the coordinator the group's."""
    in_group = Person.member_id.in_(members_bound_by(select(Group.id).where(Group.id == group)))
    if actor.may(permissions.RECORD_ATTENDANCE, group=group):
        return in_group
    return in_group & (Person.member_id == actor.member)


def training_of(session: Session, actor: Actor, training: str) -> Training:
    """Return a training. Raises TrainingNotFound unless the actor sees it."""
    row = session.scalar(select(Training).where(Training.id == training, visible_to(actor)))
    if row is None:
        raise TrainingNotFound
    return row


def list_trainings(session: Session, actor: Actor, wanted: TrainingFilter) -> Page[TrainingSummary]:
    """Return the trainings an actor sees."""
    statement = select(Training).where(visible_to(actor))
    if wanted.group is not None:
        statement = statement.where(Training.group_id == wanted.group)
    return page(session, statement, Training.id, wanted.cursor, lambda row: TrainingSummary(**_told(row)))


def show(session: Session, actor: Actor, training: str) -> TrainingView:
    """Return one training with its registrations as the actor sees them. Raises TrainingNotFound."""
    row = training_of(session, actor, training)
    is_keeper = actor.may(permissions.RECORD_ATTENDANCE, group=row.group_id)
    return TrainingView(
        **_told(row),
        registrations=_registrations(session, row, registrations_visible_to(actor, row.group_id)),
        members_without=members_without(session, row) if is_keeper else None,
    )


def registration(session: Session, training: Training, person: str) -> RegistrationView:
    """Return one person's part in a training that the caller has been let into."""
    (found,) = _registrations(session, training, TrainingRegistration.person_id == person)
    return found


def registered_people(session: Session, training: str) -> list[str]:
    """Return the people registered for a training."""
    return list(
        session.scalars(
            select(TrainingRegistration.person_id).where(
                TrainingRegistration.training_id == training, TrainingRegistration.registered_at.is_not(None)
            )
        )
    )


def members_without(session: Session, training: Training) -> list[MemberName]:
    """Return the members of the group of whom nobody is registered or came."""
    there = select(TrainingRegistration.member_id).where(
        TrainingRegistration.training_id == training.id,
        or_(TrainingRegistration.registered_at.is_not(None), TrainingRegistration.has_attended.is_(True)),
    )
    return members_of(session, training.group_id, Member.id.not_in(there))


def members_of(session: Session, group: str, *which: ColumnElement[bool]) -> list[MemberName]:
    """Return the members that take part in a group, also those still to sign: a training is open to them."""
    rows = session.execute(
        select(Member.id, Member.municipality, Member.name)
        .where(Member.id.in_(_taking_part(group)), *which)
        .order_by(Member.municipality, Member.id)
    )
    return [MemberName(member=member, municipality=code, name=name) for member, code, name in rows]


def _taking_part(group: str) -> Select[str]:
    return select(GroupMember.member_id).where(
        GroupMember.group_id == group, GroupMember.status != MembershipStatus.LEFT
    )


def _told(row: Training) -> dict[str, Any]:
    return {
        "id": row.id,
        "group": row.group_id,
        "title": row.title,
        "kind": TrainingKind(row.kind),
        "starts_at": row.starts_at,
        "starts_at_ja": dates.in_japanese(row.starts_at),
        "fiscal_year": dates.fiscal_year_of(row.starts_at),
        "place": row.place,
        "url": row.url,
        "capacity": row.capacity,
        "registered": row.registered,
        "places_left": None if row.capacity is None else row.capacity - row.registered,
        "announced_at": row.announced_at,
    }


def _registrations(session: Session, row: Training, which: ColumnElement[bool]) -> list[RegistrationView]:
    found = session.execute(
        select(
            Person.id,
            Person.name,
            Member.id,
            Member.municipality,
            TrainingRegistration.registered_at,
            TrainingRegistration.has_attended,
        )
        .join(Person, Person.id == TrainingRegistration.person_id)
        .join(Member, Member.id == TrainingRegistration.member_id)
        .where(TrainingRegistration.training_id == row.id, which)
        .order_by(TrainingRegistration.id)
    )
    return list(_views(found))


def _views(rows: Iterable[Any]) -> Iterable[RegistrationView]:
    for person, name, member, municipality, registered_at, has_attended in rows:
        yield RegistrationView(
            person=person,
            name=name,
            member=member,
            municipality=municipality,
            registered_at=registered_at,
            attended=has_attended,
        )
