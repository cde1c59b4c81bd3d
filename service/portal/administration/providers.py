"""Where the member's people sign in: its identity providers, registered, changed, switched off, links taken away."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from service.portal import forms
from service.portal.administration.people import member_of
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

PAGE = "/administration/providers"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def register(visit: Visit) -> Response:
    return await tried(_register(visit), lambda problem: _page(visit, problem))


async def act(visit: Visit) -> Response:
    """Change a provider, switch it on or off, or take a person's link away."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    path = f"/identity-providers/{visit.ref('provider')}"
    return await tried(found(visit, path, values), lambda problem: _page(visit, problem))


async def _register(visit: Visit) -> Response:
    values = await visit.form()
    body = {name: text(values, name) for name in ("issuer", "client_id", "client_secret")}
    await visit.api.post(f"{await member_of(visit)}/identity-providers", body | _factors(values))
    return see(PAGE)


async def _change(visit: Visit, path: str, values: Any) -> Response:
    """Change what was typed; a secret that is left empty stays."""
    body = forms.given({name: text(values, name) for name in ("client_id", "client_secret")})
    await visit.api.patch(path, body | _factors(values))
    return see(f"{PAGE}?changed=yes")


def _factors(values: Any) -> dict[str, list[str]]:
    return {name: text(values, name).split() for name in ("two_factor_acr", "two_factor_amr")}


async def _switch(visit: Visit, path: str, values: Any) -> Response:
    await visit.api.patch(path, {"is_enabled": text(values, "is_enabled") == "yes"})
    return see(PAGE)


async def _unlink(visit: Visit, path: str, values: Any) -> Response:
    await visit.api.delete(f"{path}/links/{text(values, 'person') or '-'}")
    return see(PAGE)


ACTS: dict[str, Callable[[Visit, str, Any], Awaitable[Response]]] = {
    "change": _change,
    "switch": _switch,
    "unlinking": _unlink,
}


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    return visit.render(
        "administration_providers.html",
        title="所属団体の認証",
        viewer=await visit.viewer(),
        problem=problem,
        is_changed=problem is None and visit.request.query_params.get("changed") == "yes",
        providers=(await visit.api.get(f"{await member_of(visit)}/identity-providers"))["items"],
        people=await visit.api.every_allowed("/people"),
    )
