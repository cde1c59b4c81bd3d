"""Steps by which people come to be bound by an NDA."""

from typing import Any

from service.identity.actions import issue_token
from tests.api_client import Service
from tests.world import FUJISAWA, World

TEXT = "第1条 台帳の内容を第三者に漏らさない。"


async def with_two_factors(service: Service, email: str, assurance: int = 2) -> str:
    """Let somebody's next calls carry a token of two factors."""
    service.tokens[email] = await service.database.write(issue_token, email, assurance=assurance, days=3650)
    return email


async def adopt(service: Service, world: World, by: str | None = None, **more: Any) -> int:
    answer = await service.call(
        "POST",
        f"/api/groups/{world.group}/nda-versions",
        by=by or world.email(FUJISAWA),
        json={"text": TEXT, **more},
    )
    return int(answer.json()["number"]) if answer.status_code == 201 else answer.status_code


async def sign(
    service: Service, world: World, by: str, *, version: int = 1, expect: int = 201, **more: Any
) -> dict[str, Any]:
    answer = await service.call("POST", f"/api/groups/{world.group}/ndas", by=by, json={"version": version, **more})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def revoke(service: Service, nda: str, by: str) -> int:
    path = f"/api/ndas/{nda}/revocation"
    return (await service.call("POST", path, by=by, json={"reason": "人事異動のため"})).status_code


async def ndas(service: Service, world: World, by: str, query: str = "") -> list[dict[str, Any]]:
    answer = await service.call("GET", f"/api/groups/{world.group}/ndas{query}", by=by)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])
