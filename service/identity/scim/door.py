"""Where a member's directory comes in (SCIM 2.0): one call, one transaction, and nobody's people but its member's."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from scim2_models import Error, SCIMException, UnauthorizedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from agreements.actions import locked
from foundation import audit
from foundation.actor import Actor
from foundation.database import Database
from foundation.metrics import REQUESTS
from foundation.peers import address_of, neighbourhood
from foundation.problems import Language, Problem
from service.identity.gate import bearer_of
from service.identity.scim.actions import note_use
from service.identity.scim.pace import Pace
from service.identity.scim.queries import Directory, directory_behind
from service.identity.scim.resources import PROVIDER, SERVICE
from service.identity.scim.storage import MemberStorage

PATH = "/scim/v2"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
OPEN = "/ServiceProviderConfig"
"""What anybody may read, so that a directory can be set up (RFC 7643 §5); it names nobody."""
SEARCH = "/.search"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Served:
    """応答: the protocol's answer, and the directory that asked."""

    response: ScimResponse
    directory: Directory


def directory_routes() -> list[BaseRoute]:
    """Return the routes of the protocol, with a pace of their own."""
    pace = Pace()

    async def serve(request: Request) -> Response:
        started = time.perf_counter()
        response = await _serve(request, pace)
        REQUESTS.labels("scim", str(response.status_code)).observe(time.perf_counter() - started)
        return response

    return [Route(PATH + path, serve, methods=METHODS, name="scim") for path in ("", "/{path:path}")]


async def _serve(request: Request, pace: Pace) -> Response:
    try:
        answer = await _answer(request, pace)
    except SCIMException as error:
        answer = SERVICE.error_response(error)
    except Problem as problem:
        answer = _refusal(problem.status, problem.detail(Language.EN))
    except HTTPException as error:
        answer = _refusal(error.status_code, "The request can't be read.")
    except Exception:
        log.exception("failed", operation="scim")
        answer = _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, Problem.en)
    log.info("answered", operation="scim", method=request.method, status=int(answer.status))
    if answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)


async def _answer(request: Request, pace: Pace) -> ScimResponse:
    asked = await _asked(request)
    text = bearer_of(request)
    proxy = request.app.state.settings.trusted_proxy
    place = neighbourhood(address_of(request, proxy) or "")
    refused = f"refused|{place}"
    if wait := pace.seconds_to_wait(refused, counts=False) or pace.seconds_to_wait(f"{text}|{place}"):
        response = _refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many calls; please wait a second.")
        response.headers["Retry-After"] = str(wait)
        return response
    if asked.path == OPEN and asked.method == "GET":
        with PROVIDER:
            return SERVICE.service_provider_config(asked.url, asked.query)
    try:
        return await _admitted(request.app.state.database, text, asked)
    except UnauthorizedException:
        pace.seconds_to_wait(refused)
        raise


async def _admitted(database: Database, text: str | None, asked: ScimRequest) -> ScimResponse:
    if text is None:
        raise UnauthorizedException
    reads = asked.method == "GET" or asked.path.endswith(SEARCH)
    served: Served = await (database.read(read, text, asked) if reads else database.write(change, text, asked))
    if served.directory.is_to_be_noted:
        await database.write(note_use, served.directory.token)
    return served.response


def read(session: Session, text: str, asked: ScimRequest) -> Served:
    """Answer what a directory reads. Raises SCIMException."""
    directory = _behind(session, text)
    return Served(_handled(session, directory, asked), directory)


def change(session: Session, text: str, asked: ScimRequest) -> Served:
    """Do what a directory writes, and keep which token it was. Raises SCIMException; nothing is kept of it then.

    The member's row comes first, as on the pages of people, and before anything is read: two calls at once follow
    one another, so that one that names no version is never told that its version is stale.
    """
    directory = _behind(session, text)
    locked(session, directory.member)
    response = _handled(session, directory, asked)
    audit.record(
        session,
        _actor(directory),
        "identity.directory_wrote",
        f"directory-token:{directory.token}",
        method=asked.method,
        path=asked.path,
    )
    return Served(response, directory)


def _behind(session: Session, text: str) -> Directory:
    directory = directory_behind(session, text)
    if directory is None:
        raise UnauthorizedException
    return directory


def _handled(session: Session, directory: Directory, asked: ScimRequest) -> ScimResponse:
    return ScimHandler(SERVICE, MemberStorage(session, _actor(directory))).handle(asked)


def _actor(directory: Directory) -> Actor:
    """A directory acts for its member alone: it is nobody in particular, holds no permission and is no operator."""
    return Actor(person=None, name="ディレクトリ", member=directory.member)


async def _asked(request: Request) -> ScimRequest:
    base: str = request.app.state.settings.base_url
    return ScimRequest(
        method=request.method,
        base_url=base.rstrip("/") + PATH,
        path="/" + str(request.path_params.get("path", "")).strip("/"),
        query=dict(request.query_params),
        headers=list(request.headers.items()),
        body=await request.body(),
    )


def _refusal(status: int, detail: str) -> ScimResponse:
    body: dict[str, Any] = Error(status=status, detail=detail).model_dump()
    return ScimResponse(HTTPStatus(status), body)
