"""Reading an inventory: one's own, or another member's for a group and a purpose, under the reader's watermark."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.inventory import shapes
from service.portal.session import Viewer
from service.portal.visit import MEGABYTE, NOT_FOUND, NOTHING_HERE, REF, Visit, see

KILOBYTE = 1024
CODE = re.compile(r"[0-9A-Za-z-]{1,36}")
READING = ("group", "purpose", "incident", "access")
"""What stands in the address of another member's page: never a reason in a person's own words."""
PURPOSES = {"planning": "検討", "drill": "訓練", "incident": "災害", "emergency": "緊急閲覧"}
CHOSEN = ("planning", "drill", "incident")
"""The purposes that a reader may choose: an emergency access brings its own."""


async def show_own(visit: Visit) -> Response:
    """Send whoever has a member to its inventory."""
    viewer = await visit.viewer()
    return see(f"/inventory/{viewer.ref}" if viewer.ref else "/inventory-of-others")


async def show_all(visit: Visit) -> Response:
    """Show an inventory kind by kind."""
    viewer = await visit.viewer()
    code = code_in(visit)
    kinds = await shapes.kinds(visit)
    first, records = await _records(visit, code)
    access = await _access(visit)
    owner = access["owner_name"] if access else None
    return visit.render(
        "inventory.html",
        title="自団体の台帳" if is_own(viewer, code) else f"{owner or await _name_of(visit, code)}の台帳",
        viewer=viewer,
        code=code,
        is_own=is_own(viewer, code),
        query=reading_of(visit),
        kinds=[(kind, [each for each in records if each["kind"] == key]) for key, kind in kinds.items()],
        lacking=first["lacking"],
        watermark=first.get("watermark"),
        access=access,
        shown=shapes.shown,
    )


async def show_one(visit: Visit) -> Response:
    """Show a record with its history and what is attached to it."""
    return await page_of(visit)


async def page_of(visit: Visit, problem: ApiProblem | None = None) -> Response:
    """Show a record, with what was refused on it."""
    viewer = await visit.viewer()
    code, query = code_in(visit), _asked(visit)
    path = f"/inventory/{code}/records/{visit.ref('record')}"
    record = await visit.api.get(path, **query)
    kinds = await shapes.kinds(visit)
    revisions = (await visit.api.get(f"{path}/revisions", **query))["items"] if is_own(viewer, code) else []
    return visit.render(
        "record.html",
        title=record["name"] or kinds[record["kind"]]["label"],
        viewer=viewer,
        code=code,
        is_own=is_own(viewer, code),
        query=reading_of(visit),
        kind=kinds[record["kind"]],
        record=record,
        rows=shapes.shown(kinds[record["kind"]], record["fields"]),
        revisions=revisions[::-1],
        watermark=record.get("watermark"),
        problem=problem,
        access=await _access(visit),
        attachments=await _attachments(visit, path, query),
        retired=await _attachments(visit, path, {"is_retired": "true"}) if is_own(viewer, code) else [],
        size=_size,
    )


def code_in(visit: Visit) -> str:
    """Return the member in the path. Raises ApiProblem (404) where it can't be one."""
    code = str(visit.request.path_params["code"])
    if not CODE.fullmatch(code):
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return code


def is_own(viewer: Viewer, code: str) -> bool:
    """Tell whether an inventory is the viewer's own member's."""
    return code in {viewer.municipality, viewer.member}


def reading_of(visit: Visit) -> str:
    """Return what the addresses of another member's pages carry on, as a query string with its mark."""
    given = {name: value for name, value in _asked(visit).items() if value}
    return "?" + urlencode(given) if given else ""


def _asked(visit: Visit) -> Mapping[str, str | None]:
    return {name: visit.request.query_params.get(name) for name in READING}


async def _access(visit: Visit) -> dict[str, Any] | None:
    """Return the emergency access by which the visitor reads, if any."""
    named = _asked(visit)["access"]
    if not named:
        return None
    if not REF.fullmatch(named):
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    found: dict[str, Any] = await visit.api.get(f"/emergency-accesses/{named}")
    return found


async def _name_of(visit: Visit, code: str) -> str:
    """Return the name of another member, for the group that its inventory is read for."""
    group = str(_asked(visit)["group"])
    if not REF.fullmatch(group):
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    member = await visit.api.get(f"/groups/{group}/members/{code}")
    return str(member["name"])


async def _attachments(visit: Visit, path: str, query: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Return what is attached to a record: nothing for a reader who sees no more than can be lent."""
    try:
        return list((await visit.api.get(f"{path}/attachments", **query))["items"])
    except ApiProblem as problem:
        if problem.status != NOT_FOUND:
            raise
        return []


def _size(count: int) -> str:
    """Show a number of bytes: 812KB, 3.4MB."""
    return f"{count / MEGABYTE:.1f}MB" if count >= MEGABYTE else f"{max(1, round(count / KILOBYTE))}KB"


async def _records(visit: Visit, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the first page and the records of all; each page was a reading with a number of its own."""
    pages: list[dict[str, Any]] = await visit.api.pages(f"/inventory/{code}/records", **_asked(visit))
    first, marks = pages[0], [page["watermark"] for page in pages if page["watermark"]]
    if marks:
        first["watermark"]["number"] = "、".join(mark["number"] for mark in marks)
    return first, [record for page in pages for record in page["items"]]
