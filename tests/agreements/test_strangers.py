"""What somebody of another group can't get hold of by founding a group of their own."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from agreements import queries
from agreements.models import GroupMember, Person
from foundation import clock
from foundation.ids import new_id
from tests.api_client import Service
from tests.journeys.asking import ask
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, World

SIGNATURE = {"signatory_name": "某", "signatory_title": "市長", "signed_on": "2026-05-01"}
UNKNOWN = "442127"
"""豊後大野市: in neither world."""


async def two_worlds(service: Service) -> tuple[World, World]:
    ours = await service.build(codes=(TAMA, FUJISAWA), coordinator=FUJISAWA, hit={})
    theirs = await service.build(codes=(TOME, KOMATSU, KAGOSHIMA), coordinator=KOMATSU)
    return ours, theirs


async def found(service: Service, by: str, *invited: str) -> str:
    made = await service.call("POST", "/api/groups", by=by, json={"name": "乗っ取り", "purpose": ""})
    group: str = made.json()["id"]
    for code in invited:
        added = await service.call("POST", f"/api/groups/{group}/members", by=by, json={"municipality": code})
        assert added.status_code == 201
    return group


async def sign(service: Service, group: str, code: str, by: str) -> int:
    path = f"/api/groups/{group}/members/{code}/signature"
    return (await service.call("POST", path, by=by, json=SIGNATURE)).status_code


async def bring_into_force(service: Service, group: str, by: str) -> None:
    await service.call("POST", f"/api/groups/{group}/versions", by=by, json={"text": "第1条"})
    for status in ("inviting", "signed", "in_force"):
        stepped = await service.call("POST", f"/api/groups/{group}/status", by=by, json={"status": status})
        assert stepped.status_code == 200, stepped.text


async def join(service: Service, world: World, member: str) -> None:
    """Bind a member of another world by a group as well."""

    def write(session: Session) -> None:
        session.add(GroupMember(id=new_id(), group_id=world.group, member_id=member, status="signed"))

    await service.database.write(write)


async def reached(service: Service, world: World, code: str, incident: str | None = None) -> list[str]:
    """The addresses to which the world's group would send an alert for a member."""

    def look(session: Session) -> list[str]:
        member = queries.member_named(session, code).id
        found = queries.addressees(session, world.group, [member], incident or world.incident)
        return [each.address for each in found.get(member, [])]

    return await service.database.read(look)


async def people_of(service: Service, code: str, by: str) -> list[dict[str, Any]]:
    shown = await service.call("GET", f"/api/people?member={code}", by=by)
    return list(shown.json()["items"]) if shown.status_code == 200 else []


@pytest.mark.parametrize("is_in_force", [False, True])
async def test_a_signature_that_a_founder_notes_for_others_gives_it_nothing(
    service: Service, *, is_in_force: bool
) -> None:
    ours, theirs = await two_worlds(service)
    rogue, victim = ours.email(TAMA), theirs.people[KOMATSU, "ict"]
    group = await found(service, rogue, KOMATSU, UNKNOWN)
    assert await sign(service, group, KOMATSU, rogue) == 200
    if is_in_force:
        assert [await sign(service, group, code, rogue) for code in (TAMA, UNKNOWN)] == [200, 200]
        await bring_into_force(service, group, rogue)
    assert await people_of(service, KOMATSU, rogue) == []
    assert (await service.call("PATCH", f"/api/people/{victim}", by=rogue, json={"name": "偽"})).status_code == 404
    channel = {"kind": "sms", "address": "08000099999"}
    assert (await service.call("POST", f"/api/people/{victim}/channels", by=rogue, json=channel)).status_code == 404
    entered = await service.call("POST", "/api/people", by=rogue, json={"name": "偽", "municipality": KOMATSU})
    assert entered.status_code == 403
    seat = {"name": "那覇", "municipality": "472018"}
    assert (await service.call("PUT", f"/api/members/{KOMATSU}/seat", by=rogue, json=seat)).status_code == 403
    capabilities = f"/api/capabilities?municipality={KOMATSU}"
    assert (await service.call("GET", capabilities, by=rogue)).json()["items"] == []
    own = (await service.call("GET", capabilities, by=theirs.email(KOMATSU))).json()["items"][0]["id"]
    assert (
        await service.call("PATCH", f"/api/capabilities/{own}", by=rogue, json={"quantity": 0})
    ).status_code == 404
    declared = {"municipality": KOMATSU, "kind": "pc", "quantity": 1, "lead_time_hours": 1}
    assert (await service.call("POST", "/api/capabilities", by=rogue, json=declared)).status_code == 403
    contact = {"person": ours.people[TAMA, "ict"], "function": "ict"}
    contacts = f"/api/groups/{group}/members/{KOMATSU}/contacts"
    assert (await service.call("POST", contacts, by=rogue, json=contact)).status_code == 403


async def test_who_consents_is_seen_once_both_are_bound(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    founder, partner = ours.email(TAMA), theirs.email(KOMATSU)
    group = await found(service, founder, KOMATSU)
    assert await sign(service, group, KOMATSU, partner) == 200
    assert await people_of(service, KOMATSU, founder) == []
    assert await sign(service, group, TAMA, founder) == 200
    assert await people_of(service, KOMATSU, founder) == []
    await bring_into_force(service, group, founder)
    (first, *_) = await people_of(service, KOMATSU, founder)
    changed = await service.call("PATCH", f"/api/people/{first['id']}", by=founder, json={"department": "情報課"})
    assert changed.status_code == 200
    left = await service.call("POST", f"/api/groups/{group}/members/{KOMATSU}/departure", by=partner, json={})
    assert left.status_code == 200
    assert await people_of(service, KOMATSU, founder) == []


async def test_nobody_is_brought_in_who_is_bound_on_paper_elsewhere(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    rogue, honest = ours.email(TAMA), theirs.email(KOMATSU)
    assert (
        await service.call("POST", f"/api/groups/{theirs.group}/members", by=honest, json={"municipality": UNKNOWN})
    ).status_code == 201
    assert await sign(service, theirs.group, UNKNOWN, honest) == 200
    group = await found(service, rogue, UNKNOWN)
    assert await sign(service, group, UNKNOWN, rogue) == 403
    draft = {"name": "偽", "municipality": UNKNOWN, "email": "rogue@demo.example"}
    assert (await service.call("POST", "/api/people", by=rogue, json=draft)).status_code == 403
    assert (await service.call("POST", "/api/people", by=honest, json=draft)).status_code == 201
    assert await people_of(service, UNKNOWN, rogue) == []


async def test_a_paper_signature_ends_where_somebody_else_brings_the_people(service: Service) -> None:
    ours, _ = await two_worlds(service)
    rogue = ours.email(TAMA)
    group = await found(service, rogue, UNKNOWN)
    assert [await sign(service, group, code, rogue) for code in (TAMA, UNKNOWN)] == [200, 200]
    await bring_into_force(service, group, rogue)
    member = (await service.call("GET", f"/api/groups/{group}/members/{UNKNOWN}", by=rogue)).json()["member"]

    def enter(session: Session) -> None:
        session.add(Person(id=new_id(), member_id=member, name="本物の担当者", created_at=clock.now(session)))

    await service.database.write(enter)
    assert await people_of(service, UNKNOWN, rogue) == []


async def test_who_is_only_invited_sees_the_group_but_takes_no_part(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    invited = ours.email(TAMA)
    made = await service.call(
        "POST", f"/api/groups/{theirs.group}/members", by=theirs.email(KOMATSU), json={"municipality": TAMA}
    )
    assert made.status_code == 201
    contact = {"person": ours.people[TAMA, "disaster"], "function": "disaster"}
    contacts = f"/api/groups/{theirs.group}/members/{TAMA}/contacts"
    assert (await service.call("POST", contacts, by=invited, json=contact)).status_code == 201
    assert (await service.call("GET", f"/api/groups/{theirs.group}", by=invited)).status_code == 200
    asked = await ask(service, theirs, by=theirs.email(TOME))
    assert (await service.call("GET", f"/api/requests/{asked['id']}", by=invited)).status_code == 404
    assert await people_of(service, KOMATSU, invited) == []
    assert await sign(service, theirs.group, TAMA, invited) == 200
    assert (await service.call("GET", f"/api/requests/{asked['id']}", by=invited)).status_code == 200


async def test_an_address_vouched_for_in_one_group_gets_nothing_of_another(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    await join(service, ours, theirs.members[KOMATSU])
    path = f"/api/members/{KOMATSU}/temporary-contacts"
    draft = {"incident": theirs.incident, "channel": "email", "address": "evil@mail.example"}
    entered = await service.call("POST", path, by=ours.email(TAMA), json=draft)
    assert (entered.status_code, entered.json()["group"]) == (201, ours.group)
    confirmation = f"/api/temporary-contacts/{entered.json()['id']}/confirmation"
    colleague = ours.email(TAMA, "ict")
    for how in ("call_back", "member"):
        assert (await service.call("POST", confirmation, by=colleague, json={"how": how})).status_code == 403
    outside = await service.call("POST", confirmation, by=theirs.email(KAGOSHIMA), json={"how": "member"})
    assert outside.status_code == 404
    third = await service.call("POST", confirmation, by=ours.email(FUJISAWA), json={"how": "member"})
    assert third.status_code == 200
    assert "evil@mail.example" not in await reached(service, theirs, KOMATSU)
    assert await reached(service, ours, KOMATSU, incident=theirs.incident) == ["evil@mail.example"]


async def test_a_member_that_shares_no_group_in_force_vouches_for_nobody(service: Service) -> None:
    ours, theirs = await two_worlds(service)
    rogue = ours.email(TAMA)
    await found(service, rogue, KOMATSU)
    draft = {"incident": theirs.incident, "channel": "email", "address": "evil@mail.example"}
    path = f"/api/members/{KOMATSU}/temporary-contacts"
    assert (await service.call("POST", path, by=rogue, json=draft)).status_code == 403


async def test_of_two_who_move_one_seat_at_once_one_is_told(service: Service) -> None:
    world = await service.build()
    by = world.email(KOMATSU)
    await service.token(by)

    async def move(name: str) -> httpx.Response:
        headers = {"If-Match": '"1"'}
        return await service.call("PUT", f"/api/members/{KOMATSU}/seat", by=by, json={"name": name}, headers=headers)

    answers = await asyncio.gather(*(move(f"避難先{number}") for number in range(6)))
    assert sorted(each.status_code for each in answers) == [200] + [412] * 5
    shown = await service.call("GET", f"/api/members/{KOMATSU}/seat", by=by)
    assert shown.json()["version"] == 2
