"""One request: its lines, its offers and their acceptance, who was told, and its end."""

import uuid
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from service.portal import forms, pages_reach
from service.portal.client import ApiProblem
from service.portal.forms import Refused, text
from service.portal.session import Viewer
from service.portal.visit import Visit, see

LIVING = {"unverified", "open", "covered"}
ACCEPTABLE = {"offered", "provisional"}
NOTHING_CHOSEN = "決定する数を1以上で入力してください。"
INVALID = 422


async def show_request(visit: Visit) -> Response:
    return await _request(visit)


async def accept(visit: Visit) -> Response:
    values = await visit.form()
    offer = visit.ref("offer")
    places = [place for place in range(1, len(values) + 1) if text(values, f"line-{place}")]
    wanted = [(place, forms.number(text(values, f"quantity-{place}"))) for place in places]
    # An acceptance without lines means all of it, which nobody says by emptying the fields
    lines = [
        {"line": text(values, f"line-{place}"), "quantity": quantity}
        for place, quantity in wanted
        if quantity not in {None, 0}
    ]
    named = [place for place, quantity in wanted if quantity not in {None, 0}]
    names = {f"/lines/{index}/quantity": f"{offer}-{place}" for index, place in enumerate(named)}
    if not lines:
        return await _request(visit, Refused(NOTHING_CHOSEN), INVALID)
    typed = {f"{offer}-{place}": text(values, f"quantity-{place}") for place in places}
    return await _act(visit, f"/offers/{offer}/acceptance", {"lines": lines}, values, names, typed)


async def withdraw(visit: Visit) -> Response:
    values = await visit.form()
    path = f"/offers/{visit.ref('offer')}/withdrawal"
    return await _act(visit, path, {"reason": text(values, "reason")}, values, {})


async def confirm(visit: Visit) -> Response:
    values = await visit.form()
    viewer = await visit.viewer()
    request = await visit.api.get(f"/requests/{visit.ref('request')}")
    how = "member" if viewer.member == request["member"] else "call_back"
    return await _act(visit, f"/requests/{request['id']}/confirmation", {"how": how}, values, {})


async def cancel(visit: Visit) -> Response:
    return await _end(visit, "cancellation")


async def close(visit: Visit) -> Response:
    return await _end(visit, "closure")


async def _end(visit: Visit, act: str) -> Response:
    values = await visit.form()
    path = f"/requests/{visit.ref('request')}/{act}"
    return await _act(visit, path, {"reason": text(values, "reason")}, values, {"/reason": act})


async def _act(
    visit: Visit,
    path: str,
    body: dict[str, Any],
    values: FormData,
    names: dict[str, str],
    typed: dict[str, str] | None = None,
) -> Response:
    """Do something to the request and show it again; what is refused is shown on top of it."""
    try:
        await visit.api.post(path, body, key=text(values, "key") or None)
    except ApiProblem as problem:
        return await _request(visit, Refused.of(problem, names), problem.status, typed or {})
    return see(f"/requests/{visit.ref('request')}")


async def _request(
    visit: Visit, refused: Refused | None = None, status: int = 200, typed: dict[str, str] | None = None
) -> Response:
    viewer = await visit.viewer()
    path = f"/requests/{visit.ref('request')}"
    request = await visit.api.get(path)
    offers = await visit.api.every(f"{path}/offers")
    told, told_counts = await pages_reach.reached(visit, request["id"])
    may_decide = _may_decide(viewer, request)
    return visit.render(
        "request.html",
        title=f"{request['requester_name']}の応援要請　{request['number']}",
        status=status,
        viewer=viewer,
        incident=await visit.api.get(f"/incidents/{request['incident']}"),
        request=request,
        offers=[_offer(offer, request, may_decide=may_decide, typed=typed or {}) for offer in offers],
        told=told,
        told_counts=told_counts,
        is_requester=viewer.member == request["member"],
        is_partner=viewer.member is not None and viewer.member != request["member"],
        is_open=request["status"] in LIVING,
        may_telephone=may_decide,
        may_end=may_decide and request["status"] in LIVING,
        refused=refused,
        key=uuid.uuid4().hex,
    )


def _may_decide(viewer: Viewer, request: dict[str, Any]) -> bool:
    return viewer.member == request["member"] or viewer.leads(request["group"])


def _offer(
    offer: dict[str, Any], request: dict[str, Any], *, may_decide: bool, typed: dict[str, str]
) -> dict[str, Any]:
    """Return an offer with its lines in words, and how many of each one would accept."""
    lines = [_offer_line(offer, place, line, request, typed) for place, line in enumerate(offer["lines"], 1)]
    is_open = request["status"] in LIVING and offer["status"] in ACCEPTABLE
    return {**offer, "lines": lines, "may_accept": may_decide and is_open and bool(lines)}


def _offer_line(
    offer: dict[str, Any], place: int, line: dict[str, Any], request: dict[str, Any], typed: dict[str, str]
) -> dict[str, Any]:
    asked = next(each for each in request["lines"] if each["id"] == line["line"])
    needed = max(asked["quantity"] - asked["committed"], 0)
    committed = sum(each["quantity"] for each in offer["commitments"] if each["line"] == line["line"])
    return {
        **line,
        "name_ja": asked["name_ja"],
        "unit": asked["unit"],
        "needed": needed,
        "committed": committed,
        "suggested": typed.get(f"{offer['id']}-{place}", min(line["quantity"], needed)),
    }
