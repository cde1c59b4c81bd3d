"""Who could help with a request, and why they rank there."""

from typing import Any

from starlette.responses import Response

from service.portal.visit import Visit


async def show_matches(visit: Visit) -> Response:
    viewer = await visit.viewer()
    path = f"/requests/{visit.ref('request')}"
    request = await visit.api.get(path)
    query = visit.request.query_params
    matches = await visit.api.get(f"{path}/matches", line=query.get("line"), cursor=query.get("cursor"))
    by_id = {line["id"]: line for line in request["lines"]}
    return visit.render(
        "matches.html",
        title=f"応援できる団体　{request['requester_name']}　{request['number']}",
        viewer=viewer,
        request=request,
        lines=[_line(line, by_id) for line in matches["lines"]],
    )


def _line(line: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    asked = by_id[line["line"]]
    return {**line, "name_ja": asked["name_ja"], "unit": asked["unit"]}
