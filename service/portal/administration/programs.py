"""The member's programs: let in with a secret that is shown once, given another, switched off."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from service.portal import forms
from service.portal.administration.people import member_of
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

PAGE = "/administration/programs"
SCOPES = {
    "inventory.read": "台帳と応援できるものを読む",
    "inventory.write": "台帳と応援できるものを変更する",
    "people.read": "担当者と連絡先を読む",
    "aid.read": "災害・グループ・応援要請を読む",
}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def register(visit: Visit) -> Response:
    return await tried(_register(visit), lambda problem: _page(visit, problem))


async def act(visit: Visit) -> Response:
    """Give a program another secret, or switch it on or off."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    path = f"/clients/{visit.ref('program')}"
    return await tried(found(visit, path, values), lambda problem: _page(visit, problem))


async def _register(visit: Visit) -> Response:
    values = await visit.form()
    body = {
        "name": text(values, "name"),
        "scopes": [scope for scope in SCOPES if text(values, scope) == "yes"],
        "responsible": text(values, "responsible"),
        "ends_at": forms.instant(text(values, "ends_at")),
    }
    made = await visit.api.post(f"{await member_of(visit)}/clients", forms.given(body))
    return await _shown_once(visit, made)


async def _rotate(visit: Visit, path: str, values: Any) -> Response:
    body = {"ends_former_now": text(values, "ends_former_now") == "yes"}
    return await _shown_once(visit, await visit.api.post(f"{path}/secret", body))


async def _switch(visit: Visit, path: str, values: Any) -> Response:
    await visit.api.patch(path, {"is_enabled": text(values, "is_enabled") == "yes"})
    return see(PAGE)


ACTS: dict[str, Callable[[Visit, str, Any], Awaitable[Response]]] = {"secret": _rotate, "switch": _switch}


async def _shown_once(visit: Visit, made: dict[str, Any]) -> Response:
    return visit.render(
        "shown_once.html",
        title="連携プログラムの秘密",
        viewer=await visit.viewer(),
        rows=[("プログラム", made["name"]), ("client_id", made["id"]), ("client_secret", made["secret"])],
        onward=PAGE,
    )


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    people = await visit.api.every_allowed("/people")
    return visit.render(
        "administration_programs.html",
        title="連携プログラム",
        viewer=await visit.viewer(),
        problem=problem,
        programs=(await visit.api.get(f"{await member_of(visit)}/clients"))["items"],
        people=[each for each in people if each["is_active"]],
        names={each["id"]: each["name"] for each in people},
        scopes=SCOPES,
    )
