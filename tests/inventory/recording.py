"""Steps by which inventories are kept and read."""

from typing import Any

import httpx

from tests.agreements.secrecy import adopt, sign, with_two_factors
from tests.api_client import Service
from tests.world import FUJISAWA, KOMATSU, TAMA, World

SYSTEM = {
    "name": "住民情報システム",
    "business": "resident_record",
    "package": "架空住記 V7",
    "vendor": "株式会社架空システム",
    "hosting": "data_centre",
    "data_centre": "架空データセンター北陸",
    "zone": "my_number",
    "backup_frequency": "daily",
    "restore_tested_on": "2026-02-10",
    "own_remarks": "更新は来年度",
}
EQUIPMENT = {
    "name": "貸出用ノート",
    "kind": "notebook",
    "quantity": 8,
    "lendable_quantity": 5,
    "model": "架空ノート15",
}


async def keep(
    service: Service, world: World, of: str = "system", /, *, code: str = KOMATSU, expect: int = 201, **fields: Any
) -> dict[str, Any]:
    """Write down a record as a member's contact."""
    draft = {"kind": of, "fields": fields or (EQUIPMENT if of == "equipment" else SYSTEM)}
    return await post(service, f"/api/inventory/{code}/records", world.email(code), draft, expect=expect)


async def post(
    service: Service, path: str, by: str, body: dict[str, Any] | None = None, *, expect: int = 200
) -> dict[str, Any]:
    answer = await service.call("POST", path, by=by, json=body or {})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def patch(
    service: Service, world: World, record: str, *, code: str = KOMATSU, headers: Any = None, **body: Any
) -> httpx.Response:
    path = f"/api/inventory/{code}/records/{record}"
    return await service.call("PATCH", path, by=world.email(code), json=body, headers=headers or {})


async def read(
    service: Service, world: World, by: str, *, code: str = KOMATSU, path: str = "records", **query: Any
) -> httpx.Response:
    """Read an inventory for planning in the world's group, unless said otherwise."""
    grounds = {"group": world.group, "purpose": "planning", **query}
    return await service.call("GET", f"/api/inventory/{code}/{path}", by=by, params=grounds)


async def bound_reader(service: Service, world: World, code: str = TAMA, *, coordinator: str = FUJISAWA) -> str:
    """Return the mail address of a contact who has signed the NDA and signs in with two factors."""
    assert await adopt(service, world, by=world.email(coordinator)) == 1
    by = await with_two_factors(service, world.email(code))
    await sign(service, world, by)
    return by
