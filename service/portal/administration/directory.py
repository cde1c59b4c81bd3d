"""The member's own directory: the tokens by which it keeps people here, and where guest IDs are opened in it."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from service.portal.administration.people import member_of
from service.portal.client import ApiProblem
from service.portal.forms import given, text
from service.portal.visit import NOT_FOUND, Visit, see, tried

PAGE = "/administration/directory"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Do one act of the page; a refusal is shown on it."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    return await tried(found(visit, values), lambda problem: _page(visit, problem))


async def _issue(visit: Visit, _values: Any) -> Response:
    made = await visit.api.post("/directory-tokens", {})
    return visit.render(
        "shown_once.html",
        title="ディレクトリのトークン",
        viewer=await visit.viewer(),
        rows=[("接続先", f"{visit.settings.base_url.rstrip('/')}/scim/v2"), ("トークン", made["token"])],
        onward=PAGE,
    )


async def _end(visit: Visit, values: Any) -> Response:
    await visit.api.delete(f"/directory-tokens/{text(values, 'token') or '-'}")
    return see(PAGE)


async def _register(visit: Visit, values: Any) -> Response:
    body = given({"base_url": text(values, "base_url"), "token": text(values, "token")})
    await visit.api.put(f"{await member_of(visit)}/directory", body | {"is_on": text(values, "is_on") == "yes"})
    return see(PAGE)


async def _test(visit: Visit, _values: Any) -> Response:
    await visit.api.post(f"{await member_of(visit)}/directory/test", {})
    return see(PAGE)


ACTS: dict[str, Callable[[Visit, Any], Awaitable[Response]]] = {
    "token": _issue,
    "token-end": _end,
    "registration": _register,
    "test": _test,
}


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    return visit.render(
        "administration_directory.html",
        title="団体のディレクトリ",
        viewer=await visit.viewer(),
        problem=problem,
        tokens=(await visit.api.get("/directory-tokens"))["items"],
        directory=await _directory(visit),
    )


async def _directory(visit: Visit) -> dict[str, Any] | None:
    """Return where guest IDs are opened, or None where that is not registered."""
    try:
        found: dict[str, Any] = await visit.api.get(f"{await member_of(visit)}/directory")
    except ApiProblem as problem:
        if problem.status != NOT_FOUND:
            raise
        return None
    return found
