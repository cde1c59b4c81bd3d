"""The record of one's own member, for those whom it trusts with it."""

from urllib.parse import urlencode

from starlette.responses import Response

from service.portal.forms import given, half_width, instant
from service.portal.visit import Visit, handed_over


async def show(visit: Visit) -> Response:
    viewer = await visit.viewer()
    asked = {name: visit.request.query_params.get(name, "").strip() for name in ("act", "from", "until")}
    query = given({"act": half_width(asked["act"]), "from": instant(asked["from"]), "until": instant(asked["until"])})
    page = await visit.api.get("/audit", **query, cursor=visit.request.query_params.get("cursor"))
    return visit.render(
        "record_of_acts.html",
        title="監査記録",
        viewer=viewer,
        rows=page["items"],
        asked=asked,
        onward=urlencode(given(asked) | {"cursor": page["next"]}) if page["next"] else "",
        query=urlencode(query),
    )


async def take_out(visit: Visit) -> Response:
    """Hand over the record as CSV."""
    await visit.viewer()
    query = {name: visit.request.query_params.get(name) for name in ("act", "from", "until")}
    return handed_over(await visit.api.download("/audit/export", **query))
