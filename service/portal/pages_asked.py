"""Messages that wait for a person: what came in, what could be read, and the way to the request form."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from foundation.clock import JAPAN
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

PAGE = "/asked"


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def resolve(visit: Visit) -> Response:
    """Note what was done about a message."""
    values = await visit.form()
    done = _resolved(visit, text(values, "note"))
    return await tried(done, lambda problem: _page(visit, problem.said, status=problem.status))


async def _resolved(visit: Visit, note: str) -> Response:
    await visit.api.post(f"/inbound/{visit.ref('message')}/resolution", {"note": note})
    return see(PAGE)


async def _page(visit: Visit, note: str, *, status: int = 200) -> Response:
    viewer = await visit.viewer()
    page = await visit.api.get("/asked-messages", cursor=visit.request.query_params.get("cursor"))
    incidents = [each for each in await visit.api.every("/incidents") if each["status"] == "open"]
    return visit.render(
        "asked.html",
        title="確認を待つ着信",
        status=status,
        viewer=viewer,
        items=[(each, _ways(each, incidents)) for each in page["items"]],
        next=page["next"],
        note=note,
    )


def _ways(item: dict[str, Any], incidents: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return for each open incident its name and the address of the form with what could be read."""
    given = {"requester": item["requester"], "place": item["place"], "needed_by": _local(item["needed_by"])}
    for row, line in enumerate(item["lines"], 1):
        given |= {f"kind-{row}": line["kind"], f"quantity-{row}": str(line["quantity"])}
    query = urlencode({name: value for name, value in given.items() if value})
    return [(each["name"], f"/incidents/{each['id']}/ask?{query}") for each in incidents]


def _local(instant: str | None) -> str | None:
    """Return an instant as a form's field shows it."""
    return datetime.fromisoformat(instant).astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M") if instant else None
