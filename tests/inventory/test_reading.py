"""Who reads whose inventory: the matrix of readers, and what ends a reading at the very next call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agreements.models import Contact, Group, GroupMember, Member
from inventory.records import queries
from service.identity.actions import issue_operator_token
from tests.agreements.secrecy import adopt, revoke, sign, with_two_factors
from tests.api_client import Service
from tests.inventory.recording import EQUIPMENT, SYSTEM, bound_reader, keep, patch, post, read
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, World

LENT = {"kind": "notebook", "lendable_quantity": 5}
UNDER_NDA = {name: value for name, value in SYSTEM.items() if name != "own_remarks"}


async def prepared(service: Service) -> tuple[World, dict[str, Any], dict[str, Any]]:
    """A world in which 小松市 has written down a system and equipment."""
    world = await service.build()
    return world, await keep(service, world), await keep(service, world, "equipment")


async def level(service: Service, world: World, by: str, record: str) -> str:
    """Return what somebody sees: everything of the record (`nda`), the lendable alone (`group`), or nothing."""
    listed = await read(service, world, by)
    one = await read(service, world, by, path=f"records/{record}")
    history = await read(service, world, by, path=f"records/{record}/revisions")
    if listed.status_code == 404:
        assert (one.status_code, history.status_code) == (404, 404)
        return "nothing"
    fields = [each["fields"] for each in listed.json()["items"]]
    if listed.json()["level"] == "group":
        assert (one.status_code, history.status_code) == (404, 404)
        assert fields == [LENT]
        return "group"
    assert one.json()["fields"] == UNDER_NDA
    assert [each["fields"] for each in history.json()["items"]] == [UNDER_NDA]
    assert fields == [UNDER_NDA, EQUIPMENT]
    return str(listed.json()["level"])


async def test_who_is_bound_reads_all_but_what_is_the_owners(service: Service) -> None:
    world, system, _ = await prepared(service)
    by = await bound_reader(service, world)
    assert await level(service, world, by, system["id"]) == "nda"
    shown = (await read(service, world, by, path=f"records/{system['id']}")).json()
    assert (shown["name"], shown["is_withheld"], shown["checked_by"]) == (SYSTEM["name"], None, None)
    (revision,) = (await read(service, world, by, path=f"records/{system['id']}/revisions")).json()["items"]
    assert (revision["made_by"], revision["made_by_name"], revision["note"]) == (None, None, None)


async def test_without_an_nda_the_group_sees_what_can_be_lent(service: Service) -> None:
    world, system, equipment = await prepared(service)
    by = world.email(TAMA)
    assert await level(service, world, by, system["id"]) == "group"
    listed = (await read(service, world, by)).json()
    assert listed["lacking"] == ["nda", "second_factor"]
    assert [each["name"] for each in listed["items"]] == [None]
    one = (await read(service, world, by, path=f"records/{equipment['id']}")).json()
    assert (one["fields"], one["name"], one["level"]) == (LENT, None, "group")
    await adopt(service, world)
    await sign(service, world, by)
    assert (await read(service, world, by)).json()["lacking"] == ["second_factor"]
    assert await level(service, world, by, system["id"]) == "group"
    await with_two_factors(service, by)
    assert await level(service, world, by, system["id"]) == "nda"


async def test_an_nda_is_a_persons_own(service: Service) -> None:
    world, system, _ = await prepared(service)
    await bound_reader(service, world)
    colleague = await with_two_factors(service, world.email(TAMA, "ict"))
    assert await level(service, world, colleague, system["id"]) == "group"


async def test_the_own_people_read_all_of_it_without_an_nda(service: Service) -> None:
    world, system, _ = await prepared(service)
    shown = await service.call(
        "GET", f"/api/inventory/{world.members[KOMATSU]}/records/{system['id']}", by=world.email(KOMATSU, "ict")
    )
    assert (shown.json()["level"], shown.json()["fields"]) == ("owner", SYSTEM)


async def test_reading_needs_a_group_and_a_purpose_whoever_the_member_is(service: Service) -> None:
    world, _, _ = await prepared(service)
    by = await bound_reader(service, world)
    answers = [
        await service.call("GET", f"/api/inventory/{code}/records", by=by) for code in (KOMATSU, "011002", "none")
    ]
    assert {each.status_code for each in answers} == {422}
    assert len({each.text for each in answers}) == 1
    assert [each["pointer"] for each in answers[0].json()["errors"]] == ["/query/group", "/query/purpose"]


async def test_an_incident_as_purpose_must_be_open(service: Service) -> None:
    world, _, _ = await prepared(service)
    by = await bound_reader(service, world)
    for incident in (None, "none"):
        query = {"purpose": "incident", **({"incident": incident} if incident else {})}
        assert (await read(service, world, by, **query)).status_code == 422
    allowed = await read(service, world, by, purpose="incident", incident=world.incident, reason="り災証明の応援")
    assert allowed.status_code == 200
    await post(service, f"/api/incidents/{world.incident}/closure", world.email(FUJISAWA), {"reason": "終了"})
    assert (await read(service, world, by, purpose="incident", incident=world.incident)).status_code == 422


def leave(session: Session, world: World) -> None:
    part = GroupMember.member_id == world.members[TAMA]
    session.execute(update(GroupMember).where(part).values(status="left"))


def owner_leaves(session: Session, world: World) -> None:
    part = GroupMember.member_id == world.members[KOMATSU]
    session.execute(update(GroupMember).where(part).values(status="left"))


def owner_is_only_noted_on_paper(session: Session, world: World) -> None:
    part = GroupMember.member_id == world.members[KOMATSU]
    session.execute(update(GroupMember).where(part).values(signed_by=world.members[FUJISAWA]))


def end_group(session: Session, world: World) -> None:
    session.get_one(Group, world.group).status = "ended"


def become_associate(session: Session, world: World) -> None:
    session.get_one(Member, world.members[TAMA]).kind = "associate"


def become_provider(session: Session, world: World) -> None:
    session.get_one(Member, world.members[TAMA]).kind = "provider"


def owner_becomes_associate(session: Session, world: World) -> None:
    session.get_one(Member, world.members[KOMATSU]).kind = "associate"


def no_contact_any_more(session: Session, world: World) -> None:
    session.execute(delete(Contact).where(Contact.member_id == world.members[TAMA]))


@pytest.mark.parametrize(
    "what",
    [
        leave,
        owner_leaves,
        owner_is_only_noted_on_paper,
        end_group,
        become_associate,
        become_provider,
        owner_becomes_associate,
        no_contact_any_more,
    ],
)
async def test_what_unbinds_either_ends_the_reading_at_once(
    service: Service, what: Callable[[Session, World], None]
) -> None:
    world, system, _ = await prepared(service)
    by = await bound_reader(service, world)
    assert await level(service, world, by, system["id"]) == "nda"
    await service.database.write(what, world)
    assert await level(service, world, by, system["id"]) == "nothing"
    missing = await read(service, world, by, path="records/none")
    hidden = await read(service, world, by, path=f"records/{system['id']}")
    assert (missing.status_code, missing.json()) == (hidden.status_code, hidden.json())


@pytest.mark.asvs("8.3.2")
async def test_an_nda_revoked_or_run_out_ends_the_reading_at_the_next_call(service: Service) -> None:
    world, system, _ = await prepared(service)
    await adopt(service, world)
    by = await with_two_factors(service, world.email(TAMA))
    nda = await sign(service, world, by)
    assert await level(service, world, by, system["id"]) == "nda"
    assert await revoke(service, nda["id"], world.email(FUJISAWA)) == 200
    assert await level(service, world, by, system["id"]) == "group"
    paper = {"way": "paper", "signed_on": "2026-06-01", "note": "書庫", "person": world.people[TAMA, "disaster"]}
    await sign(service, world, world.email(FUJISAWA), **paper)
    assert await level(service, world, by, system["id"]) == "nda"
    service.clock.advance(datetime(2027, 3, 31, 15, 0, tzinfo=UTC) - service.clock.now())
    assert await level(service, world, by, system["id"]) == "group"


async def test_an_nda_for_one_group_opens_nothing_in_another(service: Service) -> None:
    world, system, _ = await prepared(service)
    other = await service.build(codes=("011002", "012025"), coordinator="011002", hit={})

    def join(session: Session) -> None:
        for code in (TAMA, KOMATSU):
            session.add(
                GroupMember(id=f"{code}-part", group_id=other.group, member_id=world.members[code], status="signed")
            )
        person = world.people[TAMA, "disaster"]
        session.add(
            Contact(
                id="contact",
                group_id=other.group,
                member_id=world.members[TAMA],
                person_id=person,
                function="ict",
                order=1,
            )
        )

    await service.database.write(join)
    by = await bound_reader(service, world)
    assert await level(service, world, by, system["id"]) == "nda"
    assert (await read(service, world, by, group=other.group)).json()["level"] == "group"
    stranger = await with_two_factors(service, other.email("011002"))
    await adopt(service, other, by=stranger)
    await sign(service, other, stranger)
    assert (await read(service, world, stranger, group=world.group)).status_code == 404
    assert (await read(service, other, stranger)).json()["level"] == "nda"


async def test_strangers_and_operators_read_nothing(service: Service) -> None:
    world, system, _ = await prepared(service)
    other = await service.build(codes=("011002", "012025"), coordinator="011002", hit={})
    by = await bound_reader(service, other, "011002", coordinator="011002")
    for group in (other.group, world.group, "none"):
        hidden = await read(service, world, by, group=group, path=f"records/{system['id']}")
        missing = await read(service, world, by, group=group, code="442127", path="records/none")
        unknown = await read(service, world, by, group=group, code="none", path="records/none")
        assert {hidden.status_code, missing.status_code, unknown.status_code} == {404}
        assert hidden.json() == missing.json() == unknown.json()
    service.tokens["operator"] = await service.database.write(issue_operator_token)
    for path in ("records", f"records/{system['id']}", f"records/{system['id']}/revisions", "disclosures", "sharing"):
        assert (await read(service, world, "operator", path=path)).status_code == 403
        assert (await service.call("GET", f"/api/inventory/{KOMATSU}/{path}")).status_code == 401


async def test_a_record_of_one_member_is_not_reached_by_anothers_name(service: Service) -> None:
    world, system, _ = await prepared(service)
    by = await bound_reader(service, world)
    assert (await read(service, world, by, code=FUJISAWA, path=f"records/{system['id']}")).status_code == 404
    own = await service.call("GET", f"/api/inventory/{TAMA}/records/{system['id']}", by=by)
    changed = await service.call("PATCH", f"/api/inventory/{TAMA}/records/{system['id']}", by=by, json={})
    assert (own.status_code, changed.status_code) == (404, 404)


async def test_the_owner_shuts_its_inventory_in_a_group_or_keeps_one_record_back(service: Service) -> None:
    world, system, equipment = await prepared(service)
    by, owner = await bound_reader(service, world), world.email(KOMATSU)
    sharing = f"/api/inventory/{KOMATSU}/sharing"
    assert (await service.call("GET", sharing, by=owner)).json()["items"] == [
        {"group": world.group, "name": "試験グループ", "is_shared": True, "changed_at": None}
    ]
    withheld = await patch(service, world, system["id"], is_withheld=True)
    assert (withheld.json()["is_withheld"], withheld.json()["version"]) == (True, 2)
    assert [each["id"] for each in (await read(service, world, by)).json()["items"]] == [equipment["id"]]
    assert (await read(service, world, by, path=f"records/{system['id']}")).status_code == 404
    for is_shared, found in ((False, 404), (True, 200)):
        changed = await service.call("PUT", f"{sharing}/{world.group}", by=owner, json={"is_shared": is_shared})
        assert changed.json()["items"][0]["is_shared"] is is_shared
        assert (await read(service, world, by)).status_code == found
    outside = await service.call("PUT", f"{sharing}/{world.group}", by=by, json={"is_shared": False})
    assert outside.status_code == 403
    assert (await service.call("GET", sharing, by=by)).status_code == 404


async def test_what_was_withheld_once_does_not_show_in_the_history(service: Service) -> None:
    world, system, _ = await prepared(service)
    by = await bound_reader(service, world)
    await patch(service, world, system["id"], is_withheld=True, fields={"remarks": "内部の事情"})
    kept_back = service.clock.now()
    service.clock.advance(timedelta(hours=1))
    await patch(service, world, system["id"], is_withheld=False, fields={"remarks": None})
    history = (await read(service, world, by, path=f"records/{system['id']}/revisions")).json()["items"]
    assert [each["number"] for each in history] == [1, 3]
    past = await read(service, world, by, at=kept_back.isoformat(), kind="system")
    assert past.json()["items"] == []


async def test_retired_records_are_not_read_by_others(service: Service) -> None:
    world, system, _ = await prepared(service)
    by = await bound_reader(service, world)
    await post(service, f"/api/inventory/{KOMATSU}/records/{system['id']}/retirement", world.email(KOMATSU))
    assert (await read(service, world, by, kind="system")).json()["items"] == []
    assert (await read(service, world, by, is_retired="true")).json()["items"] == []
    assert (await read(service, world, by, path=f"records/{system['id']}/revisions")).status_code == 404


async def test_a_founder_of_a_group_of_its_own_reads_nobodys_inventory(service: Service) -> None:
    world, system, _ = await prepared(service)
    rogue = await with_two_factors(service, world.email(KAGOSHIMA))
    made = await post(service, "/api/groups", rogue, {"name": "別の協定", "purpose": ""}, expect=201)
    group = made["id"]
    for code in (KOMATSU, TOME):
        await post(service, f"/api/groups/{group}/members", rogue, {"municipality": code}, expect=201)
    signature = {"signatory_name": "某", "signatory_title": "市長", "signed_on": "2026-05-01"}
    for code, by in ((KAGOSHIMA, rogue), (KOMATSU, rogue), (TOME, world.email(TOME))):
        await post(service, f"/api/groups/{group}/members/{code}/signature", by, signature)
    await post(service, f"/api/groups/{group}/versions", rogue, {"text": "第1条"}, expect=201)
    for stage in ("inviting", "signed", "in_force"):
        await post(service, f"/api/groups/{group}/status", rogue, {"status": stage})
    await post(service, f"/api/groups/{group}/nda-versions", rogue, {"text": "秘密"}, expect=201)
    await post(service, f"/api/groups/{group}/ndas", rogue, {"version": 1}, expect=201)
    assert (await read(service, world, rogue, group=group, code=TOME)).json()["level"] == "nda"
    assert (await read(service, world, rogue, group=group)).status_code == 404
    assert (await read(service, world, rogue, group=group, path=f"records/{system['id']}")).status_code == 404


async def test_the_parts_of_a_group_are_judged_by_the_database(service: Service) -> None:
    """The rule needs no more than one transaction: nothing of it is cached between calls."""
    world, _, _ = await prepared(service)
    by = await bound_reader(service, world)
    for status, found in (("left", 404), ("signed", 200), ("invited", 404), ("signed", 200)):

        def set_status(session: Session, status: str = status) -> None:
            part = session.scalars(select(GroupMember).where(GroupMember.member_id == world.members[KOMATSU])).one()
            part.status = status

        await service.database.write(set_status)
        assert (await read(service, world, by)).status_code == found


async def test_without_an_nda_nothing_tells_of_what_is_not_lent(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a page that is short, nor a cursor, nor the history of a record that is hidden."""
    monkeypatch.setattr(queries, "PAGE", 2)
    world = await service.build()
    by = world.email(TAMA)
    names = ("a", "-", "-", "-", "b", "c", "-", "-")
    made = [
        await keep(service, world, "equipment", name=name, kind="notebook", lendable_quantity=int(name != "-"))
        for name in names
    ]
    lent = [each["id"] for each, name in zip(made, names, strict=True) if name != "-"]
    first = (await read(service, world, by)).json()
    assert ([each["id"] for each in first["items"]], first["next"]) == (lent[:2], lent[1])
    second = (await read(service, world, by, cursor=first["next"])).json()
    assert ([each["id"] for each in second["items"]], second["next"]) == (lent[2:], None)
    for cursor in ("0", "1", "7"):
        hidden = await read(service, world, by, path=f"records/{made[1]['id']}/revisions", cursor=cursor)
        missing = await read(service, world, by, path="records/none/revisions", cursor=cursor)
        assert (hidden.status_code, hidden.json()) == (404, missing.json())
    shown = (await read(service, world, by, path=f"records/{lent[0]}/revisions", cursor="1")).json()
    assert (shown["items"], shown["next"]) == ([], None)
