"""Guest IDs: prepared in peacetime, handed to helpers one by one, shut at the end."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.visit import Visit, see, tried

PAGE = "/guests"
STATES = {
    "prepared": "空き",
    "reserved": "割当済み",
    "issued": "発行済み（受領待ち）",
    "active": "利用中",
    "revoked": "停止（秘密の更新待ち）",
    "expired": "期限切れ（秘密の更新待ち）",
}
AT_HAND = {"accepted"}


async def show_pools(visit: Visit) -> Response:
    return await _pools(visit, "")


async def found_pool(visit: Visit) -> Response:
    values = await visit.form()
    body = {
        "name": text(values, "name"),
        "needs_pledge": text(values, "needs_pledge") == "yes",
        "needs_training": text(values, "needs_training") == "yes",
        "is_in_directory": text(values, "is_in_directory") == "yes",
        "instructions": text(values, "instructions") or None,
    }
    try:
        made = await visit.api.post("/guest-pools", body)
    except ApiProblem as problem:
        return await _pools(visit, problem.said, status=problem.status)
    return see(f"{PAGE}/{made['id']}")


async def show_pool(visit: Visit) -> Response:
    return await _pool(visit, "")


async def add(visit: Visit) -> Response:
    """Lay down one more guest ID."""
    values, pool = await visit.form(), visit.ref("pool")
    body = forms.given({name: text(values, name) for name in ("label", "secret", "envelope")})
    try:
        await visit.api.post(f"/guest-pools/{pool}/guest-ids", body)
    except ApiProblem as problem:
        return await _pool(visit, problem.said, status=problem.status)
    return see(f"{PAGE}/{pool}")


async def act(visit: Visit) -> Response:
    """Do one act on one guest ID; a refusal is shown on the pool's page."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    done = found(visit, f"/guest-ids/{visit.ref('guest')}", values)
    return await tried(done, lambda problem: _pool(visit, problem.said, status=problem.status))


async def show_received(visit: Visit) -> Response:
    viewer = await visit.viewer()
    uses = (await visit.api.get("/received-guest-ids"))["items"]
    return visit.render("guests_received.html", title="応援先のゲストID", viewer=viewer, uses=uses, states=STATES)


async def receive(visit: Visit) -> Response:
    """Confirm that the helper holds the account."""
    values = await visit.form()
    await visit.api.post(f"/guest-ids/{visit.ref('guest')}/receipt", {"helper": text(values, "helper")})
    return see("/guests-received")


async def _reserve(visit: Visit, path: str, values: Any) -> Response:
    body = {
        "commitment": text(values, "commitment") or "-",
        "helper": text(values, "helper"),
        "starts_at": forms.instant(text(values, "starts_at")) or "",
        "until_at": forms.instant(text(values, "until_at")) or "",
    }
    await visit.api.post(f"{path}/reservation", body)
    return _back(visit)


async def _issue(visit: Visit, path: str, values: Any) -> Response:
    body = {"undertaking": text(values, "undertaking") or None, "is_trained": text(values, "is_trained") == "yes"}
    issued = await visit.api.post(f"{path}/issue", body)
    return visit.render(
        "guest_issued.html",
        title="ゲストIDの発行",
        viewer=await visit.viewer(),
        issued=issued,
        pool=visit.ref("pool"),
    )


async def _revoke(visit: Visit, path: str, values: Any) -> Response:
    await visit.api.post(f"{path}/revocation", {"reason": text(values, "reason") or None})
    return _back(visit)


async def _rotate(visit: Visit, path: str, values: Any) -> Response:
    await visit.api.post(
        f"{path}/rotation", forms.given({name: text(values, name) for name in ("secret", "envelope")})
    )
    return _back(visit)


ACTS: dict[str, Callable[[Visit, str, Any], Awaitable[Response]]] = {
    "reservation": _reserve,
    "issue": _issue,
    "revocation": _revoke,
    "rotation": _rotate,
}


def _back(visit: Visit) -> Response:
    return see(f"{PAGE}/{visit.ref('pool')}")


async def _pools(visit: Visit, note: str, *, status: int = 200) -> Response:
    pools = (await visit.api.get("/guest-pools"))["items"]
    viewer = await visit.viewer()
    return visit.render("guests.html", title="ゲストID", status=status, viewer=viewer, pools=pools, note=note)


async def _pool(visit: Visit, note: str, *, status: int = 200) -> Response:
    path = f"/guest-pools/{visit.ref('pool')}"
    pool = await visit.api.get(path)
    return visit.render(
        "guest_pool.html",
        title=pool["name"],
        status=status,
        viewer=await visit.viewer(),
        pool=pool,
        guests=(await visit.api.get(f"{path}/guest-ids"))["items"],
        states=STATES,
        commitments=await _commitments(visit),
        note=note,
    )


async def _commitments(visit: Visit) -> list[tuple[str, str]]:
    """Return the aid that was decided for the own member and still stands, each with words to choose by."""
    viewer = await visit.viewer()
    found = []
    for request in await visit.api.every("/requests"):
        if request["member"] != viewer.member or request["status"] in {"closed", "cancelled"}:
            continue
        lines = {line["id"]: line["name_ja"] for line in request["lines"]}
        for offer in await visit.api.every(f"/requests/{request['id']}/offers"):
            if offer["status"] in AT_HAND:
                found += [
                    (
                        each["id"],
                        f"{request['number']} {offer['name']} {lines.get(each['line'], '')} {each['quantity']}",
                    )
                    for each in offer["commitments"]
                ]
    return found
