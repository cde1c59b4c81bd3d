"""The request form."""

import asyncio
import uuid
from itertools import groupby
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import Refused, text
from service.portal.session import Viewer
from service.portal.visit import FAILED, Visit, see

ROWS = range(1, 9)
FOLDED = 4
"""From this row on they are shown when wanted: most requests need three kinds of thing or fewer."""
CONFLICT = 409
SINGLE = ("group", "requester", "priority", "needed_by", "place", "reason", "contact_phone")


async def show_form(visit: Visit) -> Response:
    """Show the form, with what a link has filled in of a message that somebody looks at."""
    known = {*SINGLE, *(f"{name}-{row}" for row in ROWS for name in ("kind", "quantity"))}
    given = [(name, value) for name, value in visit.request.query_params.multi_items() if name in known]
    return await _form(visit, await visit.viewer(), FormData(dict(given)))


async def file(visit: Visit) -> Response:
    viewer = await visit.viewer()
    values = await visit.form()
    if text(values, "suggest"):
        return await _form(visit, viewer, await _suggested(visit, values), key=text(values, "key"))
    lines, names = _lines(values)
    body = _body(visit.ref("incident"), viewer, values, lines)
    try:
        filed = await visit.api.post("/requests", body, key=text(values, "key") or None)
    except ApiProblem as problem:
        # Where the same form may have been filed all the same, its key is kept so that it counts once
        key = text(values, "key") if problem.status == CONFLICT or problem.status >= FAILED else ""
        return await _form(visit, viewer, values, refused=Refused.of(problem, names), status=problem.status, key=key)
    return see(f"/requests/{filed['id']}")


async def _suggested(visit: Visit, values: FormData) -> FormData:
    """Write what the chosen missions suggest into free rows, to be changed; what finds no room stays chosen."""
    missions = {each["key"]: each["lines"] for each in (await visit.api.get("/missions"))["items"]}
    filled = {name: value for name, value in values.multi_items() if name not in {"mission", "suggest"}}
    free = [row for row in ROWS if not text(values, f"kind-{row}") and not text(values, f"quantity-{row}")]
    left: list[tuple[str, Any]] = []
    for mission in values.getlist("mission"):
        lines = missions.get(mission, [])
        if not lines or len(lines) > len(free):
            left.append(("mission", mission))
            continue
        for line in lines:
            row = free.pop(0)
            filled |= {f"kind-{row}": line["kind"], f"quantity-{row}": str(line["quantity"])}
    return FormData([*filled.items(), *left])


def _body(incident: str, viewer: Viewer, values: FormData, lines: list[dict[str, Any]]) -> dict[str, Any]:
    requester = text(values, "requester") or viewer.ref
    return forms.given(
        {
            "incident": incident,
            "group": text(values, "group"),
            "requester": requester,
            "lines": lines,
            "priority": forms.number(text(values, "priority")),
            "needed_by": forms.instant(text(values, "needed_by")),
            "place": text(values, "place"),
            "reason": text(values, "reason"),
            "contact_phone": forms.half_width(text(values, "contact_phone")),
            "via": "portal" if requester == viewer.ref else "proxy",
        }
    )


def _lines(values: FormData) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the lines that were filled in, and the field that each pointer of the API means."""
    lines: list[dict[str, Any]] = []
    names = {f"/{name}": name for name in SINGLE} | {"/lines": f"kind-{ROWS[0]}"}
    for row in ROWS:
        line = forms.given({"kind": text(values, f"kind-{row}"), "quantity": _quantity(values, row)})
        if line:
            at = f"/lines/{len(lines)}"
            names |= {at: f"kind-{row}", f"{at}/kind": f"kind-{row}", f"{at}/quantity": f"quantity-{row}"}
            lines.append(line)
    for mission in values.getlist("mission"):
        names |= {f"/lines/{len(lines)}/mission": "missions"}
        lines.append({"mission": mission})
    return lines, names


def _quantity(values: FormData, row: int) -> int | str | None:
    return forms.number(text(values, f"quantity-{row}"))


async def _form(
    visit: Visit,
    viewer: Viewer,
    values: FormData,
    *,
    refused: Refused | None = None,
    status: int = 200,
    key: str = "",
) -> Response:
    incident = await visit.api.get(f"/incidents/{visit.ref('incident')}")
    groups = await _groups(visit, viewer)
    catalogue = (await visit.api.get("/catalogue"))["items"]
    missions = (await visit.api.get("/missions"))["items"]
    return visit.render(
        "ask.html",
        title=f"応援の要請　{incident['name']}",
        status=status,
        viewer=viewer,
        incident=incident,
        groups=groups,
        group_options=[(each["id"], each["name"]) for each in groups],
        catalogue=[(category, list(kinds)) for category, kinds in groupby(catalogue, lambda kind: kind["category"])],
        missions=[{**each, "said": _said(each["lines"], catalogue)} for each in missions],
        chosen=values.getlist("mission"),
        rows=ROWS,
        folded=FOLDED,
        is_unfolded=any(
            text(values, f"kind-{row}") or text(values, f"quantity-{row}") for row in range(FOLDED, ROWS.stop)
        ),
        values=values,
        refused=refused,
        key=key or uuid.uuid4().hex,
    )


def _said(lines: list[dict[str, Any]], catalogue: list[dict[str, Any]]) -> str:
    """Put a mission's lines into words: 証明書発行の職員2人、パソコン4台."""
    kinds = {each["kind"]: each for each in catalogue}
    known = [(kinds[line["kind"]], line["quantity"]) for line in lines if line["kind"] in kinds]
    return "、".join(f"{kind['name_ja']}{quantity}{kind['unit']}" for kind, quantity in known)


async def _groups(visit: Visit, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the viewer's groups in force, each with the members for which one may ask."""
    mine = {each["group"] for each in viewer.memberships}
    found = [each for each in await visit.api.every("/groups") if each["id"] in mine and each["status"] == "in_force"]
    members = await asyncio.gather(*(visit.api.every(f"/groups/{each['id']}/members") for each in found))
    return [
        {"id": group["id"], "name": group["name"], "members": [_option(each) for each in row if not each["left_on"]]}
        for group, row in zip(found, members, strict=True)
    ]


def _option(member: dict[str, Any]) -> dict[str, str]:
    return {
        "ref": member["municipality"] or member["member"],
        "name": f"{member['prefecture'] or ''}{member['name']}",
    }
