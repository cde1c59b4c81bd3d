"""What can be lent of a piece of equipment is what the owner could give; never less than is promised."""

from typing import Any

from sqlalchemy.orm import Session

from inventory import stock
from tests.api_client import Service
from tests.inventory.recording import EQUIPMENT, keep, patch, post
from tests.world import KOMATSU, World


async def capabilities(service: Service, world: World, kind: str = "notebook") -> list[dict[str, Any]]:
    query = {"municipality": KOMATSU, "kind": kind}
    answer = await service.call("GET", "/api/capabilities", by=world.email(KOMATSU), params=query)
    return list(answer.json()["items"])


async def promise(service: Service, world: World, quantity: int, kind: str = "notebook") -> None:
    def hold(session: Session) -> None:
        stock.hold(
            session,
            member=world.members[KOMATSU],
            group=world.group,
            kind=kind,
            quantity=quantity,
            reference="offer-1",
        )
        stock.commit(session, reference="offer-1", quantity=quantity)

    await service.database.write(hold)


async def test_equipment_becomes_a_capability_and_keeps_it_in_step(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    (row,) = await capabilities(service, world)
    assert (row["quantity"], row["available"], row["spec"], row["lead_time_hours"]) == (5, 5, None, 24)
    assert (await patch(service, world, made["id"], fields={"lendable_quantity": 7, "lead_time_hours": 6})).is_success
    (again,) = await capabilities(service, world)
    assert (again["id"], again["quantity"], again["lead_time_hours"]) == (row["id"], 7, 6)
    unchanged = await patch(service, world, made["id"], fields={"place": "倉庫"})
    assert unchanged.is_success
    assert await capabilities(service, world) == [again]
    for lendable in (0, None):
        assert (await patch(service, world, made["id"], fields={"lendable_quantity": lendable})).is_success
        assert await capabilities(service, world) == []


async def test_another_kind_is_another_capability(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    assert (await patch(service, world, made["id"], fields={"kind": "tablet"})).is_success
    assert await capabilities(service, world) == []
    assert [each["quantity"] for each in await capabilities(service, world, "tablet")] == [5]


async def test_what_is_promised_is_not_taken_back_by_the_inventory(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    await promise(service, world, 4)
    path = f"/api/inventory/{KOMATSU}/records/{made['id']}"
    for fields in ({"lendable_quantity": 3}, {"lendable_quantity": 0}, {"kind": "tablet"}):
        refused = await patch(service, world, made["id"], fields=fields)
        assert (refused.status_code, "4" in refused.json()["detail"]) == (409, True)
    await post(service, f"{path}/retirement", world.email(KOMATSU), expect=409)
    shown = (await service.call("GET", path, by=world.email(KOMATSU))).json()
    assert (shown["version"], shown["fields"], shown["is_retired"]) == (1, EQUIPMENT, False)
    assert (await patch(service, world, made["id"], fields={"lendable_quantity": 4})).is_success
    (row,) = await capabilities(service, world)
    assert (row["quantity"], row["available"], row["committed"]) == (4, 0, 4)


async def test_a_retired_thing_is_offered_no_more_until_it_is_restored(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    path = f"/api/inventory/{KOMATSU}/records/{made['id']}"
    await post(service, f"{path}/retirement", world.email(KOMATSU))
    assert await capabilities(service, world) == []
    await post(service, f"{path}/restoration", world.email(KOMATSU))
    assert [each["quantity"] for each in await capabilities(service, world)] == [5]


async def test_what_is_withheld_is_not_offered_either(service: Service) -> None:
    world = await service.build()
    path, by = f"/api/inventory/{KOMATSU}/records", world.email(KOMATSU)
    secret = await post(
        service, path, by, {"kind": "equipment", "fields": EQUIPMENT, "is_withheld": True}, expect=201
    )
    assert await capabilities(service, world) == []
    assert (await patch(service, world, secret["id"], is_withheld=False)).is_success
    assert [each["quantity"] for each in await capabilities(service, world)] == [5]
    assert (await patch(service, world, secret["id"], is_withheld=True)).is_success
    assert await capabilities(service, world) == []


async def test_what_is_promised_can_not_be_withheld(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    await promise(service, world, 4)
    refused = await patch(service, world, made["id"], is_withheld=True)
    assert (refused.status_code, "4" in refused.json()["detail"]) == (409, True)
    shown = await service.call("GET", f"/api/inventory/{KOMATSU}/records/{made['id']}", by=world.email(KOMATSU))
    assert (shown.json()["version"], shown.json()["is_withheld"]) == (1, False)
    assert [each["quantity"] for each in await capabilities(service, world)] == [5]


async def test_the_model_stays_out_of_what_others_can_ask_for(service: Service) -> None:
    """It is under NDA, and a requester sees the specification of what is offered, or finds it by asking for it."""
    world = await service.build()
    made = await keep(service, world, "equipment")
    (row,) = await capabilities(service, world)
    path, by = f"/api/capabilities/{row['id']}", world.email(KOMATSU)
    assert (await service.call("PATCH", path, by=by, json={"spec": "15型、無線LAN"})).status_code == 200
    assert (await patch(service, world, made["id"], fields={"model": "架空ノート17"})).is_success
    assert (await patch(service, world, made["id"], fields={"model": None, "lendable_quantity": 6})).is_success
    (row,) = await capabilities(service, world)
    assert (row["quantity"], row["spec"]) == (6, "15型、無線LAN")


async def test_what_was_declared_by_hand_is_not_offered_twice(service: Service) -> None:
    world = await service.build()
    (by_hand,) = await capabilities(service, world, "pc")
    await keep(service, world, "equipment", name="庁内PC", kind="pc", lendable_quantity=30)
    (row,) = await capabilities(service, world, "pc")
    assert (by_hand["quantity"], row["id"], row["quantity"]) == (50, by_hand["id"], 30)
    await keep(service, world, "equipment", name="研修室PC", kind="pc", lendable_quantity=12)
    assert [each["quantity"] for each in await capabilities(service, world, "pc")] == [30, 12]


async def test_a_quantity_that_follows_a_record_is_changed_there(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment")
    (row,) = await capabilities(service, world)
    path, by = f"/api/capabilities/{row['id']}", world.email(KOMATSU)
    refused = await service.call("PATCH", path, by=by, json={"quantity": 9})
    assert (refused.status_code, made["id"] in refused.json()["detail"]) == (409, True)
    assert (await service.call("DELETE", path, by=by)).status_code == 409
    assert (await service.call("PATCH", path, by=by, json={"conditions": "要返却"})).status_code == 200


async def test_equipment_that_is_in_no_catalogue_is_only_written_down(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world, "equipment", name="大判", free_kind="大判プリンタ", lendable_quantity=1)
    assert made["fields"]["free_kind"] == "大判プリンタ"
    assert [each["quantity"] for each in await capabilities(service, world, "printer")] == [10]
