"""From operations to routes: the only place that checks the caller and validates input."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from foundation.actor import ANONYMOUS, Actor
from foundation.calls import Call, CallDatabase
from foundation.database import SERVICE, Database, Scope, scope_of
from foundation.fields import Ref
from foundation.idempotency import RequestKey
from foundation.ids import new_id
from foundation.metrics import REQUESTS
from foundation.operations import Operation
from foundation.problems import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    StepUpNeeded,
    TooLarge,
    Unauthorised,
    WrongType,
)
from foundation.refusals import field_errors
from foundation.repeats import repeated_keys, repeated_names
from foundation.responses import language_of, problem_response, view_response
from foundation.uploads import Form, Upload, read_form

Gate = Callable[[Request], Awaitable[Actor | None]]
"""Turns a request's credentials into the actor, or None where there are none that count."""
KEY_LENGTH = 255
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """送られたもの: a body as it was read, or the form that it was."""

    body: bytes = b""
    form: Form | None = None


def routes(operations: Iterable[Operation]) -> list[Route]:
    """Return one route per path, so that a 405 answers the right `Allow`."""
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return [Route(path, _dispatch(methods), methods=list(methods)) for path, methods in by_path.items()]


def _dispatch(methods: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await respond(methods[method], request)

    return endpoint


async def respond(operation: Operation, request: Request) -> Response:
    """Answer one request: the view, the problem, or a plain 500 that says nothing of the inside."""
    started = time.perf_counter()
    request_id = new_id()
    language = language_of(request.headers.get("accept-language"))
    try:
        response = await _perform(operation, request)
    except Problem as problem:
        response = problem_response(problem, language)
    except HTTPException as error:
        response = problem_response(_unreadable(error), language)
    except Exception:
        log.exception("failed", operation=operation.name, request_id=request_id)
        response = problem_response(Problem(), language)
    seconds = time.perf_counter() - started
    REQUESTS.labels(operation.name, str(response.status_code)).observe(seconds)
    log.info(
        "answered",
        operation=operation.name,
        status=response.status_code,
        request_id=request_id,
        milliseconds=round(seconds * 1000, 1),
    )
    response.headers["X-Request-Id"] = request_id
    return response


async def _perform(operation: Operation, request: Request) -> Response:
    actor = await _admit(operation, request)
    sent = await _read_body(operation, request)
    arguments = _arguments(operation, request, sent)
    database: Database = request.app.state.database
    call = Call(
        request=request,
        actor=actor,
        database=CallDatabase(
            database.acting(_scope(operation, actor)), operation, _key(operation, request, actor, sent)
        ),
        language=language_of(request.headers.get("accept-language")),
        if_match=_if_match(request),
    )
    return view_response(await operation.handler(call, **arguments), operation.status)


async def _admit(operation: Operation, request: Request) -> Actor:
    if operation.permission is None:
        return ANONYMOUS
    gate: Gate = request.app.state.gate
    actor = await gate(request)
    if actor is None:
        raise Unauthorised
    if not actor.may(operation.permission):
        raise Forbidden
    if actor.assurance < operation.assurance:
        raise StepUpNeeded
    return actor


def _scope(operation: Operation, actor: Actor) -> Scope:
    """Return on whose behalf a call's transactions run; what is open to anybody asks for a credential by itself."""
    return SERVICE if operation.permission is None else scope_of(actor)


async def _read_body(operation: Operation, request: Request) -> Sent:
    if operation.takes_file:
        form = await read_form(request)
        return Sent(form.digested(), form)
    if operation.body is None:
        return Sent()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise WrongType(expected="application/json")
    return Sent(await request.body())


def _unreadable(error: HTTPException) -> Problem:
    """Say in our words what Starlette refuses while it reads a body or a form."""
    if error.status_code == TooLarge.status:
        return TooLarge(limit=error.detail)
    return Invalid(FieldError("/", "form", "フォームとして読めません。書式を確かめてください。", "This is no form."))


def _arguments(operation: Operation, request: Request, sent: Sent) -> dict[str, Any]:
    """Validate path, query and body together, so that a refusal names every field at once."""
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    for name, source in operation.parameters.items():
        try:
            values[name] = _SOURCES[source](operation, request, name, sent)
        except ValidationError as error:
            errors += field_errors(error, under="" if source == "body" else "/query")
        except Invalid as refused:
            errors += refused.errors
        except UnicodeDecodeError:
            errors.append(FieldError("/", "encoding", "UTF-8 で送ってください。", "Send UTF-8."))
    if errors:
        raise Invalid(*errors)
    return values


class _PathValue(BaseModel):
    value: Ref


def _from_path(_operation: Operation, request: Request, name: str, _sent: Sent) -> str:
    try:
        return _PathValue(value=request.path_params[name]).value
    except ValidationError:
        raise NotFound from None


def _from_query(operation: Operation, request: Request, _name: str, _sent: Sent) -> BaseModel:
    assert operation.query is not None
    if repeated := repeated_names((name for name, _ in request.query_params.multi_items()), under="/query"):
        raise Invalid(*repeated)
    return operation.query.model_validate_strings(dict(request.query_params), strict=False)


def _from_body(operation: Operation, _request: Request, _name: str, sent: Sent) -> BaseModel:
    assert operation.body is not None
    if sent.form is not None:
        return operation.body.model_validate_strings(dict(sent.form.fields), strict=False)
    body = operation.body.model_validate_json(sent.body)
    if repeated := repeated_keys(sent.body):
        raise Invalid(*repeated)
    return body


def _from_file(_operation: Operation, _request: Request, _name: str, sent: Sent) -> Upload:
    assert sent.form is not None
    return sent.form.upload


_SOURCES: dict[str, Callable[[Operation, Request, str, Sent], Any]] = {
    "path": _from_path,
    "query": _from_query,
    "body": _from_body,
    "file": _from_file,
}


def _key(operation: Operation, request: Request, actor: Actor, sent: Sent) -> RequestKey | None:
    key = request.headers.get("idempotency-key")
    if key is None or operation.method != "POST" or operation.returns is None or not operation.keeps_answer:
        return None
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise Invalid(
            FieldError(
                "/headers/Idempotency-Key",
                "key",
                f"半角英数字{KEY_LENGTH}文字以内にしてください。",
                f"Use at most {KEY_LENGTH} printable ASCII characters.",
            )
        )
    caller, target = actor.mark or "anonymous", f"{operation.method} {request.url.path}"
    return RequestKey.of(key, caller=caller, target=target, body=sent.body, owner=actor.member)


def _if_match(request: Request) -> int | None:
    value = request.headers.get("if-match")
    if value is None or value == "*":
        return None
    digits = value.removeprefix("W/").strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1  # noqa: PLR2004 — fits an int
