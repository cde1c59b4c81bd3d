import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries
from agreements.contacts import actions as contacts
from agreements.contacts.schemas import ContactDraft
from agreements.errors import ChannelNotFound, EmailTaken, LastContact, MemberNotFound, PersonNotFound
from agreements.members import actions as members
from agreements.members.schemas import DepartureDraft, MemberDraft, SignatureDraft
from agreements.models import Channel, ChannelKind, ContactFunction, MemberKind
from agreements.people import actions, channels
from agreements.people import queries as reading
from agreements.people.schemas import ChannelDraft, DeskDraft, PersonChange, PersonDraft
from foundation import clock
from foundation.database import Database
from foundation.problems import Forbidden, Invalid, Stale
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

NAME = "髙橋﨑𠮷葛󠄀"


async def test_a_contact_enters_people_of_its_own_member(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, actors = group_in_force(session)
        draft = PersonDraft(
            name=NAME, kana="たかはし", email="Taro..A@docomo.ne.jp", mobile="090-1234-5678", department="危機管理課"
        )
        made = actions.add_person(session, actors[TOME], draft)
        assert (made.member, made.municipality, made.name) == (ids[TOME], TOME, NAME)
        assert (made.email, made.mobile) == ("Taro..A@docomo.ne.jp", "+819012345678")
        assert reading.read_person(session, actors[TOME], made.id) == made
        assert [each.id for each in reading.list_people(session, actors[TOME], None, None).items][-1] == made.id
        with pytest.raises(Forbidden):
            actions.add_person(session, actors[TOME], PersonDraft(name="某", municipality=TAMA))
        assert actions.add_person(session, actors[FUJISAWA], PersonDraft(name="某", municipality=TAMA)).email is None

    await database.write(story)


async def test_somebody_who_is_no_contact_enters_nobody(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, _ = group_in_force(session)
        clerk = actor_of(session, add_person(session, ids[TOME], "clerk@tome.example").id)
        with pytest.raises(Forbidden):
            actions.add_person(session, clerk, PersonDraft(name="某"))

    await database.write(story)


async def test_the_database_keeps_no_address_in_clear(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, _ = group_in_force(session)
        add_person(session, ids[TOME], "secret@tome.example", mobile="09012345678")
        for row in session.scalars(select(Channel)):
            assert b"secret" not in row.address_sealed + row.digest
            assert b"9012345678" not in row.address_sealed + row.digest

    await database.write(story)


@pytest.mark.asvs("8.2.3")
async def test_addresses_are_for_contacts_of_the_same_group(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = add_person(session, ids[TOME], "p@tome.example")
        assert person.email is None  # an operator entered it
        assert reading.read_person(session, actors[TAMA], person.id).email == "p@tome.example"
        assert reading.list_people(session, actors[TAMA], TOME, None).items[-1].email == "p@tome.example"
        other = found_group(session, coordinator="172031")
        assert other.coordinator_member is not None
        outsider = contact(session, other.id, other.coordinator_member, "x@komatsu.example")
        with pytest.raises(PersonNotFound):
            reading.read_person(session, outsider, person.id)
        with pytest.raises(PersonNotFound):
            reading.channels_of_person(session, outsider, person.id, None)
        with pytest.raises(MemberNotFound):
            reading.list_people(session, outsider, TOME, None)
        company = add_member(session, group, None, kind=MemberKind.ASSOCIATE, name="会社").member
        sign(session, group, company)
        seller = contact(session, group, company, "s@company.example")
        with pytest.raises(PersonNotFound):
            reading.read_person(session, seller, person.id)
        assert reading.list_people(session, seller, TOME, None).items == []
        assert len(reading.list_people(session, seller, None, None).items) == 1

    await database.write(story)


async def test_whoever_left_no_longer_reads_how_the_others_are_reached(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        person = add_person(session, ids[TOME], "p@tome.example")
        members.leave(session, OPERATOR, group, TOME, DepartureDraft())
        with pytest.raises(PersonNotFound):
            reading.read_person(session, actors[TAMA], person.id)
        with pytest.raises(MemberNotFound):
            reading.list_people(session, actor_of(session, actors[TOME].person), TAMA, None)

    await database.write(story)


async def test_all_wrong_fields_are_named_at_once(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        with pytest.raises(Invalid) as refused:
            actions.add_person(session, actors[TOME], PersonDraft(name="某", email="x", mobile="0220-22-2111"))
        assert [error.pointer for error in refused.value.errors] == ["/email", "/mobile"]

    await database.write(story)


async def test_one_mail_address_is_one_person(database: Database) -> None:
    async def fails(email: str) -> None:
        with pytest.raises(EmailTaken):
            await database.write(lambda session: add_person(session, tome, email))

    def start(session: Session) -> str:
        _, ids, _ = group_in_force(session)
        return add_person(session, ids[TAMA], "taken@tama.example").id and ids[TOME]

    def change(session: Session) -> None:
        mine = add_person(session, tome, "mine@tome.example")
        actions.change_person(
            session, OPERATOR, mine.id, PersonChange(email="taken@tama.example", mobile="09012345678")
        )

    tome = await database.write(start)
    await fails("taken@tama.example")
    await fails("TAKEN@Tama.example")
    with pytest.raises(EmailTaken):
        await database.write(change)


@pytest.mark.asvs("15.4.2")
async def test_two_at_once_can_not_take_one_mail_address(database: Database) -> None:
    _, ids, _ = await database.write(group_in_force)
    tries = [database.write(add_person, ids[TOME], "race@tome.example") for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["EmailTaken"] * 3 + ["PersonView"]


async def test_a_change_touches_what_it_names(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        actor = actors[TOME]
        draft = PersonDraft(name="旧", kana="きゅう", email="old@tome.example", mobile="09012345678")
        person = actions.add_person(session, actor, draft)
        changed = actions.change_person(
            session, actor, person.id, PersonChange(email="new@tome.example", mobile=None), person.version
        )
        assert (changed.name, changed.kana) == ("旧", "きゅう")
        assert (changed.email, changed.mobile) == ("new@tome.example", None)
        assert reading.read_person(session, actor, person.id) == changed
        with pytest.raises(Stale):
            actions.change_person(session, actor, person.id, PersonChange(name="新"), person.version)
        with pytest.raises(Forbidden):
            actions.change_person(session, actors[TAMA], person.id, PersonChange(name="新"))
        found = queries.person_by_email(session, "NEW@tome.example")
        assert found is not None
        assert found.id == person.id
        assert queries.person_by_email(session, "old@tome.example") is None

    await database.write(story)


async def test_whoever_has_left_the_office_signs_in_no_more(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        person = actions.add_person(session, actors[TOME], PersonDraft(name="異動者", email="gone@tome.example"))
        actions.change_person(session, actors[TOME], person.id, PersonChange(is_active=False))
        assert queries.person_by_email(session, "gone@tome.example") is None
        only = actors[TOME].person or ""
        with pytest.raises(LastContact):
            actions.change_person(session, actors[TOME], only, PersonChange(is_active=False))

    await database.write(story)


async def test_a_person_has_further_channels(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        actor = actors[TOME]
        person = actions.add_person(session, actor, PersonDraft(name="某", email="p@tome.example"))
        draft = ChannelDraft(kind=ChannelKind.FAX, address="0220-22-2111", note="当直室")
        fax = channels.add_to_person(session, actor, person.id, draft)
        assert (fax.address, fax.note, fax.is_sent_by_service) == ("+81220222111", "当直室", False)
        shown = reading.channels_of_person(session, actors[TAMA], person.id, None).items
        assert [each.kind for each in shown] == [ChannelKind.EMAIL, ChannelKind.FAX]
        with pytest.raises(Forbidden):
            channels.remove_from_person(session, actors[TAMA], person.id, fax.id)
        channels.remove_from_person(session, actor, person.id, fax.id)
        with pytest.raises(ChannelNotFound):
            channels.remove_from_person(session, actor, person.id, fax.id)
        assert len(reading.channels_of_person(session, actor, person.id, None).items) == 1

    await database.write(story)


async def test_a_desk_shares_its_address_with_whoever_signs_in_by_it(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, actors = group_in_force(session)
        desk = actions.add_desk(session, actors[TOME], TOME, DeskDraft(name="宿直"))
        assert (desk.member, desk.municipality) == (ids[TOME], TOME)
        draft = ChannelDraft(kind=ChannelKind.EMAIL, address=f"a.{TOME}@city.example")
        made = channels.add_to_desk(session, actors[TOME], desk.id, draft)
        assert reading.list_desks(session, actors[TAMA], TOME, None).items == [desk]
        assert reading.channels_of_desk(session, actors[TAMA], desk.id, None).items == [made]
        channels.remove_from_desk(session, actors[TOME], desk.id, made.id)
        assert reading.channels_of_desk(session, actors[TOME], desk.id, None).items == []

    await database.write(story)


async def test_an_invitation_gives_no_hold_on_people_a_member_has_already(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, actors = group_in_force(session, FUJISAWA, TOME)
        theirs = actors[TOME].person or ""
        rogue = found_group(session, coordinator=TAMA)
        assert rogue.coordinator_member is not None
        founder = contact(session, rogue.id, rogue.coordinator_member, "x@tama.example")
        members.add(session, founder, rogue.id, MemberDraft(municipality=TOME))
        with pytest.raises(PersonNotFound):
            reading.read_person(session, founder, theirs)
        with pytest.raises(PersonNotFound):
            actions.change_person(session, founder, theirs, PersonChange(email="stolen@tama.example"))
        with pytest.raises(Forbidden):
            actions.add_person(session, founder, PersonDraft(name="偽者", municipality=TOME))
        draft = ContactDraft(person=theirs, function=ContactFunction.ICT)
        with pytest.raises(Forbidden):
            contacts.designate(session, founder, rogue.id, TOME, draft)
        assert contacts.designate(session, actors[TOME], rogue.id, TOME, draft).member == ids[TOME]
        with pytest.raises(PersonNotFound):
            reading.read_person(session, founder, theirs)
        with pytest.raises(PersonNotFound):
            actions.change_person(session, founder, theirs, PersonChange(email="stolen@tama.example"))

    await database.write(story)


async def test_the_coordinator_enters_people_for_a_member_that_has_nobody_yet(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session, FUJISAWA, TAMA)
        members.add(session, actors[FUJISAWA], group, MemberDraft(municipality=TOME))
        draft = PersonDraft(name="初めての担当者", email="first@tome.example", municipality=TOME)
        first = actions.add_person(session, actors[FUJISAWA], draft)
        assert reading.read_person(session, actors[FUJISAWA], first.id) == first
        with pytest.raises(PersonNotFound):
            reading.read_person(session, actors[TAMA], first.id)
        contacts.designate(
            session, actors[FUJISAWA], group, TOME, ContactDraft(person=first.id, function=ContactFunction.ICT)
        )
        second = actions.add_person(session, actors[FUJISAWA], PersonDraft(name="次の担当者", municipality=TOME))
        with pytest.raises(PersonNotFound):
            reading.read_person(session, actors[TAMA], first.id)
        on_paper = SignatureDraft(signatory_name="某", signatory_title="市長", signed_on=clock.today(session))
        members.sign(session, actors[FUJISAWA], group, TOME, on_paper)
        assert reading.read_person(session, actors[TAMA], first.id).email == "first@tome.example"
        assert actions.change_person(session, actor_of(session, first.id), second.id, PersonChange(kana="つぎ")).kana
        actions.add_person(session, actor_of(session, first.id), PersonDraft(name="自前の担当者"))
        assert reading.read_person(session, actors[TAMA], second.id).name == "次の担当者"

    await database.write(story)
