"""Steps that several journeys share."""

from typing import Any

from tests.api_client import Service
from tests.world import TOME, World


async def ask(
    service: Service, world: World, *lines: tuple[str, int], by: str | None = None, **more: Any
) -> dict[str, Any]:
    """File a request for 登米市 and return it."""
    draft = {
        "incident": world.incident,
        "group": world.group,
        "requester": TOME,
        "lines": [{"kind": kind, "quantity": quantity} for kind, quantity in lines or (("pc", 60),)],
        **more,
    }
    answer = await service.call("POST", "/api/requests", by=by or world.email(TOME), json=draft)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def offer(
    service: Service, world: World, request: dict[str, Any], code: str, *quantities: int, decision: str = "accept"
) -> dict[str, Any]:
    """Answer a request for a member and return the offer."""
    lines = [
        {"line": line["id"], "quantity": quantity}
        for line, quantity in zip(request["lines"], quantities, strict=False)
        if quantity
    ]
    answer = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(code),
        json={"municipality": code, "decision": decision, "lines": lines},
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def post(service: Service, path: str, *, by: str, expect: int = 200, **body: Any) -> dict[str, Any]:
    """Post and return the answer, which must have the expected status."""
    answer = await service.call("POST", path, by=by, json=body)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get(service: Service, path: str, *, by: str, expect: int = 200) -> dict[str, Any]:
    answer = await service.call("GET", path, by=by)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(service: Service, world: World, kind: str) -> dict[str, int]:
    """Send what is due, and return how many messages of a subject each member got in all."""
    await service.deliver()
    counts: dict[str, int] = {}
    cursor = ""
    while True:
        page = await get(service, f"/api/messages{cursor}", by=world.email(TOME))
        for each in page["items"]:
            if kind in (each["subject"] or "") + each["text"]:
                counts[each["municipality"]] = counts.get(each["municipality"], 0) + 1
        if page["next"] is None:
            return counts
        cursor = f"?cursor={page['next']}"
