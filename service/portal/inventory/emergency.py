"""Emergency access (緊急閲覧): asked for by who helps, confirmed by a second person, ended and reviewed."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.session import Viewer
from service.portal.visit import Visit, see, tried

PAGE = "/emergency-accesses"
ACTS = {"confirmation", "ending", "review"}
USUAL_MINUTES = "60"
ENDED_REQUESTS = {"closed", "cancelled"}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def ask(visit: Visit) -> Response:
    """Ask to read the inventory of a member to which one's own has committed aid."""
    values = await visit.form()
    body = {
        "commitment": text(values, "commitment") or "-",
        "reason": text(values, "reason"),
        "minutes": forms.number(text(values, "minutes")),
        "undertaking": forms.number(text(values, "undertaking")),
    }
    return await tried(
        _post(visit, PAGE, forms.given(body)), lambda problem: _page(visit, problem=problem, values=values)
    )


async def act(visit: Visit) -> Response:
    """Confirm, end or review an access."""
    wanted = visit.act_in(ACTS)
    values = await visit.form()
    body = {"note": text(values, "note")} if wanted == "review" else {}
    path = f"{PAGE}/{visit.ref('access')}/{wanted}"
    return await tried(_post(visit, path, body), lambda problem: _page(visit, problem=problem))


async def _post(visit: Visit, path: str, body: dict[str, Any]) -> Response:
    await visit.api.post(path, body)
    return see(PAGE)


async def _page(
    visit: Visit, *, problem: ApiProblem | None = None, values: Mapping[str, Any] | None = None
) -> Response:
    viewer = await visit.viewer()
    person = (await visit.api.get("/me"))["person"]
    accesses = (await visit.api.every(PAGE))[::-1]
    return visit.render(
        "emergency_accesses.html",
        title="緊急閲覧",
        viewer=viewer,
        problem=problem,
        values=values or {"minutes": USUAL_MINUTES},
        commitments=await _commitments(visit, viewer),
        undertaking=await visit.api.get("/emergency-undertaking"),
        accesses=[(each, _open_to(viewer, person, each)) for each in accesses],
    )


def _open_to(viewer: Viewer, person: str | None, access: dict[str, Any]) -> set[str]:
    """Return what the viewer may try; the API judges it."""
    state, is_reader = access["state"], viewer.member == access["member"]
    is_owner = viewer.member == access["owner"]
    found = {
        "confirm": state == "asked" and not is_reader,
        "end": state in {"asked", "open"} and (is_reader or is_owner),
        "read": state == "open" and person == access["person"],
        "review": state == "ended" and not is_reader and (is_owner or viewer.leads(access["group"])),
    }
    return {name for name, may in found.items() if may}


async def _commitments(visit: Visit, viewer: Viewer) -> list[tuple[str, str]]:
    """Return one's own commitments, one for each member and open incident, with words to choose by."""
    incidents = {each["id"]: each["name"] for each in await visit.api.every("/incidents") if each["status"] == "open"}
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for request in await visit.api.every("/requests"):
        is_over = request["status"] in ENDED_REQUESTS or request["incident"] not in incidents
        if is_over or request["member"] == viewer.member:
            continue
        words = f"{request['requester_name']}（{incidents[request['incident']]}）"
        for offer in await visit.api.every(f"/requests/{request['id']}/offers"):
            if offer["member"] == viewer.member and offer["status"] == "accepted" and offer["commitments"]:
                key = (request["member"], request["incident"])
                found.setdefault(key, (offer["commitments"][0]["id"], words))
    return list(found.values())
