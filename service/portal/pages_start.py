"""The start page: signing in and out."""

from contextlib import suppress
from typing import Any

from starlette.responses import Response

from service.portal import pages_switch, session
from service.portal.client import Api, ApiProblem
from service.portal.forms import half_width, text
from service.portal.visit import HOME, Visit, onward_to, see

PEOPLE = (
    ("042129", "登米市", "震度6強で被災した団体。応援を要請します"),
    ("142051", "藤沢市", "幹事団体。全体を見ます"),
    ("132241", "多摩市", "応援する団体"),
    ("172031", "小松市", "応援する団体"),
    ("442127", "豊後大野市", "応援する団体"),
)
"""Of the demo's thirty municipalities, those whose parts are worth trying first."""
NOT_SIGNED_IN = "サインインが必要です。サインインすると、見ようとしたページに移ります。"
TOKEN_UNKNOWN = "このトークンは使えません。貼り付けもれと期限を確かめ、だめなら運用者に発行し直してもらってください。"  # noqa: S105 — a sentence, no credential
UNAUTHORISED = 401


async def show(visit: Visit) -> Response:
    onward = onward_to(visit.request.query_params.get("next", ""))
    try:
        viewer = await visit.viewer()
    except ApiProblem as problem:
        if problem.status != UNAUTHORISED:
            raise
        note = NOT_SIGNED_IN if "next" in visit.request.query_params else ""
        return _start(visit, note, onward) if visit.settings.is_demo else await _form(visit, note, onward)
    return _start(visit, "", HOME, viewer=viewer)


async def show_form(visit: Visit) -> Response:
    """Show how to sign in, also on the demo, where it is a page of its own."""
    return await _form(visit, "", onward_to(visit.request.query_params.get("next", "")))


async def sign_in(visit: Visit) -> Response:
    values = await visit.form()
    onward = onward_to(text(values, "next"))
    try:
        if text(values, "password") or text(values, "code"):
            answer = await _by_credentials(visit, values)
            return session.signed_in(see(onward), visit.settings, answer)
        token = await _token(visit, values)
    except ApiProblem as problem:
        if "password" in values:
            return await _form(visit, problem.detail, onward, email=text(values, "email"), status=problem.status)
        note = TOKEN_UNKNOWN if problem.status == UNAUTHORISED else problem.detail
        municipality = text(values, "municipality")
        return _start(visit, note, onward, status=problem.status, municipality=municipality)
    response = see(onward)
    session.keep(response, visit.settings, token)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the token with the cookie; one that has ended already is as good."""
    with suppress(ApiProblem):
        await visit.api.delete("/me/token")
    response = see("/")
    session.forget(response, visit.settings)
    return response


async def _by_credentials(visit: Visit, values: Any) -> Any:
    """Sign in by a password with or without a code, or by a code alone."""
    password = values.get("password")
    code = text(values, "code")
    body = {
        "email": half_width(text(values, "email")),
        "shared": text(values, "shared") == "1",
        "terminal": session.terminal_in(visit.request, visit.settings),
    }
    if not password:
        return await visit.api.post("/sign-in/code", {**body, "code": code})
    return await visit.api.post("/sign-in/password", {**body, "password": password, "code": code or None})


async def _form(visit: Visit, note: str, onward: str, *, email: str = "", status: int = 200) -> Response:
    return visit.render(
        "sign_in.html",
        title="サインイン",
        status=status,
        has_script=True,
        note=note,
        next=onward,
        email=email,
        people=await pages_switch.people(visit),
    )


async def _token(visit: Visit, values: Any) -> str:
    if visit.settings.is_demo:
        email = text(values, "email") or _demo_email(values)
        signed_in = await visit.api.post("/demo/sign-in", {"email": email})
        return str(signed_in["token"])
    token = text(values, "token")
    if not (token.isascii() and token.isprintable()):
        raise ApiProblem(UNAUTHORISED, TOKEN_UNKNOWN)
    async with Api(visit.request, token) as api:
        await api.get("/me")
    return token


def _demo_email(values: Any) -> str:
    function = "ict" if text(values, "function") == "ict" else "disaster"
    return f"{function}1.{half_width(text(values, 'municipality'))}@demo.example"


def _start(
    visit: Visit, note: str, onward: str, *, status: int = 200, viewer: Any = None, municipality: str = ""
) -> Response:
    people = [{"email": f"disaster1.{code}@demo.example", "name": name, "part": part} for code, name, part in PEOPLE]
    return visit.render(
        "start.html",
        title="自治体ICT相互応援",
        status=status,
        viewer=viewer,
        note=note,
        next=onward,
        is_demo=visit.settings.is_demo,
        people=people,
        municipality=municipality,
    )
