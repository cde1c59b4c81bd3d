import time

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from agreements import directory, queries
from agreements.contacts import actions as contacts
from agreements.contacts.schemas import ContactDraft
from agreements.models import ChannelKind, Confirmation, ContactFunction
from agreements.people import actions as people
from agreements.people import channels
from agreements.people.schemas import ChannelDraft, DeskDraft, PersonChange
from agreements.temporary import actions as temporary
from agreements.temporary.schemas import ConfirmationDraft, TemporaryDraft
from foundation.database import Database
from notifications.gateways.base import Channel
from tests import world as worlds
from tests.agreements.factories import FUJISAWA, OPERATOR, TAMA, TOME, add_person, group_in_force


async def test_people_and_desks_are_reached_by_mail_and_sms_alone(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = actors[TOME].person or ""
        for kind, address in ((ChannelKind.SMS, "090-1234-5678"), (ChannelKind.FAX, "0220-22-2111")):
            channels.add_to_person(session, actors[TOME], person, ChannelDraft(kind=kind, address=address))
        desk = people.add_desk(session, actors[TOME], TOME, DeskDraft(name="宿直")).id
        draft = ChannelDraft(kind=ChannelKind.EMAIL, address="desk@tome.example")
        channels.add_to_desk(session, actors[TOME], desk, draft)
        contacts.designate(
            session, actors[TOME], group, TOME, ContactDraft(desk=desk, function=ContactFunction.DISASTER)
        )
        found = queries.addressees(session, group, list(ids.values()), None)
        assert [(each.person, each.channel, each.address) for each in found[ids[TOME]]] == [
            (person, Channel.EMAIL, f"a.{TOME}@city.example"),
            (person, Channel.SMS, "+819012345678"),
            (None, Channel.EMAIL, "desk@tome.example"),
        ]
        assert {(each.municipality, each.member_name) for each in found[ids[TOME]]} == {(TOME, "登米市")}
        assert set(found) == set(ids.values())

    await database.write(story)


async def test_only_contacts_of_this_group_who_still_work_there_are_told(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        add_person(session, ids[TOME], "bystander@tome.example")
        second = add_person(session, ids[TOME], "gone@tome.example").id
        contacts.designate(session, OPERATOR, group, TOME, ContactDraft(person=second, function=ContactFunction.ICT))
        people.change_person(session, OPERATOR, second, PersonChange(is_active=False))
        found = queries.addressees(session, group, [ids[TOME]], None)
        assert [each.address for each in found[ids[TOME]]] == [f"a.{TOME}@city.example"]
        assert queries.addressees(session, "another", [ids[TOME]], None) == {}
        assert queries.addressees(session, group, [], None) == {}
        told = queries.person_addressees(session, [actors[TAMA].person or "", second])
        assert [each.address for each in told] == [f"a.{TAMA}@city.example"]

    await database.write(story)


async def test_a_further_address_of_a_person_stands_for_itself(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = actors[TOME].person
        assert person is not None
        draft = TemporaryDraft(incident="i", channel="email", address="free@mail.example", person=person)
        made = temporary.enter(session, actors[TOME], TOME, draft)
        temporary.confirm(session, actors[FUJISAWA], made.id, ConfirmationDraft(how=Confirmation.MEMBER))
        found = queries.addressees(session, group, [ids[TOME]], "i")[ids[TOME]]
        assert [(each.person, each.address) for each in found] == [
            (person, f"a.{TOME}@city.example"),
            (None, "free@mail.example"),
        ]
        assert found[0].name == found[1].name

    await database.write(story)


async def test_thirty_members_are_reached_in_one_query(database: Database) -> None:
    codes = tuple(place.code for place in directory.municipalities()[::60])[:30]
    world = await database.write(worlds.build, codes=codes, coordinator=codes[0])

    def measure(session: Session) -> tuple[int, int, float]:
        queries.addressees(session, world.group, list(world.members.values()), world.incident)
        statements: list[str] = []
        engine = session.get_bind().engine
        assert isinstance(engine, Engine)
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        started = time.perf_counter()
        found = queries.addressees(session, world.group, list(world.members.values()), world.incident)
        return len(statements), sum(map(len, found.values())), time.perf_counter() - started

    statements, addressees, seconds = await database.read(measure)
    assert (statements, addressees) == (1, 120)
    assert seconds < 0.1


@pytest.mark.parametrize("code", [TOME, FUJISAWA])
async def test_who_has_a_name_is_known_by_id(database: Database, code: str) -> None:
    def story(session: Session) -> None:
        _, ids, _ = group_in_force(session)
        place = directory.find(code)
        assert place is not None
        assert queries.name_of_members(session, [ids[code], "unknown"]) == {ids[code]: (code, place.name)}

    await database.write(story)
