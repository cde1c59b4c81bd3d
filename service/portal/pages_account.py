"""A person's own page: where they are signed in, and how they can sign in."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from service.portal import session
from service.portal.client import ApiProblem
from service.portal.forms import half_width, text
from service.portal.pages_sign_in import credential_in
from service.portal.visit import Visit, see

NOT_FOUND = 404
UNAUTHORISED = 401
PAGE = "/account"
DIFFERENT = "2回の入力が違います。同じパスワードを入力してください。"
METHODS = {
    "password": "パスワード",
    "code": "確認コード",
    "invitation": "招待",
    "passkey": "パスキー",
    "pin": "PIN",
    "oidc": "所属団体の認証",
}


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def act(visit: Visit) -> Response:
    """Do one of the page's acts; a refusal is shown on the page itself."""
    found = ACTS[visit.act_in(ACTS)]
    values = await visit.form()
    try:
        return await found(visit, values)
    except ApiProblem as problem:
        if problem.status == UNAUTHORISED:
            raise
        return await _page(visit, problem.said, status=problem.status)


async def _password(visit: Visit, values: Any) -> Response:
    password = str(values.get("password", ""))
    if password != str(values.get("again", "")):
        return await _page(visit, DIFFERENT, status=422)
    await visit.api.put("/me/password", {"password": password, "current": values.get("current") or None})
    return see(PAGE)


async def _begin_totp(visit: Visit, _values: Any) -> Response:
    made = await visit.api.post("/me/totp", {})
    return visit.render("totp.html", title="認証アプリの登録", viewer=await visit.viewer(), made=made)


async def _confirm_totp(visit: Visit, values: Any) -> Response:
    answer = await visit.api.post("/me/totp/confirmation", {"code": half_width(text(values, "code")) or "-"})
    return session.signed_in(see(PAGE), visit.settings, answer)


async def _remove_totp(visit: Visit, _values: Any) -> Response:
    await visit.api.delete("/me/totp")
    return see(PAGE)


async def _codes(visit: Visit, _values: Any) -> Response:
    made = await visit.api.post("/me/codes", {})
    return visit.render("codes.html", title="印刷コード", viewer=await visit.viewer(), made=made)


async def _step_up(visit: Visit, values: Any) -> Response:
    answer = await visit.api.post("/me/step-up", {"code": text(values, "code") or "-"})
    return session.signed_in(see(PAGE), visit.settings, answer)


async def _end(visit: Visit, values: Any) -> Response:
    await visit.api.delete(f"/me/sessions/{text(values, 'session') or '-'}")
    return see(PAGE)


async def _end_others(visit: Visit, _values: Any) -> Response:
    await visit.api.delete("/me/sessions")
    return see(PAGE)


async def _offer_passkey(visit: Visit, _values: Any) -> Response:
    return JSONResponse(await visit.api.post("/me/passkeys/options", {}))


async def _passkey(visit: Visit, values: Any) -> Response:
    body = {
        "challenge": text(values, "challenge") or "-",
        "credential": credential_in(values.get("credential")),
        "name": text(values, "name") or "この端末",
    }
    await visit.api.post("/me/passkeys", body)
    return see(PAGE)


async def _remove_passkey(visit: Visit, values: Any) -> Response:
    await visit.api.delete(f"/me/passkeys/{text(values, 'passkey') or '-'}")
    return see(PAGE)


async def _pin(visit: Visit, values: Any) -> Response:
    await visit.api.put("/terminal/pin", {"pin": half_width(text(values, "pin"))})
    return see(PAGE)


ACTS: dict[str, Callable[[Visit, Any], Awaitable[Response]]] = {
    "password": _password,
    "totp": _begin_totp,
    "totp-confirmation": _confirm_totp,
    "totp-removal": _remove_totp,
    "codes": _codes,
    "step-up": _step_up,
    "session-end": _end,
    "sessions-end": _end_others,
    "passkey-options": _offer_passkey,
    "passkey": _passkey,
    "passkey-removal": _remove_passkey,
    "pin": _pin,
}


async def _page(visit: Visit, note: str, *, status: int = 200) -> Response:
    me, sessions = await visit.api.get("/me"), await visit.api.get("/me/sessions")
    return visit.render(
        "account.html",
        title="サインインの管理",
        status=status,
        viewer=await visit.viewer(),
        has_script=True,
        note=note,
        me=me,
        is_first="first" in visit.request.query_params,
        factors=await visit.api.get("/me/factors"),
        sessions=sessions["items"],
        warnings=sessions["warnings"],
        methods=METHODS,
    )
