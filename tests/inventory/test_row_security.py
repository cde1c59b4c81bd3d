"""With the predicates taken out, PostgreSQL still keeps inventories, guest IDs and the record to whose they are."""

from typing import Any

import pytest
from sqlalchemy import ColumnElement, Select, delete, literal, select, true, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from agreements.models import Contact, Group, GroupMember, Member, Person
from agreements.nda_models import Nda
from foundation.audit import Audit
from foundation.database import Database, Scope
from foundation.database.scope import Party
from inventory.guests import queries as guests
from inventory.guests.models import GuestId, GuestPool
from inventory.records import actions, reading
from inventory.records.models import InventoryFacet, InventoryRecord, InventoryRevision, InventorySharing
from tests.agreements.secrecy import revoke, with_two_factors
from tests.api_client import Service
from tests.inventory.recording import EQUIPMENT, bound_reader, keep, patch, post, read
from tests.world import KAGOSHIMA, KOMATSU, TAMA, World

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def everything(*_: Any) -> ColumnElement[bool]:
    return true()


def everybody(*_: Any) -> Select[Any]:
    """Every inventory, each as if an NDA allowed it."""
    return select(Member.id.label("member_id"), literal("nda").label("nda"))


@pytest.fixture
def no_predicate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every predicate of the inventory pass all rows."""
    for module in (actions, reading):
        monkeypatch.setattr(module, "own_records_visible_to", everything)
    monkeypatch.setattr(reading, "shared_records_visible_to", everything)
    monkeypatch.setattr(reading, "readable_inventories", everybody)
    monkeypatch.setattr(guests, "guest_pools_visible_to", everything)


def acting(service: Service, world: World, code: str, function: str = "disaster") -> Database:
    return service.database.acting(Scope(Party.PERSON, world.people[code, function], world.members[code]))


def seen(session: Session) -> list[str]:
    """Ask for every record with its newest revision, without any predicate."""
    newest = InventoryRevision.number == InventoryRecord.version
    return list(
        session.scalars(
            select(InventoryRecord.kind)
            .join(InventoryRevision, InventoryRevision.record_id == InventoryRecord.id)
            .where(newest)
            .order_by(InventoryRecord.id)
        )
    )


async def kinds(service: Service, world: World, by: str) -> list[str]:
    answer = await read(service, world, by)
    assert answer.status_code == 200, answer.text
    return [each["kind"] for each in answer.json()["items"]]


async def prepared(service: Service) -> tuple[World, dict[str, Any]]:
    """A world in which 小松市 has written down a system and equipment."""
    world = await service.build()
    return world, await keep(service, world) | {"equipment": await keep(service, world, "equipment")}


@pytest.mark.usefixtures("no_predicate")
async def test_only_who_is_bound_reads_anothers_inventory(service: Service) -> None:
    world, system = await prepared(service)
    bound, colleague = await bound_reader(service, world), world.email(TAMA, "ict")
    assert await kinds(service, world, bound) == ["system", "equipment"]
    assert await kinds(service, world, colleague) == ["equipment"], "the group knows what can be lent"
    for path in (f"records/{system['id']}", f"records/{system['id']}/revisions"):
        assert (await read(service, world, bound, path=path)).status_code == 200
        assert (await read(service, world, colleague, path=path)).status_code == 404
    assert await acting(service, world, KOMATSU, "ict").read(seen) == ["system", "equipment"]
    assert await service.database.acting(Scope(Party.OPERATOR)).read(seen) == []


@pytest.mark.usefixtures("no_predicate")
async def test_a_revoked_nda_counts_no_more_in_the_next_transaction(service: Service) -> None:
    world, _ = await prepared(service)
    by = await bound_reader(service, world)
    (nda,) = (await service.call("GET", "/api/me/ndas", by=by)).json()["items"]
    assert await revoke(service, nda["id"], by) == 200
    assert await kinds(service, world, by) == ["equipment"]


GROUNDS = {
    "the group has ended": update(Group).values(status="ended"),
    "its members are only invited": update(GroupMember).values(status="invited"),
    "another signed for them": update(GroupMember).values(signed_by="another"),
    "nobody is designated": delete(Contact),
    "the person has left": update(Person).values(is_active=False),
}


@pytest.mark.parametrize("ending", GROUNDS.values(), ids=GROUNDS)
async def test_without_its_grounds_nothing_of_anothers_is_seen(service: Service, ending: Any) -> None:
    world, _ = await prepared(service)
    await bound_reader(service, world)
    reader = acting(service, world, TAMA)
    assert await reader.read(seen) == ["system", "equipment"]
    await service.database.write(lambda session: session.execute(ending).close())
    assert await reader.read(seen) == []


async def test_what_is_shut_withheld_or_retired_is_seen_by_its_owner_alone(service: Service) -> None:
    world, system = await prepared(service)
    await bound_reader(service, world)
    reader, owner = acting(service, world, TAMA), acting(service, world, KOMATSU)
    await patch(service, world, system["id"], is_withheld=True)
    assert (await reader.read(seen), await owner.read(seen)) == (["equipment"], ["system", "equipment"])
    path = f"/api/inventory/{KOMATSU}/records/{system['equipment']['id']}/retirement"
    await post(service, path, world.email(KOMATSU))
    assert (await reader.read(seen), await owner.read(seen)) == ([], ["system", "equipment"])
    await patch(service, world, system["id"], is_withheld=False)
    assert await reader.read(seen) == ["system"]
    shut = await service.call(
        "PUT",
        f"/api/inventory/{KOMATSU}/sharing/{world.group}",
        by=await with_two_factors(service, world.email(KOMATSU)),
        json={"is_shared": False},
    )
    assert shut.status_code == 200, shut.text
    assert await reader.read(seen) == []


@pytest.mark.usefixtures("no_predicate")
async def test_a_reader_changes_nothing_of_anothers(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    world, system = await prepared(service)
    by = await bound_reader(service, world)
    assert (await patch(service, world, system["id"], code=TAMA, fields={"remarks": "x"})).status_code == 404
    before = await service.database.read(seen)

    def anothers(session: Session, *_: Any) -> Member:
        return session.get_one(Member, world.members[KOMATSU])

    monkeypatch.setattr(actions, "own_member", anothers)
    service.http.event_hooks = {}  # a predicate that is gone stands in no document
    draft = {"kind": "equipment", "fields": EQUIPMENT}
    with capture_logs():
        answer = await service.call("POST", f"/api/inventory/{TAMA}/records", by=by, json=draft)
    assert answer.status_code == 500
    assert "policy" not in answer.text
    assert world.members[KOMATSU] not in answer.text
    assert await service.database.read(seen) == before


async def test_no_statement_of_a_reader_writes_into_anothers(service: Service) -> None:
    world, _ = await prepared(service)
    await bound_reader(service, world)

    def change(session: Session) -> list[int]:
        tables = (InventoryRecord, InventoryRevision, InventoryFacet, InventorySharing)
        changes = [update(InventoryRecord).values(name="x"), *(delete(each) for each in reversed(tables))]
        return [getattr(session.execute(each), "rowcount", -1) for each in changes]

    assert await acting(service, world, TAMA).write(change) == [0] * 5


@pytest.mark.usefixtures("no_predicate")
async def test_guest_ids_are_seen_by_their_owner_alone(service: Service) -> None:
    world = await service.build()
    pool = await post(service, "/api/guest-pools", world.email(KOMATSU), {"name": "住民記録の閲覧"}, expect=201)
    path = f"/api/guest-pools/{pool['id']}/guest-ids"
    await post(service, path, world.email(KOMATSU), {"label": "guest-1", "envelope": "封筒1番"}, expect=201)
    assert len((await service.call("GET", path, by=world.email(KOMATSU, "ict"))).json()["items"]) == 1
    assert (await service.call("GET", path, by=world.email(TAMA))).status_code == 404
    assert (await service.call("GET", "/api/guest-pools", by=world.email(TAMA))).json()["items"] == []
    for table in (GuestPool, GuestId):
        counted = select(table.id)
        assert await acting(service, world, TAMA).read(lambda session, of=counted: session.scalars(of).all()) == []


async def test_ndas_and_the_record_are_seen_by_whom_they_concern(service: Service) -> None:
    world, _ = await prepared(service)
    await bound_reader(service, world)

    def chains(session: Session) -> set[str]:
        return set(session.scalars(select(Audit.chain)))

    def ndas(session: Session) -> int:
        return len(session.scalars(select(Nda.id)).all())

    assert await acting(service, world, TAMA).read(chains) == {world.members[TAMA]}
    assert await acting(service, world, KAGOSHIMA).read(chains) == set()
    assert await service.database.acting(Scope(Party.OPERATOR)).read(chains) <= {"service"}
    assert world.members[KOMATSU] in await service.database.read(chains)
    assert await acting(service, world, KOMATSU).read(ndas) == 1
    assert await service.database.acting(Scope(Party.PERSON, "stranger", "elsewhere")).read(ndas) == 0
