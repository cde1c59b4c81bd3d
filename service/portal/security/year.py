"""One fiscal year of information security: its five steps, what they lack, and the acts that fill them."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from foundation.clock import JAPAN, SystemClock, fiscal_year
from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import NOT_FOUND, NOTHING_HERE, Visit, see, tried

PAGE = "/security"


async def show_present(visit: Visit) -> Response:
    """Send whoever comes to the year of today."""
    await visit.viewer()
    return see(f"{PAGE}/{fiscal_year(SystemClock().now().astimezone(JAPAN).date())}")


async def show(visit: Visit) -> Response:
    return await year_page(visit)


async def act(visit: Visit) -> Response:
    """Do one act of the year; a refusal is shown on its page."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    return await tried(found(visit, await home_of(visit), values), lambda problem: year_page(visit, problem))


async def home_of(visit: Visit) -> str:
    """Return where the API keeps the security of the viewer's member. Raises ApiProblem (404) where there is none."""
    ref = (await visit.viewer()).ref
    if ref is None:
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return f"/security/{ref}"


def year_of(visit: Visit) -> str:
    """Return the path's fiscal year. Raises ApiProblem (404) where it is none."""
    year = str(visit.request.path_params["year"])
    if not (year.isascii() and year.isdecimal()):
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return year


def back(visit: Visit) -> Response:
    return see(f"{PAGE}/{year_of(visit)}")


async def _state(visit: Visit, home: str, values: Any) -> Response:
    days = {name: forms.day(text(values, name)) for name in ("made_on", "revised_on", "revision_due_on")}
    words = {name: text(values, name) for name in ("stage", "kept_at", "note")}
    await visit.api.put(f"{home}/policy", forms.given(days | words))
    return back(visit)


async def _read(visit: Visit, home: str, _values: Any) -> Response:
    await visit.api.post(f"{home}/policy/readings", {})
    return back(visit)


async def _check(visit: Visit, home: str, values: Any) -> Response:
    title = text(values, "title")
    body = {"fiscal_year": int(year_of(visit)), "kind": "ad_hoc" if title else "yearly", "title": title}
    made = await visit.api.post(f"{home}/self-checks", forms.given(body))
    return see(f"{PAGE}/{year_of(visit)}/sheets/{made['id']}")


async def _audit(visit: Visit, home: str, values: Any) -> Response:
    return await _note(visit, home, values, "audit")


async def _review(visit: Visit, home: str, values: Any) -> Response:
    return await _note(visit, home, values, "review")


async def _note(visit: Visit, home: str, values: Any, what: str) -> Response:
    await visit.api.post(f"{home}/cycles/{year_of(visit)}/{what}", {"note": text(values, "note")})
    return back(visit)


async def _approve(visit: Visit, home: str, _values: Any) -> Response:
    await visit.api.post(f"{home}/cycles/{year_of(visit)}/review/approval", {})
    return back(visit)


async def _train(visit: Visit, home: str, values: Any) -> Response:
    body = {"training": text(values, "training") or "-"}
    await visit.api.post(f"{home}/cycles/{year_of(visit)}/trainings", body)
    return back(visit)


ACTS: dict[str, Callable[[Visit, str, Any], Awaitable[Response]]] = {
    "policy": _state,
    "policy-reading": _read,
    "self-check": _check,
    "audit": _audit,
    "review": _review,
    "approval": _approve,
    "training": _train,
}


async def year_page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    """Show the year, with what was refused on it."""
    viewer, home, year = await visit.viewer(), await home_of(visit), year_of(visit)
    cycle = await visit.api.get(f"{home}/cycles/{year}")
    findings = await visit.api.every(f"{home}/findings", fiscal_year=year)
    trainings = await visit.api.every_allowed("/trainings")
    return visit.render(
        "security.html",
        title=f"情報セキュリティ　{cycle['name']}",
        viewer=viewer,
        problem=problem,
        year=int(year),
        cycle=cycle,
        policy=await visit.api.get(f"{home}/policy"),
        sheets=(await visit.api.get(f"{home}/self-checks", fiscal_year=year))["items"],
        findings=findings,
        owners=await _owners(visit, cycle, findings),
        linked=[each["title"] for each in trainings if each["id"] in cycle["trainings"]],
        trainings=[(each["id"], each["title"]) for each in trainings if each["id"] not in cycle["trainings"]],
    )


async def _owners(visit: Visit, cycle: dict[str, Any], findings: list[dict[str, Any]]) -> dict[str, str]:
    """Return who may be named to put a finding right, by id.

    An auditor who is no contact may not list people, and chooses among those whom the year names.
    """
    people = await visit.api.every_allowed("/people")
    if people:
        return {each["id"]: each["name"] for each in people if each["is_active"]}
    did = {each["done_by"]: each["done_by_name"] for each in cycle["steps"] if each["done_by"]}
    return did | {each["owner"]: each["owner_name"] for each in findings}
