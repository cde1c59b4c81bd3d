"""Findings of the audit on the year's page: raised, put right, accepted or given back."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.security.year import back, home_of, year_of, year_page
from service.portal.visit import NOT_FOUND, NOTHING_HERE, Visit, tried

BODIES: dict[str, Callable[[Any], dict[str, str]]] = {
    "completion": lambda values: {name: text(values, name) for name in ("note", "evidence")},
    "acceptance": lambda _values: {},
    "return": lambda values: {"note": text(values, "note")},
}


async def raise_one(visit: Visit) -> Response:
    values = await visit.form()
    body = {
        "fiscal_year": int(year_of(visit)),
        "text": text(values, "text"),
        "severity": text(values, "severity"),
        "owner": text(values, "owner"),
        "due_on": forms.day(text(values, "due_on")) or "",
    }
    return await tried(_post(visit, "", body), lambda problem: year_page(visit, problem))


async def act(visit: Visit) -> Response:
    """Report a finding as put right, accept that, or give it back."""
    wanted = str(visit.request.path_params["act"])
    if wanted not in BODIES:
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    body = BODIES[wanted](await visit.form())
    path = f"/{visit.ref('finding')}/{wanted}"
    return await tried(_post(visit, path, body), lambda problem: year_page(visit, problem))


async def _post(visit: Visit, path: str, body: dict[str, Any]) -> Response:
    await visit.api.post(f"{await home_of(visit)}/findings{path}", body)
    return back(visit)
