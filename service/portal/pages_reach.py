"""Who a request has reached, the telephone list for the others, and the calls that people make."""

import uuid
from typing import Any

from starlette.responses import Response

from service.portal import forms, labels
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

CALLED = ("calling", "reached", "no_answer", "will_call_back", "said_yes", "said_no")


async def reached(visit: Visit, request: str) -> tuple[list[dict[str, Any]], list[tuple[str, int]]]:
    """Return the partners that were asked, whom to telephone first, and how many are in which state."""
    pages = await visit.api.pages(f"/requests/{request}/reach")
    counts = pages[0]["counts"]
    return [each for page in pages for each in page["items"]], [(each, counts[each]) for each in labels.STANDINGS]


async def show_telephone_list(visit: Visit) -> Response:
    return await _list(visit)


async def record_call(visit: Visit) -> Response:
    return await tried(_record(visit), lambda problem: _list(visit, problem))


async def receive(visit: Visit) -> Response:
    """Say for one's own member that the request was received; what is refused is a page of its own."""
    viewer = await visit.viewer()
    await visit.form()
    request = visit.ref("request")
    await visit.api.post(f"/requests/{request}/receipt", {"municipality": viewer.ref})
    return see(f"/requests/{request}/answer")


async def _record(visit: Visit) -> Response:
    values = await visit.form()
    request, member = visit.ref("request"), visit.ref("member")
    body = forms.given({"outcome": text(values, "outcome"), "note": text(values, "note")})
    path = f"/requests/{request}/telephone-list"
    await visit.api.post(f"{path}/{member}/calls", body, key=text(values, "key") or None)
    if text(values, "outcome") in {"said_yes", "said_no"} and await _may_answer_for_others(visit, request):
        return see(f"/requests/{request}/answer?for={member}")
    cursor = text(values, "cursor")
    return see(f"{path}?cursor={cursor}" if cursor.isdecimal() else path)


async def _may_answer_for_others(visit: Visit, request: str) -> bool:
    viewer = await visit.viewer()
    return viewer.leads((await visit.api.get(f"/requests/{request}"))["group"])


async def _list(visit: Visit, problem: ApiProblem | None = None) -> Response:
    viewer = await visit.viewer()
    path = f"/requests/{visit.ref('request')}"
    request = await visit.api.get(path)
    cursor = visit.request.query_params.get("cursor", "")
    found = await visit.api.get(f"{path}/telephone-list", cursor=cursor)
    return visit.render(
        "telephone_list.html",
        title=f"電話連絡の一覧　{request['requester_name']}　{request['number']}",
        problem=problem,
        viewer=viewer,
        request=request,
        found=found,
        cursor=cursor,
        outcomes=[(each, labels.CALLS[each]) for each in CALLED],
        may_answer=viewer.leads(request["group"]),
        key=uuid.uuid4().hex,
    )
