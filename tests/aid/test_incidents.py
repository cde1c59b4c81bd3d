import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.incidents import actions, queries
from aid.incidents.errors import IncidentClosed, IncidentNotFound, NotYoursToAmend, RequestsStillOpen
from aid.incidents.schemas import ClosureDraft, FootprintChange, IncidentQuery
from aid.lifecycle import IncidentStatus
from aid.severity import Severity
from aid.situation import actions as situation
from aid.situation.schemas import SituationDraft
from foundation.audit import Audit
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.mode import Mode
from foundation.problems import Invalid, Stale
from tests.aid.incident_factories import FUJISAWA, ICHINOSEKI, QUAKE, TOME, a_draft, a_request, an_incident, cast

OVER = ClosureDraft(reason="復旧が済んだため")


def a_change(*areas: tuple[str, str], extend: bool = False) -> FootprintChange:
    affected = [{"municipality": code, "severity": severity} for code, severity in areas]
    return FootprintChange.model_validate({"affected": affected, "extend": extend}, strict=False)


async def test_an_incident_shows_where_it_struck_and_in_which_mode(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(
        database,
        people.tome,
        affected=[{"municipality": "011002", "severity": "4"}, {"municipality": TOME, "severity": "6+"}],
    )
    seen = await database.read(queries.detail, people.tome, opened.id, Mode.DRILL)
    assert seen == opened
    assert seen.status is IncidentStatus.OPEN
    assert seen.mode is Mode.DRILL
    assert seen.occurred_at == QUAKE
    sapporo, tome = seen.affected
    assert (sapporo.municipality, sapporo.member, sapporo.name, sapporo.prefecture) == (
        "011002",
        None,
        "札幌市",
        "北海道",
    )
    assert (tome.member, tome.severity, tome.source) == (people.tome.member, Severity.SIX_UPPER, "manual")
    assert seen.last_event == 1


async def test_the_list_gives_incidents_in_the_order_of_opening(database: Database) -> None:
    people = await database.write(cast)
    first = await an_incident(database, people.tome, name="一つ目")
    second = await an_incident(database, people.fujisawa, name="二つ目", affected=[])
    await database.write(actions.close, people.fujisawa, second.id, OVER, Mode.LIVE)
    everything = await database.read(queries.listing, people.tome, IncidentQuery(), Mode.LIVE)
    assert [each.name for each in everything.items] == ["一つ目", "二つ目"]
    assert [each.municipality for each in everything.items[0].affected] == [TOME]
    still_open = await database.read(
        queries.listing, people.tome, IncidentQuery(status=IncidentStatus.OPEN), Mode.LIVE
    )
    assert [each.id for each in still_open.items] == [first.id]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"affected": [{"municipality": "042128", "severity": "6+"}]}, "/affected/0/municipality", "check-digit"),
        (
            {"affected": [{"municipality": "990001", "severity": "6+"}]},
            "/affected/0/municipality",
            "unknown-municipality",
        ),
        (
            {"affected": [{"municipality": TOME, "severity": "heavy"}]},
            "/affected/0/severity",
            "severity-of-other-kind",
        ),
        ({"kind": "flood"}, "/affected/0/severity", "severity-of-other-kind"),
        (
            {"affected": [{"municipality": TOME, "severity": "6+"}, {"municipality": TOME, "severity": "4"}]},
            "/affected/1/municipality",
            "duplicate",
        ),
        ({"occurred_at": (QUAKE + timedelta(days=2)).isoformat()}, "/occurred_at", "in-the-future"),
    ],
)
async def test_a_slip_is_named_at_its_place(
    database: Database, changes: dict[str, Any], pointer: str, code: str
) -> None:
    people = await database.write(cast)
    with pytest.raises(Invalid) as refused:
        await database.write(actions.open_incident, people.tome, a_draft(**changes), Mode.LIVE)
    assert [(each.pointer, each.code) for each in refused.value.errors] == [(pointer, code)]


async def test_all_slips_are_named_at_once(database: Database) -> None:
    people = await database.write(cast)
    areas = [{"municipality": "042128", "severity": "light"}, {"municipality": TOME, "severity": "heavy"}]
    with pytest.raises(Invalid) as refused:
        await database.write(actions.open_incident, people.tome, a_draft(affected=areas), Mode.LIVE)
    assert len(refused.value.errors) == 3


async def test_a_footprint_is_replaced_or_extended(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    extended = await database.write(
        actions.amend_footprint,
        people.tome,
        opened.id,
        a_change((TOME, "7"), (ICHINOSEKI, "5+"), extend=True),
        Mode.LIVE,
    )
    assert {each.municipality: each.severity.value for each in extended.affected} == {ICHINOSEKI: "5+", TOME: "7"}
    replaced = await database.write(
        actions.amend_footprint, people.fujisawa, opened.id, a_change((ICHINOSEKI, "4")), Mode.LIVE, extended.version
    )
    assert {each.municipality: each.severity.value for each in replaced.affected} == {ICHINOSEKI: "4"}
    assert replaced.version == 3


async def test_a_footprint_is_amended_by_its_opener_or_a_coordinator_on_the_present_version(
    database: Database,
) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    change = a_change((TOME, "4"))
    with pytest.raises(NotYoursToAmend):
        await database.write(actions.amend_footprint, people.outsider, opened.id, change, Mode.LIVE)
    with pytest.raises(Stale):
        await database.write(actions.amend_footprint, people.tome, opened.id, change, Mode.LIVE, 7)
    with pytest.raises(IncidentNotFound):
        await database.write(actions.amend_footprint, people.tome, "nothing", change, Mode.LIVE)


async def test_an_incident_with_unfinished_requests_stays_open(database: Database, clock: ManualClock) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    for status in ("open", "covered", "closed", "cancelled"):
        await database.write(a_request, opened.id, people.group, people.tome.member, status=status)
    with pytest.raises(RequestsStillOpen) as refused:
        await database.write(actions.close, people.fujisawa, opened.id, OVER, Mode.LIVE)
    assert refused.value.facts == {"count": 2}

    quiet = await an_incident(database, people.tome)
    at = clock.advance(timedelta(hours=1))
    closed = await database.write(actions.close, people.fujisawa, quiet.id, OVER, Mode.LIVE)
    assert (closed.status, closed.closed_at) == (IncidentStatus.CLOSED, at)
    with pytest.raises(IncidentClosed):
        await database.write(actions.close, people.fujisawa, quiet.id, OVER, Mode.LIVE)
    with pytest.raises(IncidentClosed):
        await database.write(actions.amend_footprint, people.tome, quiet.id, a_change(), Mode.LIVE)


async def test_acts_are_recorded_without_names(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)

    def recorded(session: Session) -> list[tuple[str, str, str | None, dict[str, Any]]]:
        return [(row.act, row.subject, row.actor, row.facts) for row in session.scalars(select(Audit))]

    assert await database.read(recorded) == [
        ("aid.open_incident", f"incident:{opened.id}", people.tome.person, {}),
    ]


async def test_reports_override_the_footprint(database: Database, clock: ManualClock) -> None:
    people = await database.write(cast)
    areas = [{"municipality": TOME, "severity": "6+"}, {"municipality": FUJISAWA, "severity": "4"}]
    opened = await an_incident(database, people.tome, affected=areas)
    for actor, can_help in ((people.tome, False), (people.tome, True), (people.fujisawa, False)):
        clock.advance(timedelta(minutes=1))
        draft = SituationDraft(municipality=actor.member or "", can_help=can_help)
        await database.write(situation.report, actor, opened.id, draft)
    impact = await database.read(queries.footprint, opened.id)
    tome, fujisawa = people.tome.member or "", people.fujisawa.member or ""
    assert impact.severities == {TOME: Severity.SIX_UPPER, FUJISAWA: Severity.FOUR}
    assert (impact.able, impact.unable) == ({tome}, {fujisawa})
    assert impact.severity_of(tome, TOME) is None
    assert impact.severity_of(fujisawa, FUJISAWA) is Severity.FOUR
    assert [hit.severity for hit in impact.footprint.hits] == [Severity.SIX_UPPER, Severity.FOUR]
    assert impact.footprint.hits[0].position.latitude == pytest.approx(38.7, abs=0.2)


async def test_amending_at_once_loses_nothing(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    codes = [FUJISAWA, ICHINOSEKI, "011002", "042021"]
    await asyncio.gather(
        *(
            database.write(
                actions.amend_footprint, people.tome, opened.id, a_change((code, "4"), extend=True), Mode.LIVE
            )
            for code in codes
        )
    )
    seen = await database.read(queries.detail, people.tome, opened.id, Mode.LIVE)
    assert {each.municipality for each in seen.affected} == {TOME, *codes}
    assert (seen.version, seen.last_event) == (5, 5)
