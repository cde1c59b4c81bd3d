"""Keeping one's own inventory: new records, changes, "checked, no change", retirement."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.forms import Refused, text
from service.portal.inventory import shapes
from service.portal.inventory.reading import code_in
from service.portal.inventory.shapes import Kind
from service.portal.visit import NOT_FOUND, NOTHING_HERE, Visit, see

ACTS = {"checks", "retirement", "restoration"}


async def show_new(visit: Visit) -> Response:
    return await _form(visit, await _kind(visit), {}, None)


async def create(visit: Visit) -> Response:
    values, kind = await visit.form(), await _kind(visit)
    code = code_in(visit)
    body = {"kind": kind["kind"], **_body(kind, values)}
    body["fields"] = {name: value for name, value in body["fields"].items() if value is not None}
    try:
        made = await visit.api.post(f"/inventory/{code}/records", body)
    except ApiProblem as problem:
        return await _form(visit, kind, values, None, refused=problem)
    return see(f"/inventory/{code}/records/{made['id']}")


async def show_change(visit: Visit) -> Response:
    record = await _record(visit)
    kind = (await shapes.kinds(visit))[record["kind"]]
    values = shapes.typed(kind, record["fields"]) | {"is_withheld": "yes" if record["is_withheld"] else ""}
    return await _form(visit, kind, values, record)


async def change(visit: Visit) -> Response:
    values, record = await visit.form(), await _record(visit)
    kind = (await shapes.kinds(visit))[record["kind"]]
    path = _path(visit)
    try:
        await visit.api.patch(path, _body(kind, values), version=text(values, "version") or str(record["version"]))
    except ApiProblem as problem:
        return await _form(visit, kind, values, record, refused=problem)
    return see(path)


async def act(visit: Visit) -> Response:
    """Check, retire or restore a record."""
    wanted = visit.act_in(ACTS)
    values = await visit.form()
    await visit.api.post(f"{_path(visit)}/{wanted}", {"note": text(values, "note") or None})
    return see(_path(visit))


async def check_all(visit: Visit) -> Response:
    """Say that the whole inventory is true as it stands."""
    code = code_in(visit)
    await visit.api.post(f"/inventory/{code}/checks", {})
    return see(f"/inventory/{code}")


def _body(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fields": shapes.read(kind, values),
        "is_withheld": text(values, "is_withheld") == "yes",
        "note": text(values, "note") or None,
    }


def _path(visit: Visit) -> str:
    return f"/inventory/{code_in(visit)}/records/{visit.ref('record')}"


async def _record(visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = await visit.api.get(_path(visit))
    return found


async def _kind(visit: Visit) -> Kind:
    found = (await shapes.kinds(visit)).get(str(visit.request.path_params["kind"]))
    if found is None:
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return found


async def _form(
    visit: Visit,
    kind: Kind,
    values: Mapping[str, Any] | FormData,
    record: dict[str, Any] | None,
    *,
    refused: ApiProblem | None = None,
) -> Response:
    return visit.render(
        "record_form.html",
        title=f"{kind['label']}の{'変更' if record else '登録'}",
        status=refused.status if refused else 200,
        viewer=await visit.viewer(),
        code=code_in(visit),
        kind=kind,
        record=record,
        values=values,
        refused=Refused.of(refused, shapes.pointers(kind)) if refused else None,
    )
