"""What somebody of another group can't say of members, or do to incidents, that are no matter of theirs."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from agreements.models import GroupMember
from aid.incidents import queries
from foundation.ids import new_id
from tests.api_client import Service
from tests.journeys.asking import ask, get, post
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World


async def two_worlds(service: Service) -> tuple[World, World]:
    ours = await service.build(codes=(TAMA, FUJISAWA), coordinator=FUJISAWA, hit={})
    theirs = await service.build(codes=(TOME, KOMATSU, KAGOSHIMA), coordinator=KOMATSU)
    return ours, theirs


async def join(service: Service, world: World, member: str, status: str = "signed") -> None:
    def write(session: Session) -> None:
        session.add(GroupMember(id=new_id(), group_id=world.group, member_id=member, status=status))

    await service.database.write(write)


async def situation(service: Service, incident: str, by: str) -> dict[str, bool]:
    shown = await get(service, f"/api/incidents/{incident}/situation", by=by)
    return {each["municipality"]: each["can_help"] for each in shown["items"]}


async def codes_in_chronology(service: Service, incident: str, by: str) -> list[str]:
    return [each["code"] for each in (await get(service, f"/api/incidents/{incident}/chronology", by=by))["items"]]


def report(code: str, *, can_help: bool, **more: Any) -> dict[str, Any]:
    return {"municipality": code, "can_help": can_help, **more}


async def test_nobody_reports_for_a_member_that_is_only_invited(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    await join(service, ours, theirs.members[KOMATSU], "invited")
    path = f"/api/incidents/{theirs.incident}/situation"
    seat = {"name": "那覇", "municipality": "472018"}
    draft = report(KOMATSU, can_help=False, seat=seat)
    await post(service, path, by=ours.email(TAMA), expect=403, **draft)
    await post(service, path, by=theirs.email(KOMATSU), expect=201, **report(KOMATSU, can_help=True))
    assert await situation(service, theirs.incident, ours.email(TAMA)) == {}
    assert await situation(service, theirs.incident, theirs.email(TOME)) == {KOMATSU: True}
    assert "situation.reported" not in await codes_in_chronology(service, theirs.incident, ours.email(TAMA))


async def test_a_proxys_word_stays_in_the_groups_it_shares(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    await join(service, ours, theirs.members[KOMATSU])
    path, incident = f"/api/incidents/{theirs.incident}/situation", theirs.incident
    own = report(KOMATSU, can_help=True, marks={"hall": "ok"})
    await post(service, path, by=theirs.email(KOMATSU), expect=201, **own)
    await post(service, path, by=ours.email(TAMA), expect=201, **report(KOMATSU, can_help=False))
    assert await situation(service, incident, ours.email(FUJISAWA)) == {KOMATSU: False}
    assert await situation(service, incident, theirs.email(TOME)) == {KOMATSU: True}
    assert await situation(service, incident, theirs.email(KOMATSU)) == {KOMATSU: False}
    assert len(await codes_in_chronology(service, incident, theirs.email(TOME))) == 1
    assert len(await codes_in_chronology(service, incident, ours.email(FUJISAWA))) == 2

    def able(session: Session) -> list[bool]:
        member = theirs.members[KOMATSU]
        return [member in queries.footprint(session, incident, each.group).able for each in (ours, theirs)]

    assert await service.database.read(able) == [False, True]


@pytest.mark.parametrize("is_founder", [False, True])
async def test_an_incident_is_left_alone_by_whom_it_does_not_concern(service: Service, *, is_founder: bool) -> None:
    ours, theirs = await two_worlds(service)
    rogue = ours.email(TAMA if is_founder else FUJISAWA)
    if is_founder:
        await post(service, "/api/groups", by=rogue, expect=201, name="乗っ取り", purpose="")
    await ask(service, theirs)
    affected = {"affected": [{"municipality": KAGOSHIMA, "severity": "7"}]}
    path = f"/api/incidents/{theirs.incident}"
    amended = await service.call("PUT", f"{path}/affected", by=rogue, json=affected)
    assert amended.status_code == 403
    closed = await service.call("POST", f"{path}/closure", by=rogue, json={"reason": "x"})
    assert (closed.status_code, "1" in closed.json()["detail"]) == (403, False)
    amended = await service.call("PUT", f"{path}/affected", by=theirs.email(KOMATSU), json=affected)
    assert amended.status_code == 200
    closed = await service.call("POST", f"{path}/closure", by=theirs.email(KOMATSU), json={"reason": "x"})
    assert (closed.status_code, closed.json()["type"]) == (409, "urn:yuimaru:problem:requests-still-open")


async def test_whoever_may_close_is_told_of_its_own_groups_requests_alone(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    request = await ask(service, theirs)
    draft = {"incident": theirs.incident, "group": ours.group, "requester": FUJISAWA}
    lines = [{"kind": "pc", "quantity": 5}]
    asked = await post(service, "/api/requests", by=ours.email(FUJISAWA), expect=201, lines=lines, **draft)
    path = f"/api/incidents/{theirs.incident}/closure"
    refused = await post(service, path, by=ours.email(FUJISAWA), expect=409, reason="x")
    assert refused["type"] == "urn:yuimaru:problem:requests-still-open"
    assert "1件" in refused["detail"]
    await post(service, f"/api/requests/{asked['id']}/cancellation", by=ours.email(FUJISAWA), reason="x")
    refused = await post(service, path, by=ours.email(FUJISAWA), expect=409, reason="x")
    assert refused["type"] == "urn:yuimaru:problem:others-still-asking"
    await post(service, f"/api/requests/{request['id']}/cancellation", by=theirs.email(TOME), reason="x")
    assert (await post(service, path, by=ours.email(FUJISAWA), reason="x"))["status"] == "closed"


async def test_who_takes_part_in_agreements_is_not_listed_by_naming_everybody(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    affected = [{"municipality": code, "severity": "4"} for code in (FUJISAWA, KOMATSU, TOYOOKA)]
    draft = {"name": "地震", "kind": "earthquake", "occurred_at": "2026-05-01T00:00:00Z", "affected": affected}
    opened = await post(service, "/api/incidents", by=ours.email(TAMA), expect=201, **draft)
    own, other = {"142051": ours.members[FUJISAWA]}, {KOMATSU: theirs.members[KOMATSU]}
    assert _named(opened) == own
    path = f"/api/incidents/{opened['id']}"
    assert _named(await get(service, path, by=theirs.email(TOME))) == other
    listed = (await get(service, "/api/incidents", by=theirs.email(TOME)))["items"]
    assert [_named(each) for each in listed if each["id"] == opened["id"]] == [other]


def _named(incident: dict[str, Any]) -> dict[str, str]:
    return {each["municipality"]: each["member"] for each in incident["affected"] if each["member"]}
