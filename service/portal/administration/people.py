"""The administration of one's own member: where its parts are, and letting colleagues in by mail."""

from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import NOT_FOUND, NOTHING_HERE, Visit, see, tried

PAGE = "/administration"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def invite(visit: Visit) -> Response:
    """Mail a colleague a link by which they set a password."""
    return await tried(_invite(visit), lambda problem: _page(visit, problem))


async def mend(visit: Visit) -> Response:
    """Correct or confirm an address that a server calls gone."""
    return await tried(_mend(visit), lambda problem: _page(visit, problem))


async def member_of(visit: Visit) -> str:
    """Return where the API keeps the viewer's member. Raises ApiProblem (404) where there is none."""
    ref = (await visit.viewer()).ref
    if ref is None:
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return f"/members/{ref}"


async def _invite(visit: Visit) -> Response:
    values, person = await visit.form(), visit.ref("person")
    await visit.api.post(f"/people/{person}/invitation", {"resets_factors": text(values, "resets_factors") == "yes"})
    return see(f"{PAGE}?invited={person}")


async def _mend(visit: Visit) -> Response:
    values, person = await visit.form(), visit.ref("person")
    kind = "email" if text(values, "kind") == "email" else "mobile"
    await visit.api.patch(f"/people/{person}", {kind: text(values, "address")})
    return see(f"{PAGE}?mended={person}")


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    people = await visit.api.every_allowed("/people")
    asked = visit.request.query_params
    return visit.render(
        "administration.html",
        title="団体の管理",
        viewer=await visit.viewer(),
        problem=problem,
        me=(await visit.api.get("/me"))["person"],
        people=[each for each in people if each["is_active"]],
        invited=[each["name"] for each in people if each["id"] == asked.get("invited")],
        mended=[each["name"] for each in people if each["id"] == asked.get("mended")],
    )
