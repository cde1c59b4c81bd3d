"""Assembling the rooms: the only list of operations, the middleware, and what lives as long as the process."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import agreements.api
import agreements.contacts.api
import agreements.groups.api
import agreements.members.api
import agreements.ndas.api
import agreements.people.api
import agreements.temporary.api
import aid.asking.api
import aid.chronology.api
import aid.emergency_access.api
import aid.escalation.api
import aid.events
import aid.incidents.api
import aid.offers.api
import aid.requests.api
import aid.situation.api
import inventory.api
import inventory.attachments.api
import inventory.directory.api
import inventory.grants.api
import inventory.guests.api
import inventory.imports.api
import inventory.records.api
import notifications.api
import notifications.watching.api
import readiness.api
import readiness.reachability.api
import readiness.security.api
import service.health
import service.identity.api
import service.identity.clients.api
import service.identity.codes.api
import service.identity.demo
import service.identity.invitations.api
import service.identity.oidc.api
import service.identity.passkeys.api
import service.identity.passwords.api
import service.identity.providers.api
import service.identity.scim.api
import service.identity.sessions.api
import service.identity.sign_in.api
import service.identity.terminals.api
import service.record.api
from foundation.bodies import TOO_LARGE, BodyLimit
from foundation.clock import Clock
from foundation.database import embedded_path
from foundation.documents.typesetting import look_for_fonts_in
from foundation.endpoints import routes
from foundation.headers import SecurityHeaders, secured
from foundation.openapi import document
from foundation.operations import Operation, operations_in
from foundation.problems import Conflict, NotFound, Problem, TooLarge
from foundation.responses import language_of, problem_response
from foundation.settings import Settings
from foundation.uploads import OVERHEAD
from service.house import House, open_house
from service.identity.gate import gate
from service.identity.scim.door import directory_routes
from service.staffing import staff

ROOMS = (
    service.health,
    service.identity.api,
    service.identity.sign_in.api,
    service.identity.invitations.api,
    service.identity.sessions.api,
    service.identity.passwords.api,
    service.identity.codes.api,
    service.identity.passkeys.api,
    service.identity.terminals.api,
    service.identity.oidc.api,
    service.identity.providers.api,
    service.identity.clients.api,
    service.identity.scim.api,
    service.record.api,
    agreements.api,
    agreements.groups.api,
    agreements.members.api,
    agreements.people.api,
    agreements.contacts.api,
    agreements.temporary.api,
    agreements.ndas.api,
    inventory.api,
    inventory.guests.api,
    inventory.imports.api,
    inventory.directory.api,
    inventory.records.api,
    inventory.attachments.api,
    inventory.grants.api,
    aid.incidents.api,
    aid.situation.api,
    aid.requests.api,
    aid.escalation.api,
    aid.offers.api,
    aid.asking.api,
    aid.emergency_access.api,
    aid.chronology.api,
    aid.events,
    notifications.api,
    notifications.watching.api,
    readiness.api,
    readiness.reachability.api,
    readiness.security.api,
)
OPERATIONS: Sequence[Operation] = operations_in(*ROOMS)
TITLE = "結まーる Yuimaru"


class MethodNotAllowed(Problem):
    """The path exists, this method on it does not."""

    status = 405
    ja = "このパスではその操作はできません。"
    en = "This can't be done on this path."


def describe() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return document(OPERATIONS, title=TITLE, version=version("yuimaru"))


def create_app(
    settings: Settings, *, clock: Clock | None = None, has_worker: bool | None = None, pages: Sequence[BaseRoute] = ()
) -> Starlette:
    """Assemble the service. An embedded database's process also runs the worker, unless said otherwise."""
    look_for_fonts_in(settings.font_path)
    operations = [*OPERATIONS, *(operations_in(service.identity.demo) if settings.is_demo else [])]
    with_worker = embedded_path(settings.database_url) is not None if has_worker is None else has_worker

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(settings, clock=clock))
            _furnish(app, settings, house)
            stack.push_async_callback(_stop, app)
            app.state.worker = asyncio.create_task(_work(app, house, settings)) if with_worker else None
            yield

    app = Starlette(
        routes=[*routes(operations), *directory_routes(), Route("/openapi.json", _openapi), *pages],
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders, is_secure=settings.is_secure),
            Middleware(BodyLimit, most=settings.body_limit, roomy=_roomy([*operations, *pages], settings)),
        ],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    # A path with a slash too many is unknown, not moved: a redirect would be an answer that no document names.
    app.router.redirect_slashes = False
    return app


def _roomy(ways: Iterable[Operation | BaseRoute], settings: Settings) -> dict[re.Pattern[str], int]:
    """Return the paths that take a file, and how much comes in there."""
    most = settings.attachment_limit + OVERHEAD
    taking = (str(getattr(each, "path", "")) for each in ways if getattr(each, "takes_file", False))
    return {re.compile(re.sub(r"{\w+}", "[^/]+", path)): most for path in taking}


def _furnish(app: Starlette, settings: Settings, house: House) -> None:
    """Lay out what handlers reach as `call.state`."""
    app.state.settings = settings
    app.state.mode = house.mode
    app.state.database = house.database
    app.state.gateways = house.gateways
    app.state.wordings = house.wordings
    app.state.gate = gate
    app.state.stopping = asyncio.Event()
    app.state.waking = asyncio.Event()
    app.state.wake = app.state.waking.set


async def _work(app: Starlette, house: House, settings: Settings) -> None:
    await staff(house, settings).run(app.state.stopping, app.state.waking)


async def _stop(app: Starlette) -> None:
    app.state.stopping.set()
    if app.state.worker is not None:
        await app.state.worker


async def _openapi(_request: Request) -> Response:
    return JSONResponse(describe())


PROBLEMS: dict[int, type[Problem]] = {
    404: NotFound,
    405: MethodNotAllowed,
}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    is_too_large = error.status_code == TOO_LARGE
    problem = TooLarge(limit=error.detail) if is_too_large else PROBLEMS.get(error.status_code, Conflict)()
    response = problem_response(problem, language_of(request.headers.get("accept-language")))
    response.headers.update(error.headers or {})
    return response


async def _failed(request: Request, _error: Exception) -> Response:
    """Answer for what nothing caught; Starlette does so outside all layers."""
    response = problem_response(Problem(), language_of(request.headers.get("accept-language")))
    secured(response.headers, is_secure=request.app.state.settings.is_secure)
    return response
