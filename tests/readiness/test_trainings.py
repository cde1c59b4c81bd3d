import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.errors import GroupEnded, GroupNotFound
from agreements.lifecycle import GroupStatus
from agreements.models import MembershipStatus, Person
from foundation.actor import Actor
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.problems import Forbidden
from foundation.timers import Timer
from notifications.models import Alert, Delivery
from readiness import actions, queries
from readiness.digests.models import DigestItem
from readiness.errors import (
    InvalidTraining,
    RegistrationClosed,
    TrainingFull,
    TrainingNotFound,
    UnknownParticipant,
)
from readiness.models import TrainingKind
from readiness.schemas import AttendanceDraft, RegistrationDraft, TrainingDraft, TrainingFilter
from tests.readiness.factories import COORDINATOR, actor_of, make_contact, make_group, make_member

STARTS_AT = datetime(2026, 7, 10, 5, 0, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A group whose coordinator is 藤沢市, and 登米市 with two people."""

    group: str
    coordinator: Actor
    contact: Actor
    colleague: str


def make_world(session: Session) -> World:
    group = make_group(session)
    fujisawa = make_member(session, group)
    tome = make_member(session, group, name="登米市")
    keeper = make_contact(session, group, fujisawa, "幹事")
    person = make_contact(session, group, tome, "登米")
    return World(
        group,
        actor_of(keeper, fujisawa, group, permissions=COORDINATOR),
        actor_of(person, tome, group),
        make_contact(session, group, tome, "同僚"),
    )


@pytest.fixture
async def world(database: Database) -> World:
    return await database.write(make_world)


def draft(group: str, **changed: Any) -> TrainingDraft:
    fields: dict[str, Any] = {
        "group": group,
        "title": "令和8年度研修",
        "starts_at": STARTS_AT,
        "place": "藤沢市役所",
        "kind": TrainingKind.ANNUAL,
    }
    return TrainingDraft(**fields | changed)


async def announce(database: Database, world: World, **changed: Any) -> str:
    return (await database.write(actions.announce, world.coordinator, draft(world.group, **changed))).id


async def register(database: Database, actor: Actor, training: str, person: str | None) -> Any:
    assert person is not None
    return await database.write(actions.register, actor, training, RegistrationDraft(person=person))


def told(session: Session, kind: str) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Delivery.name, Delivery.channel).join(Alert, Alert.id == Delivery.alert_id).where(Alert.kind == kind)
    )
    return sorted((name, channel) for name, channel in rows)


async def test_a_training_is_announced_to_all_contacts_by_mail(database: Database, world: World) -> None:
    invited = await database.write(make_member, world.group, status=MembershipStatus.INVITED)
    await database.write(make_contact, world.group, invited, "準備中")
    view = await database.write(actions.announce, world.coordinator, draft(world.group, capacity=30))
    assert (view.starts_at_ja, view.fiscal_year, view.places_left) == ("2026年7月10日(金) 14:00", 2026, 30)
    names = [("幹事", "email"), ("登米", "email"), ("同僚", "email"), ("準備中", "email")]
    assert await database.read(told, "training.announced") == sorted(names)


async def test_only_the_coordinator_announces_and_only_in_its_own_group(database: Database, world: World) -> None:
    with pytest.raises(Forbidden):
        await database.write(actions.announce, world.contact, draft(world.group))
    with pytest.raises(GroupNotFound):
        await database.write(actions.announce, world.coordinator, draft(await database.write(make_group)))


async def test_a_group_that_has_ended_trains_no_more(database: Database) -> None:
    group = await database.write(make_group, GroupStatus.ENDED)
    keeper = actor_of("person", "member", group, permissions=COORDINATOR)
    with pytest.raises(GroupEnded):
        await database.write(actions.announce, keeper, draft(group))


async def test_a_draft_without_a_place_or_in_the_past_names_both_fields(database: Database, world: World) -> None:
    with pytest.raises(InvalidTraining) as refused:
        await announce(database, world, place=None, starts_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert [each.pointer for each in refused.value.errors] == ["/place", "/starts_at"]


async def test_registering_twice_counts_once(database: Database, world: World) -> None:
    training = await announce(database, world, capacity=1)
    first = await register(database, world.contact, training, world.contact.person)
    assert await register(database, world.contact, training, world.contact.person) == first
    view = await database.read(queries.show, world.contact, training)
    assert (view.registered, view.places_left) == (1, 0)


@pytest.mark.asvs("2.3.4")
async def test_the_last_place_goes_to_one(database: Database, world: World) -> None:
    training = await announce(database, world, capacity=1)
    outcomes = await asyncio.gather(
        register(database, world.contact, training, world.contact.person),
        register(database, world.contact, training, world.colleague),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [TrainingFull]
    view = await database.read(queries.show, world.coordinator, training)
    assert (view.registered, len(view.registrations)) == (1, 1)


async def test_registration_closes_at_the_start(database: Database, world: World, clock: ManualClock) -> None:
    training = await announce(database, world)
    clock.advance(STARTS_AT - clock.now())
    with pytest.raises(RegistrationClosed):
        await register(database, world.contact, training, world.contact.person)


async def test_a_contact_registers_its_own_people_the_coordinator_everybody(database: Database, world: World) -> None:
    training = await announce(database, world)
    for stranger in (world.coordinator.person, "nobody"):
        with pytest.raises(UnknownParticipant) as refused:
            await register(database, world.contact, training, stranger)
        assert refused.value.errors[0].pointer == "/person"
    view = await register(database, world.coordinator, training, world.colleague)
    assert (view.name, view.member, view.attended) == ("同僚", world.contact.member, None)


async def test_the_coordinator_records_who_came_also_unregistered(
    database: Database, world: World, clock: ManualClock
) -> None:
    training = await announce(database, world, capacity=1)
    await register(database, world.contact, training, world.contact.person)
    clock.advance(STARTS_AT - clock.now() + timedelta(hours=2))
    for person, attended in ((world.contact.person, False), (world.colleague, True), (world.colleague, True)):
        sheet = AttendanceDraft(person=str(person), attended=attended)
        await database.write(actions.record_attendance, world.coordinator, training, sheet)
    view = await database.read(queries.show, world.coordinator, training)
    assert {each.name: each.attended for each in view.registrations} == {"登米": False, "同僚": True}
    assert view.registered == 1
    with pytest.raises(Forbidden):
        await database.write(actions.record_attendance, world.contact, training, sheet)


async def test_a_registration_after_an_early_attendance_takes_its_place(database: Database, world: World) -> None:
    training = await announce(database, world, capacity=1)
    sheet = AttendanceDraft(person=world.colleague, attended=True)
    await database.write(actions.record_attendance, world.coordinator, training, sheet)
    view = await register(database, world.contact, training, world.colleague)
    assert view.registered_at is not None
    assert view.attended is True
    with pytest.raises(TrainingFull):
        await register(database, world.contact, training, world.contact.person)


async def test_a_member_sees_its_own_registrations_the_coordinator_all_and_who_lacks(
    database: Database, world: World
) -> None:
    training = await announce(database, world)
    await register(database, world.coordinator, training, world.coordinator.person)
    seen = await database.read(queries.show, world.contact, training)
    assert (seen.registered, seen.registrations, seen.members_without) == (1, [], None)
    whole = await database.read(queries.show, world.coordinator, training)
    assert whole.members_without is not None
    assert [each.name for each in whole.registrations] == ["幹事"]
    assert [each.name for each in whole.members_without] == ["登米市"]


async def test_another_groups_training_is_not_found(database: Database, world: World) -> None:
    training = await announce(database, world)
    outsider = actor_of("person", "member", await database.write(make_group), permissions=COORDINATOR)
    with pytest.raises(TrainingNotFound):
        await database.read(queries.show, outsider, training)
    with pytest.raises(TrainingNotFound):
        await register(database, outsider, training, world.colleague)
    assert (await database.read(queries.list_trainings, outsider, TrainingFilter())).items == []
    listed = await database.read(queries.list_trainings, world.contact, TrainingFilter(group=world.group))
    assert [each.id for each in listed.items] == [training]


def waiting(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Person.name, DigestItem.kind).join(Person, Person.id == DigestItem.person_id))
    return sorted((name, kind) for name, kind in rows)


async def test_ten_days_before_everybody_is_reminded_in_their_digest(
    database: Database, world: World, clock: ManualClock
) -> None:
    def due(session: Session) -> list[tuple[str, str, datetime]]:
        return [(each.kind, each.subject, each.due_at) for each in session.scalars(select(Timer))]

    training = await announce(database, world)
    ten_days_before = STARTS_AT - timedelta(days=10)
    assert await database.read(due) == [(actions.TRAINING_REMINDER, training, ten_days_before)]
    await register(database, world.coordinator, training, world.coordinator.person)
    clock.advance(ten_days_before - clock.now())
    for _ in range(2):
        await database.write(actions.remind, training)
    reminded = [("同僚", "training.unregistered"), ("幹事", "training.reminder"), ("登米", "training.unregistered")]
    assert await database.read(waiting) == sorted(reminded)
    assert await database.read(told, "training.unregistered") == []
    await register(database, world.contact, training, world.colleague)
    assert await database.read(waiting) == [("幹事", "training.reminder")]


async def test_a_training_announced_late_is_reminded_of_three_days_before(database: Database, world: World) -> None:
    await announce(database, world, starts_at=datetime(2026, 6, 6, 5, 0, tzinfo=UTC))
    due_at = await database.read(lambda session: session.scalar(select(Timer.due_at)))
    assert due_at == datetime(2026, 6, 3, 5, 0, tzinfo=UTC)


async def test_a_training_that_has_begun_is_not_reminded_of(
    database: Database, world: World, clock: ManualClock
) -> None:
    training = await announce(database, world)
    clock.advance(STARTS_AT - clock.now())
    await database.write(actions.remind, training)
    assert await database.read(waiting) == []
