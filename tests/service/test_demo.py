from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.models import Contact, Group, GroupMember, Member, Person
from agreements.queries import memberships_of, person_by_email
from aid.models import AffectedArea, Incident
from aid.severity import Severity
from foundation.database import Database
from foundation.mode import Mode, settle
from inventory.catalogue import KINDS
from inventory.models import Capability
from inventory.records.queries import list_records
from inventory.records.schemas import Purpose, RecordsQuery, RecordsView
from notifications.phones import normalise
from readiness.models import Training
from service import demo, demo_data
from service.identity.queries import actor_of_person


def test_names_real_municipalities_and_invented_people() -> None:
    people = [each for code in demo_data.MEMBERS for each in demo_data.people(code)]
    assert len(demo_data.MEMBERS) == 30
    assert all(directory.find(code) for code in [*demo_data.MEMBERS, *demo_data.severities()])
    assert len({each.mobile for each in people}) == 60
    assert all(normalise(each.mobile) == each.mobile for each in people)
    assert all("+818000000000" <= each.mobile <= "+818000099999" for each in people)
    assert all("架空" in each.name for each in people)
    assert len(set(demo_data.SURNAMES.split())) == 30


def test_takes_the_intensities_as_they_were_observed() -> None:
    severities = demo_data.severities()
    assert severities["042129"] is Severity.SIX_UPPER
    assert severities["042137"] is Severity.SEVEN
    counted = Counter(severities.values())
    assert (counted[Severity.SIX_UPPER], counted[Severity.SIX_LOWER]) == (27, 59)


def test_gives_every_member_that_is_not_hit_enough_to_help() -> None:
    for code in demo_data.MEMBERS:
        has = {kind: quantity for kind, quantity, _ in demo_data.stock(code)}
        assert has.keys() <= KINDS.keys()
        assert (has["pc"] >= 10, has["printer"] >= 5) == (True, True)


async def test_loads_once_and_whole(database: Database) -> None:
    await database.write(settle, Mode.DRILL)
    assert await database.write(demo.load, Mode.DRILL) is True
    first = await database.read(_counts)
    assert await database.write(demo.load, Mode.DRILL) is False
    assert await database.read(_counts) == first
    assert first[Group] == first[Incident] == 1
    assert (first[GroupMember], first[Person], first[Contact], first[Training]) == (30, 60, 60, 2)
    assert first[AffectedArea] == len(demo_data.severities())
    assert await database.read(_seen) == {
        "name": "自治体ICTプロジェクト 災害時相互応援協定（デモ）",
        "status": "in_force",
        "coordinator": "142051",
        "roles": {"ict", "coordinator"},
        "is_made_up": {True},
    }


async def test_stays_out_of_a_database_for_real_disasters(database: Database) -> None:
    await database.write(settle, Mode.LIVE)
    with pytest.raises(demo.NotADrill):
        await database.write(demo.load, Mode.LIVE)
    assert (await database.read(_counts))[Group] == 0


def _counts(session: Session) -> Mapping[type, int]:
    tables = (Group, GroupMember, Person, Contact, Capability, Incident, AffectedArea, Training)
    return {table: session.scalars(select(func.count()).select_from(table)).one() for table in tables}


def _seen(session: Session) -> dict[str, Any]:
    group = session.scalars(select(Group)).one()
    person = person_by_email(session, "ict1.142051@demo.example")
    assert person is not None
    [part] = memberships_of(session, person.id)
    return {
        "name": group.name,
        "status": group.status,
        "coordinator": session.get_one(Member, group.coordinator_id).municipality,
        "roles": set(part.roles),
        "is_made_up": set(session.scalars(select(Capability.is_made_up))),
    }


async def test_some_members_show_each_other_their_inventories(database: Database) -> None:
    await database.write(settle, Mode.DRILL)
    await database.write(demo.load, Mode.DRILL)

    def look(session: Session, reader: str) -> RecordsView:
        person = person_by_email(session, f"ict1.{reader}@demo.example")
        actor = actor_of_person(session, person.id, 2) if person else None
        assert actor is not None
        group = session.scalars(select(Group.id)).one()
        return list_records(session, actor, "172031", RecordsQuery(group=group, purpose=Purpose.DRILL))

    bound = await database.disclose(look, "132241")
    assert [each.name for each in bound.items] == [
        "住民情報システム（架空）",
        "本庁舎（架空）",
        "株式会社架空システム",
    ]
    assert (await database.disclose(look, "341002")).items == []
    kept = [fields for records in demo_data.INVENTORIES.values() for _, fields in records]
    assert all("架空" in str(fields["name"]) for fields in kept)
