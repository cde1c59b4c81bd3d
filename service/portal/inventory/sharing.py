"""Whose inventory one may read, who may read one's own, and who did."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.inventory import shapes
from service.portal.inventory.reading import CHOSEN, PURPOSES, code_in
from service.portal.visit import FORBIDDEN, Visit, see, tried

TAKEN_OUT = {"pdf": "PDF で取り出した", "xlsx": "Excel で取り出した", "attachment": "添付ファイルを開いた"}
"""Ways of reading by which a file left."""
NO_FIELDS = {"attachments": "添付ファイル"}
"""What stands among the names of fields, and is none of a kind's."""


async def show_others(visit: Visit) -> Response:
    """Let a reader choose whose inventory, for which group and purpose."""
    viewer = await visit.viewer()
    mine = {each["group"] for each in viewer.memberships}
    groups = [
        each for each in await visit.api.every("/groups") if each["id"] in mine and each["status"] == "in_force"
    ]
    members = await asyncio.gather(*(visit.api.every(f"/groups/{each['id']}/members") for each in groups))
    choices = [
        (group, [each for each in row if not each["left_on"] and each["member"] != viewer.member])
        for group, row in zip(groups, members, strict=True)
    ]
    incidents = [each for each in await visit.api.every("/incidents") if each["status"] == "open"]
    return visit.render(
        "inventory_others.html",
        title="ほかの団体の台帳",
        viewer=viewer,
        groups=choices,
        purposes=[(each, PURPOSES[each]) for each in CHOSEN],
        incidents=incidents,
    )


async def open_other(visit: Visit) -> Response:
    """Go to the inventory that was chosen."""
    values = await visit.form()
    group, _, code = text(values, "member").partition("/")
    purpose = text(values, "purpose")
    query = {"group": group, "purpose": purpose}
    if purpose == "incident":
        query["incident"] = text(values, "incident")
    return see(f"/inventory/{code or '-'}?{urlencode(query)}")


async def show_readers(visit: Visit) -> Response:
    """Show who looked at one's inventory, and to which groups it is open."""
    return await _readers(visit)


async def _readers(visit: Visit, problem: ApiProblem | None = None) -> Response:
    code = code_in(visit)
    page = await visit.api.get(f"/inventory/{code}/disclosures", cursor=visit.request.query_params.get("cursor"))
    return visit.render(
        "inventory_readers.html",
        title="台帳を見た人",
        viewer=await visit.viewer(),
        code=code,
        sharing=(await visit.api.get(f"/inventory/{code}/sharing"))["items"],
        emergencies=await _emergencies(visit, code),
        problem=problem,
        readings=page["items"],
        next=page["next"],
        kinds=await shapes.kinds(visit),
        labels_of=_labels,
        purposes=PURPOSES,
        ways=TAKEN_OUT,
    )


async def share(visit: Visit) -> Response:
    """Open or shut one's inventory in a group."""
    values, code = await visit.form(), code_in(visit)
    body = {"is_shared": text(values, "is_shared") == "yes"}
    await visit.api.put(f"/inventory/{code}/sharing/{text(values, 'group') or '-'}", body)
    return see(f"/inventory/{code}/readers")


async def allow(visit: Visit) -> Response:
    """Say whether one's inventory may be read in an emergency."""
    return await tried(_allow(visit), lambda problem: _readers(visit, problem))


async def _allow(visit: Visit) -> Response:
    values, code = await visit.form(), code_in(visit)
    body = {"is_allowed": text(values, "is_allowed") == "yes"}
    await visit.api.put(f"/inventory/{code}/emergency-permissions/{text(values, 'group') or '-'}", body)
    return see(f"/inventory/{code}/readers")


async def _emergencies(visit: Visit, code: str) -> list[dict[str, Any]]:
    """Return in which groups one's inventory may be read in an emergency, for those who may say so."""
    try:
        return list((await visit.api.get(f"/inventory/{code}/emergency-permissions"))["items"])
    except ApiProblem as problem:
        if problem.status != FORBIDDEN:
            raise
        return []


def _labels(kind: dict[str, Any], names: list[str]) -> str:
    known = {**NO_FIELDS, **{each["name"]: each["label"] for each in kind["fields"]}}
    return "、".join(known.get(name, name) for name in names)
