"""Changing persons at a shared terminal."""

from typing import Any

from starlette.responses import Response

from service.portal import session
from service.portal.client import ApiProblem
from service.portal.forms import half_width, text
from service.portal.session import Viewer
from service.portal.visit import Visit, see

NOT_SHARED = "この端末は共用端末ではありません。サインインするときに「この端末を共用する」を選んでください。"
HOME = "/incidents"


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def switch(visit: Visit) -> Response:
    """Let another person take over; who was signed in before is signed out by it."""
    values = await visit.form()
    body = {
        "terminal": session.terminal_in(visit.request, visit.settings) or "-",
        "person": text(values, "person") or "-",
        "pin": half_width(text(values, "pin")),
    }
    try:
        answer = await visit.api.post("/terminal/switch", body)
    except ApiProblem as problem:
        return await _page(visit, problem.detail, status=problem.status)
    response = session.signed_in(see(HOME), visit.settings, answer)
    response.headers.update(session.CLEARED)
    return response


async def people(visit: Visit) -> list[Any]:
    """Return who may take over at this browser; nobody where it is somebody's own."""
    token = session.terminal_in(visit.request, visit.settings)
    if token is None:
        return []
    try:
        found = await visit.api.get_at_terminal("/terminal/people", token)
    except ApiProblem:
        return []
    return [each for each in found["items"] if each["has_pin"]]


async def _page(visit: Visit, note: str, *, status: int = 200) -> Response:
    found = await people(visit)
    if not note and session.terminal_in(visit.request, visit.settings) is None:
        note = NOT_SHARED
    return visit.render(
        "switch.html", title="担当者の切り替え", status=status, viewer=await _viewer(visit), note=note, people=found
    )


async def _viewer(visit: Visit) -> Viewer | None:
    try:
        return await visit.viewer()
    except ApiProblem:
        return None
