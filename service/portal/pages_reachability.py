"""Whether one's own member can be reached, and the coordinator's board of all."""

from typing import Any

from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import NOT_FOUND, NOTHING_HERE, Visit, see, tried

PAGE = "/reachability"
STATES = {
    "acknowledged": "確認済み",
    "failed": "届きません",
    "waiting": "確認待ち",
    "unproven": "未確認",
}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def start(visit: Visit) -> Response:
    """Start a test of the own member, or as the coordinator of another."""
    return await tried(_start(visit), lambda problem: _page(visit, problem))


async def _start(visit: Visit) -> Response:
    values = await visit.form()
    member = text(values, "member") or await _own(visit)
    await visit.api.post(f"/reachability/{member}/tests", {})
    return see(PAGE)


async def _own(visit: Visit) -> str:
    """Return how the API names the viewer's member. Raises ApiProblem (404) where there is none."""
    ref = (await visit.viewer()).ref
    if ref is None:
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return ref


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    viewer = await visit.viewer()
    led = [each["group"] for each in viewer.memberships if "coordinator" in each["roles"]]
    return visit.render(
        "reachability.html",
        title="連絡手段の確認",
        viewer=viewer,
        problem=problem,
        own=await visit.api.get(f"/reachability/{await _own(visit)}"),
        boards=[await _board(visit, group) for group in led],
        states=STATES,
    )


async def _board(visit: Visit, group: str) -> dict[str, Any]:
    found = await visit.api.get(f"/groups/{group}")
    scores = await visit.api.get(f"/groups/{group}/reachability")
    return {"name": found["name"], "items": scores["items"]}
