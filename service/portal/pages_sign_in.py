"""Signing in by passkey and by invitation."""

import json
import re
from typing import Any

from starlette.responses import JSONResponse, Response

from service.portal import session
from service.portal.client import ApiProblem
from service.portal.forms import Refused, text
from service.portal.visit import NOTHING_HERE, Visit, onward_to, see

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOT_FOUND, INVALID = 404, 422
DIFFERENT = "2回の入力が違います。同じパスワードを入力してください。"
ACCOUNT = "/account?first=1"


async def offer_passkey(visit: Visit) -> Response:
    """Hand the script what the device has to sign."""
    return JSONResponse(await visit.api.post("/sign-in/passkey/options", {}))


async def sign_in_by_passkey(visit: Visit) -> Response:
    values = await visit.form()
    body = {
        "challenge": str(values.get("challenge", "")) or "-",
        "credential": credential_in(values.get("credential")),
        "shared": values.get("shared") == "1",
        "terminal": session.terminal_in(visit.request, visit.settings),
    }
    answer = await visit.api.post("/sign-in/passkey", body)
    return session.signed_in(see(onward_to(text(values, "next"))), visit.settings, answer)


def credential_in(text: object) -> dict[str, Any]:
    """Return what the device answered, for the API to judge; nothing where it can't be read."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def show_invitation(visit: Visit) -> Response:
    """Show the form and change nothing: mail scanners open links."""
    return _form(visit, None)


async def accept_invitation(visit: Visit) -> Response:
    values = await visit.form()
    password = str(values.get("password", ""))
    if password != str(values.get("again", "")):
        return _form(visit, Refused("", {"again": DIFFERENT}), status=INVALID)
    try:
        answer = await visit.api.post("/invitations", {"token": _token(visit), "password": password})
    except ApiProblem as problem:
        if problem.status != INVALID:
            raise
        return _form(visit, Refused.of(problem, {"/password": "password"}), status=INVALID)
    return session.signed_in(see(ACCOUNT), visit.settings, answer)


def _form(visit: Visit, refused: Refused | None, *, status: int = 200) -> Response:
    return visit.render(
        "invitation.html", title="パスワードを決める", status=status, token=_token(visit), refused=refused
    )


def _token(visit: Visit) -> str:
    token = str(visit.request.path_params["token"])
    if not TOKEN.fullmatch(token):
        raise ApiProblem(NOT_FOUND, NOTHING_HERE)
    return token
