"""Files in and out of one's own inventory: first what would become of each row, then the taking in."""

import base64
from typing import Any

from starlette.responses import Response

from service.portal.forms import text
from service.portal.inventory import shapes
from service.portal.inventory.reading import code_in
from service.portal.visit import Visit, handed_over

OUTCOMES = {"created": "新しく登録", "changed": "変更", "same": "変更なし", "wrong": "誤り"}


async def show(visit: Visit) -> Response:
    return await _page(visit, None, "", "")


async def take_in(visit: Visit) -> Response:
    """Show what a file would do; with its content sent back, do it."""
    values = await visit.form(files=1)
    content, kind = text(values, "content"), text(values, "kind")
    given = values.get("file")
    if not content and given is not None and not isinstance(given, str):
        content = base64.b64encode(await given.read()).decode()
    body = {
        "kind": kind,
        "content": content or "-",
        "is_preview": "write" not in values,
        "only_right": text(values, "write") == "right",
    }
    answer = await visit.api.post(f"/inventory/{code_in(visit)}/imports", body)
    return await _page(visit, answer, content, kind)


async def take_out(visit: Visit) -> Response:
    """Hand over a file of one kind."""
    query = {name: visit.request.query_params.get(name) for name in ("kind", "encoding")}
    answer = await visit.api.download(f"/inventory/{code_in(visit)}/export", **query)
    return handed_over(answer)


async def _page(visit: Visit, answer: dict[str, Any] | None, content: str, kind: str) -> Response:
    return visit.render(
        "record_files.html",
        title="台帳のファイル入出力",
        viewer=await visit.viewer(),
        code=code_in(visit),
        kinds=await shapes.kinds(visit),
        kind=kind,
        content=content,
        answer=answer,
        outcomes=OUTCOMES,
    )
