from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.models import Member
from aid.incidents import actions as incidents
from aid.incidents.errors import IncidentClosed
from aid.incidents.schemas import ClosureDraft
from aid.marks import Mark, Subject
from aid.situation import actions, queries
from aid.situation.errors import NotYoursToReport
from aid.situation.schemas import SituationDraft
from foundation.audit import Audit
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.mode import Mode
from foundation.paging import PageQuery
from foundation.problems import Invalid
from tests.aid.incident_factories import FUJISAWA, ICHINOSEKI, TOME, an_incident, cast

SEAT = {"name": "迫公民館", "latitude": 38.69, "longitude": 141.19}


def a_report(municipality: str | None = TOME, *, can_help: bool = False, **given: Any) -> SituationDraft:
    return SituationDraft.model_validate({"municipality": municipality, "can_help": can_help, **given}, strict=False)


async def test_marks_keep_the_instant_at_which_they_changed(database: Database, clock: ManualClock) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    first_at = clock.advance(timedelta(hours=1))
    first = a_report(marks={"hall": "down", "power": "partly"})
    await database.write(actions.report, people.tome, opened.id, first)
    second_at = clock.advance(timedelta(hours=1))
    second = a_report(marks={"hall": "down", "power": "ok", "contact_mobile": "partly"}, note="発電機で復旧")
    seen = await database.write(actions.report, people.tome, opened.id, second)
    shown = {subject: (mark.mark, mark.changed_at) for subject, mark in seen.marks.items() if mark.changed_at}
    assert shown == {
        Subject.HALL: (Mark.DOWN, first_at),
        Subject.POWER: (Mark.OK, second_at),
        Subject.CONTACT_MOBILE: (Mark.PARTLY, second_at),
    }
    assert seen.marks[Subject.DATA].mark is Mark.UNREPORTED
    assert (seen.marks[Subject.HALL].label, seen.note, seen.reported_at) == ("×", "発電機で復旧", second_at)


async def test_the_list_shows_each_members_latest_report_to_its_group_alone(
    database: Database, clock: ManualClock
) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    reports = (
        (people.tome, TOME),
        (people.fujisawa, FUJISAWA),
        (people.outsider, ICHINOSEKI),
        (people.company, people.company.member),
        (people.tome, TOME),
    )
    for actor, code in reports:
        clock.advance(timedelta(minutes=1))
        await database.write(actions.report, actor, opened.id, a_report(code, can_help=code == FUJISAWA))

    async def seen_by(actor: Any) -> list[tuple[str, bool]]:
        found = await database.read(queries.listing, actor, opened.id, PageQuery())
        return [(each.name, each.can_help) for each in found.items]

    assert await seen_by(people.fujisawa) == [("藤沢市", True), ("応援株式会社", False), ("登米市", False)]
    assert await seen_by(people.outsider) == [("一関市", False)]
    assert await seen_by(people.company) == [("応援株式会社", False)]


async def test_the_list_goes_on_behind_its_cursor(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    first = await database.write(actions.report, people.tome, opened.id, a_report())
    second = await database.write(actions.report, people.fujisawa, opened.id, a_report(FUJISAWA))
    later = await database.read(queries.listing, people.tome, opened.id, PageQuery(cursor=first.id))
    assert [each.id for each in later.items] == [second.id]


async def test_a_neighbour_reports_by_proxy_and_both_records_say_so(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    seen = await database.write(actions.report, people.fujisawa, opened.id, a_report(TOME))
    assert (seen.is_proxy, seen.member, seen.reported_by) == (True, people.tome.member, people.fujisawa.member)

    def chains(session: Session) -> set[str | None]:
        return set(session.scalars(select(Audit.chain).where(Audit.act == "aid.report_situation")))

    assert await database.read(chains) == {people.tome.member, people.fujisawa.member}
    own = await database.write(actions.report, people.tome, opened.id, a_report(TOME))
    assert not own.is_proxy


async def test_nobody_reports_for_a_stranger(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    with pytest.raises(MemberNotFound):
        await database.write(actions.report, people.outsider, opened.id, a_report(TOME))
    with pytest.raises(NotYoursToReport):
        await database.write(actions.report, people.company, opened.id, a_report(TOME))
    with pytest.raises(MemberNotFound):
        await database.write(actions.report, people.tome, opened.id, a_report("000000"))


async def test_a_report_carries_where_the_member_works_now(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    seen = await database.write(actions.report, people.fujisawa, opened.id, a_report(seat=SEAT))
    assert (seen.seat.name, seen.seat.latitude) == ("迫公民館", 38.69)

    def seat(session: Session) -> tuple[str | None, float | None]:
        member = session.get_one(Member, people.tome.member)
        return member.seat_name, member.seat_longitude

    assert await database.read(seat) == ("迫公民館", 141.19)
    half = {"name": "迫公民館", "latitude": 38.69}
    with pytest.raises(Invalid) as refused:
        await database.write(actions.report, people.tome, opened.id, a_report(seat=half))
    assert [each.pointer for each in refused.value.errors] == ["/seat/longitude"]


async def test_nothing_is_reported_when_all_is_over(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(incidents.close, people.fujisawa, opened.id, ClosureDraft(reason="終了"), Mode.LIVE)
    with pytest.raises(IncidentClosed):
        await database.write(actions.report, people.tome, opened.id, a_report())
