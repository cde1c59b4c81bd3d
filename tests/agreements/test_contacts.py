import asyncio

import pytest
from sqlalchemy.orm import Session

from agreements import queries
from agreements.contacts import actions
from agreements.contacts import queries as reading
from agreements.contacts.schemas import ContactDraft
from agreements.errors import ContactNotFound, LastContact, PlaceTaken
from agreements.models import ContactFunction, MemberKind
from agreements.people import actions as people
from agreements.people.schemas import DeskDraft, PersonChange
from foundation.actor import Actor
from foundation.database import Database
from foundation.problems import Forbidden, Invalid
from tests.agreements.factories import (
    FUJISAWA,
    OPERATOR,
    TAMA,
    TOME,
    actor_of,
    add_member,
    add_person,
    contact,
    found_group,
    group_in_force,
    sign,
)

DISASTER, ICT = ContactFunction.DISASTER, ContactFunction.ICT


async def test_contacts_stand_in_order_and_say_what_is_missing(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        member = add_member(session, group).member
        person = add_person(session, member, "p@tome.example")
        desk = people.add_desk(session, OPERATOR, TOME, DeskDraft(name="宿直"))
        first = actions.designate(session, OPERATOR, group, TOME, ContactDraft(person=person.id, function=DISASTER))
        assert (first.order, first.missing_functions, first.name) == (1, [ICT], person.name)
        second = actions.designate(session, OPERATOR, group, TOME, ContactDraft(desk=desk.id, function=DISASTER))
        assert (second.order, second.desk, second.person) == (2, desk.id, None)
        third = actions.designate(
            session, OPERATOR, group, TOME, ContactDraft(person=person.id, function=ICT, order=3)
        )
        assert third.missing_functions == []
        shown = reading.list_contacts(session, OPERATOR, group, TOME, None).items
        assert [(each.function, each.order) for each in shown] == [(DISASTER, 1), (DISASTER, 2), (ICT, 3)]

    await database.write(story)


async def test_a_place_is_taken_once(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = add_person(session, ids[TOME], "p@tome.example")
        draft = ContactDraft(person=person.id, function=ICT, order=1)
        actions.designate(session, actors[TOME], group, TOME, draft)

    with pytest.raises(PlaceTaken):
        await database.write(story)


async def test_a_contact_is_a_person_or_desk_of_the_member(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        foreign = add_person(session, ids[TAMA], "p@tama.example").id
        for draft, pointer in (
            (ContactDraft(person=foreign, function=ICT), "/person"),
            (ContactDraft(desk="nothing", function=ICT), "/desk"),
            (ContactDraft(function=ICT), "/person"),
            (ContactDraft(person=foreign, desk="both", function=ICT), "/person"),
        ):
            with pytest.raises(Invalid) as refused:
                actions.designate(session, actors[TOME], group, TOME, draft)
            assert [error.pointer for error in refused.value.errors] == [pointer]

    await database.write(story)


async def test_contacts_are_kept_by_their_member_and_the_coordinator(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = add_person(session, ids[TOME], "p@tome.example").id
        draft = ContactDraft(person=person, function=ICT)
        with pytest.raises(Forbidden):
            actions.designate(session, actors[TAMA], group, TOME, draft)
        made = actions.designate(session, actors[FUJISAWA], group, TOME, draft)
        with pytest.raises(Forbidden):
            actions.dismiss(session, actors[TAMA], group, TOME, made.id)
        with pytest.raises(ContactNotFound):
            actions.dismiss(session, actors[FUJISAWA], group, TAMA, made.id)
        actions.dismiss(session, actors[TOME], group, TOME, made.id)
        assert not queries.is_contact(session, group, ids[TOME], person)

    await database.write(story)


async def test_the_last_of_a_function_stays_while_the_group_is_in_force(database: Database) -> None:
    def last(session: Session, *, with_successor: bool) -> None:
        group, ids, actors = group_in_force(session)
        only = _of_function(session, actors[TOME], group, ICT)
        if with_successor:
            successor = add_person(session, ids[TOME], "next@tome.example").id
            actions.designate(session, actors[TOME], group, TOME, ContactDraft(person=successor, function=ICT))
        actions.dismiss(session, actors[TOME], group, TOME, only)
        raise RuntimeError("dismissed")

    with pytest.raises(LastContact):
        await database.write(last, with_successor=False)
    with pytest.raises(RuntimeError, match="dismissed"):
        await database.write(last, with_successor=True)


async def test_a_successor_who_has_left_the_office_does_not_count(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        gone = add_person(session, ids[TOME], "gone@tome.example").id
        actions.designate(session, actors[TOME], group, TOME, ContactDraft(person=gone, function=ICT))
        people.change_person(session, actors[TOME], gone, PersonChange(is_active=False))
        actions.dismiss(session, actors[TOME], group, TOME, _of_function(session, actors[TOME], group, ICT))

    with pytest.raises(LastContact):
        await database.write(story)


async def test_two_at_once_can_not_give_up_the_last_two(database: Database) -> None:
    def start(session: Session) -> tuple[str, list[str]]:
        group, ids, actors = group_in_force(session)
        second = add_person(session, ids[TOME], "second@tome.example").id
        made = actions.designate(session, OPERATOR, group, TOME, ContactDraft(person=second, function=ICT))
        return group, [made.id, _of_function(session, actors[TOME], group, ICT)]

    group, both = await database.write(start)
    tries = [database.write(actions.dismiss, OPERATOR, group, TOME, each) for each in both]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["LastContact", "NoneType"]


async def test_before_the_agreement_is_in_force_contacts_come_and_go(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        member = add_member(session, group).member
        contact(session, group, member, "p@tome.example")
        for each in reading.list_contacts(session, OPERATOR, group, TOME, None).items:
            actions.dismiss(session, OPERATOR, group, TOME, each.id)
        assert reading.list_contacts(session, OPERATOR, group, TOME, None).items == []

    await database.write(story)


async def test_associates_see_desks_but_no_persons_of_others(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        desk = people.add_desk(session, actors[TOME], TOME, DeskDraft(name="宿直")).id
        actions.designate(session, actors[TOME], group, TOME, ContactDraft(desk=desk, function=DISASTER))
        company = add_member(session, group, None, kind=MemberKind.ASSOCIATE, name="会社").member
        sign(session, group, company)
        seller = contact(session, group, company, "s@company.example")
        assert [each.desk for each in reading.list_contacts(session, seller, group, TOME, None).items] == [desk]
        assert len(reading.list_contacts(session, seller, group, company, None).items) == 2
        assert len(reading.list_contacts(session, actors[TAMA], group, TOME, None).items) == 3

    await database.write(story)


async def test_a_contact_has_the_roles_of_its_functions(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, _ = group_in_force(session)
        person = add_person(session, ids[TOME], "p@tome.example").id
        assert actor_of(session, person).memberships == ()
        actions.designate(session, OPERATOR, group, TOME, ContactDraft(person=person, function=ICT))
        (part,) = actor_of(session, person).memberships
        assert (part.group, part.member, part.municipality, part.roles) == (
            group,
            ids[TOME],
            TOME,
            frozenset({"ict"}),
        )
        assert queries.is_contact(session, group, ids[TOME], person)
        assert not queries.is_contact(session, group, ids[TAMA], person)

    await database.write(story)


def _of_function(session: Session, actor: Actor, group: str, function: ContactFunction) -> str:
    shown = reading.list_contacts(session, actor, group, TOME, None).items
    return next(each.id for each in shown if each.function is function)
