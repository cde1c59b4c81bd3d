"""Signing in through the member's own provider: out by a page that names it, and back with nothing but a code."""

from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import Response

from service.portal import pages_start, session
from service.portal.client import ApiProblem
from service.portal.forms import given, half_width, text
from service.portal.visit import Visit, onward_to, see

SECONDS = 600
LOST = "認証の手続きが見つかりません。このブラウザーで、もう一度はじめから入ってください。"
GONE = 410


async def begin(visit: Visit) -> Response:
    """Show where the browser goes next, and let it go there; a form's own redirect may not leave this site."""
    values = await visit.form()
    onward = onward_to(text(values, "next"))
    email = half_width(text(values, "email"))
    try:
        body = given({"email": email, "provider": text(values, "provider")})
        begun = await visit.api.post("/sign-in/oidc", body)
    except ApiProblem as problem:
        return await pages_start.form(visit, problem.said, onward, email=email, status=problem.status)
    response = visit.render(
        "oidc.html", title="団体の認証へ移ります", url=begun["url"], name=begun["name"], host=begun["host"]
    )
    response.set_cookie(
        _cookie(visit),
        f"{begun['browser']}:{quote(onward, safe='')}",
        max_age=SECONDS,
        path="/",
        secure=visit.settings.is_secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def finish(visit: Visit) -> Response:
    """Sign in by what the provider added to the address; what it refuses stands on the page with the other ways."""
    browser, _, kept = visit.request.cookies.get(_cookie(visit), "").partition(":")
    onward = onward_to(unquote(kept))
    try:
        answer = await _come_back(visit, browser)
    except ApiProblem as problem:
        response = await pages_start.form(visit, problem.said, onward, status=problem.status)
    else:
        response = session.signed_in(see(onward), visit.settings, answer)
    response.delete_cookie(_cookie(visit), path="/", secure=visit.settings.is_secure, httponly=True, samesite="lax")
    return response


async def _come_back(visit: Visit, browser: str) -> Any:
    query = visit.request.query_params
    body = {name: query.get(name) for name in ("state", "code", "iss", "error")} | {"provider": visit.ref("provider")}
    if not browser or not body["state"]:
        raise ApiProblem(GONE, LOST)
    terminal = session.terminal_in(visit.request, visit.settings)
    return await visit.api.post("/sign-in/oidc/return", given({**body, "browser": browser, "terminal": terminal}))


def _cookie(visit: Visit) -> str:
    """Return the name of the cookie by which a browser is known again when it comes back."""
    return f"{session.cookie_name(visit.settings)}-oidc"
