"""The NDAs of the person who is signed in: reading the text, signing, ending."""

import asyncio
from typing import Any

from starlette.responses import Response

from foundation.uploads import Form
from service.portal.client import ApiProblem
from service.portal.forms import day, half_width, number, text
from service.portal.visit import UNAUTHORISED, Visit, handed_over, see, tried

PAGE = "/ndas"
STATUSES = {"pending": "開始前", "in_force": "有効", "expired": "期間満了", "revoked": "終了"}


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def sign(visit: Visit) -> Response:
    """Sign the version that was shown."""
    values = await visit.form()
    body = {"version": number(text(values, "version"))}
    return await _done(visit, f"/groups/{text(values, 'group') or '-'}/ndas", body)


async def sign_on_paper(visit: Visit) -> Response:
    """Take in the scan of the version that was signed on paper."""
    return await tried(_scan(visit), lambda problem: _page(visit, problem.said, status=problem.status))


async def open_scan(visit: Visit) -> Response:
    """Hand over the scan of a signed paper."""
    return handed_over(await visit.api.download(f"/ndas/{visit.ref('nda')}/scan"))


async def revoke(visit: Visit) -> Response:
    """End an NDA from now on."""
    values = await visit.form()
    return await _done(visit, f"/ndas/{text(values, 'nda') or '-'}/revocation", {"reason": text(values, "reason")})


async def _scan(visit: Visit) -> Response:
    form = await visit.upload()
    fields = {
        "version": half_width(text(form.fields, "version")),
        "signed_on": day(text(form.fields, "signed_on")) or "",
    }
    await visit.api.upload(f"/groups/{text(form.fields, 'group') or '-'}/ndas/scans", Form(fields, form.upload))
    return see(PAGE)


async def _done(visit: Visit, path: str, body: dict[str, Any]) -> Response:
    try:
        await visit.api.post(path, body)
    except ApiProblem as problem:
        if problem.status == UNAUTHORISED:
            raise
        return await _page(visit, problem.said, status=problem.status)
    return see(PAGE)


async def _page(visit: Visit, note: str, *, status: int = 200) -> Response:
    viewer = await visit.viewer()
    mine = await visit.api.every("/me/ndas")
    joined = [
        each for each in await visit.api.every("/groups") if each["id"] in {m["group"] for m in viewer.memberships}
    ]
    texts = await asyncio.gather(*(visit.api.every(f"/groups/{each['id']}/nda-versions") for each in joined))
    return visit.render(
        "ndas.html",
        title="秘密保持契約",
        status=status,
        viewer=viewer,
        note=note,
        groups=[
            (group, versions[-1] if versions else None, _of(mine, group))
            for group, versions in zip(joined, texts, strict=True)
        ],
        statuses=STATUSES,
    )


def _of(mine: list[dict[str, Any]], group: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in mine if each["group"] == group["id"]]
