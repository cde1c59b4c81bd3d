import pytest
from sqlalchemy.orm import Session

from agreements import queries
from agreements.errors import AlreadyConfirmed, NotIndependent, TemporaryContactNotFound
from agreements.models import Confirmation, MemberKind
from agreements.temporary import actions
from agreements.temporary import queries as reading
from agreements.temporary.schemas import ConfirmationDraft, TemporaryDraft
from foundation import clock
from foundation.actor import Actor
from foundation.database import Database
from foundation.problems import Forbidden, Invalid
from tests.agreements.factories import (
    FUJISAWA,
    TAMA,
    TOME,
    add_member,
    contact,
    found_group,
    group_in_force,
    sign,
)

INCIDENT = "incident-1"
BY_MEMBER, BY_CALL = ConfirmationDraft(how=Confirmation.MEMBER), ConfirmationDraft(how=Confirmation.CALL_BACK)


def draft(address: str = "tome-taisaku@free.example", **more: str) -> TemporaryDraft:
    return TemporaryDraft.model_validate({"incident": INCIDENT, "channel": "email", "address": address, **more})


def reached(session: Session, group: str, member: str, incident: str | None = INCIDENT) -> list[str]:
    return [each.address for each in queries.addressees(session, group, [member], incident).get(member, [])]


async def test_a_temporary_contact_counts_once_confirmed_and_for_its_incident(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        made = actions.enter(session, actors[TOME], TOME, draft(label="対策本部"))
        assert (made.address, made.confirmed_at, made.municipality) == ("tome-taisaku@free.example", None, TOME)
        assert made.address not in reached(session, group, ids[TOME])
        confirmed = actions.confirm(session, actors[TAMA], made.id, BY_MEMBER)
        assert (confirmed.confirmed_at, confirmed.confirmed_how) == (clock.now(session), Confirmation.MEMBER)
        assert made.address in reached(session, group, ids[TOME])
        assert made.address not in reached(session, group, ids[TOME], "another")
        assert made.address not in reached(session, group, ids[TOME], None)
        with pytest.raises(AlreadyConfirmed):
            actions.confirm(session, actors[FUJISAWA], made.id, BY_MEMBER)
        assert reading.list_temporary(session, actors[TAMA], TOME, INCIDENT, None).items == [confirmed]
        assert reading.list_temporary(session, actors[TAMA], TOME, "another", None).items == []

    await database.write(story)


async def test_it_takes_two_people_to_make_an_address_count(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        own = actions.enter(session, actors[TOME], TOME, draft())
        for how in (BY_MEMBER, BY_CALL):
            with pytest.raises(NotIndependent):
                actions.confirm(session, actors[TOME], own.id, how)
        colleague = contact(session, group, ids[TOME], "second@tome.example", "disaster")
        with pytest.raises(NotIndependent):
            actions.confirm(session, colleague, own.id, BY_MEMBER)
        assert actions.confirm(session, colleague, own.id, BY_CALL).confirmed_how is Confirmation.CALL_BACK

    await database.write(story)


async def test_a_neighbour_enters_it_and_a_third_member_confirms(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        made = actions.enter(session, actors[TAMA], TOME, draft("090-1234-5678", channel="sms"))
        assert made.address == "+819012345678"
        same_office = contact(session, group, ids[TAMA], "second@tama.example", "disaster")
        for not_third in (actors[TAMA], same_office, actors[TOME]):
            with pytest.raises(NotIndependent):
                actions.confirm(session, not_third, made.id, BY_MEMBER)
        actions.confirm(session, actors[FUJISAWA], made.id, BY_MEMBER)
        assert "+819012345678" in reached(session, group, ids[TOME])

    await database.write(story)


async def test_others_neither_see_nor_enter_nor_confirm_it(database: Database) -> None:
    def story(session: Session) -> tuple[Actor, Actor, str]:
        group, _, actors = group_in_force(session)
        made = actions.enter(session, actors[TOME], TOME, draft())
        company = add_member(session, group, None, kind=MemberKind.ASSOCIATE, name="会社").member
        sign(session, group, company)
        seller = contact(session, group, company, "s@company.example")
        other = found_group(session, coordinator="172031")
        assert other.coordinator_member is not None
        outsider = contact(session, other.id, other.coordinator_member, "x@komatsu.example")
        for stranger in (seller, outsider):
            with pytest.raises(TemporaryContactNotFound):
                actions.confirm(session, stranger, made.id, BY_CALL)
        assert reading.list_temporary(session, seller, TOME, None, None).items == []
        with pytest.raises(Forbidden):
            actions.enter(session, seller, TOME, draft())
        return seller, outsider, made.id

    await database.write(story)


async def test_wrong_addresses_and_people_are_named(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        with pytest.raises(Invalid) as refused:
            actions.enter(session, actors[TOME], TOME, draft("0220-22-2111", channel="sms"))
        assert refused.value.errors[0].pointer == "/address"
        with pytest.raises(Invalid) as refused:
            actions.enter(session, actors[TOME], TOME, draft(person=actors[TAMA].person or ""))
        assert refused.value.errors[0].pointer == "/person"

    await database.write(story)
