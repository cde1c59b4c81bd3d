"""The plan over all open requests of a group: what is to be asked, what is short and why, and what people decide."""

import uuid
from typing import Any

from starlette.responses import Response

from service.portal import forms, labels
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

RULES = {"pin": "この団体に照会する", "forbid": "この団体には照会しない", "priority": "要請の優先度を変えて計画する"}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def hold(visit: Visit) -> Response:
    return await tried(_hold(visit), lambda problem: _page(visit, problem))


async def add_rule(visit: Visit) -> Response:
    return await tried(_add_rule(visit), lambda problem: _page(visit, problem))


async def end_rule(visit: Visit) -> Response:
    return await tried(_end_rule(visit), lambda problem: _page(visit, problem))


async def _hold(visit: Visit) -> Response:
    values = await visit.form()
    body = {"is_held": text(values, "is_held") == "yes", "reason": text(values, "reason")}
    await visit.api.put(f"{_api_path(visit)}/hold", body)
    return see(_path(visit))


async def _add_rule(visit: Visit) -> Response:
    values = await visit.form()
    request, _, line = text(values, "line").partition("/")
    kind = text(values, "kind")
    chosen = (
        {"priority": forms.number(text(values, "priority"))}
        if kind == "priority"
        else {
            "line": line,
            "member": forms.half_width(text(values, "member")),
            "quantity": forms.number(text(values, "quantity")) if kind == "pin" else None,
        }
    )
    body = forms.given({"kind": kind, "reason": text(values, "reason"), **chosen})
    await visit.api.post(f"/requests/{_known(request)}/plan-rules", body, key=text(values, "key") or None)
    return see(_path(visit))


async def _end_rule(visit: Visit) -> Response:
    await visit.form()
    await visit.api.delete(f"/requests/{visit.ref('request')}/plan-rules/{visit.ref('rule')}")
    return see(_path(visit))


async def _page(visit: Visit, problem: ApiProblem | None = None) -> Response:
    viewer = await visit.viewer()
    plan = await visit.api.get(_api_path(visit))
    incident = await visit.api.get(f"/incidents/{visit.ref('incident')}")
    numbers = {line["request"]: line["number"] for line in plan["lines"]}
    lines = {line["line"]: line for line in plan["lines"]}
    return visit.render(
        "plan.html",
        title=f"計画　{incident['name']}",
        problem=problem,
        viewer=viewer,
        incident=incident,
        plan=plan,
        short=[line for line in plan["lines"] if line["short"]],
        rules=[
            {**rule, "number": numbers.get(rule["request"], ""), "of": lines.get(rule["line"])}
            for rule in plan["rules"]
        ],
        kinds=list(RULES.items()),
        priorities=list(labels.PRIORITIES.items()),
        members=await _partners(visit, plan),
        here=_path(visit),
        key=uuid.uuid4().hex,
    )


async def _partners(visit: Visit, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return whom a rule may name, for who decides."""
    if not plan["may_decide"]:
        return []
    members = await visit.api.every(f"/groups/{plan['group']}/members")
    return [each for each in members if each["status"] == "signed"]


def _path(visit: Visit) -> str:
    return f"/incidents/{visit.ref('incident')}/plan/{visit.ref('group')}"


def _api_path(visit: Visit) -> str:
    return f"/incidents/{visit.ref('incident')}/groups/{visit.ref('group')}/plan"


def _known(request: str) -> str:
    """Return a request's id as it may stand in a path; one that can't be an id names nothing."""
    return request if request.replace("-", "").isalnum() and request.isascii() else "0"
