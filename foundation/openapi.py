"""The OpenAPI 3.1 document, made from the operations alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from foundation.operations import Operation, path_names
from foundation.problems import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Stale,
    StepUpNeeded,
    TooLarge,
    Unauthorised,
    Unavailable,
    WrongType,
)
from foundation.responses import ProblemView
from foundation.uploads import FILE, FORM

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REFS = "#/components/schemas/{model}"
REF = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "minLength": 1, "maxLength": 64}


def document(operations: Sequence[Operation], *, title: str, version: str) -> dict[str, Any]:
    """Return the document of the operations, ready for JSON."""
    models = _models(operations)
    keys, definitions = models_json_schema(
        [(model, mode) for model, mode in models], ref_template=REFS, by_alias=True
    )
    schemas = {(model, mode): keys[model, mode] for model, mode in models}
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _describe(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(operations: Iterable[Operation]) -> list[tuple[type[BaseModel], Any]]:
    found: dict[tuple[type[BaseModel], str], None] = {(ProblemView, "serialization"): None}
    for each in operations:
        if each.body and not each.takes_file:
            found[each.body, "validation"] = None
        if each.query:
            found[each.query, "validation"] = None
        if each.returns:
            found[each.returns, "serialization"] = None
        found |= {(model, "serialization"): None for model in each.answers.values()}
    return list(found)


def _describe(operation: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.room],
        "summary": (operation.handler.__doc__ or operation.name).strip().splitlines()[0],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_headers(operation)],
        "responses": _responses(operation, schemas),
        "security": [] if operation.permission is None else [{"bearer": []}],
    }
    if operation.takes_file:
        described["requestBody"] = {"required": True, "content": {FORM: {"schema": _form(operation)}}}
    elif operation.body:
        schema = schemas[operation.body, "validation"]
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif operation.fields and operation.method == "POST":
        schema = {"type": "object", "properties": _fields(operation.fields)[0]}
        described["requestBody"] = {"content": {form: {"schema": schema} for form in FORMS}}
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": REF} for name in path_names(operation.path)]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    query = operation.query or operation.fields
    if query is None:
        return []
    properties, required = _fields(query)
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in properties.items()
    ]


def _fields(model: type[BaseModel]) -> tuple[dict[str, Any], list[str]]:
    schema = model.model_json_schema(ref_template=REFS)
    return {name: _without_null(field) for name, field in schema["properties"].items()}, schema.get("required", [])


def _form(operation: Operation) -> dict[str, Any]:
    properties, required = _fields(operation.body) if operation.body else ({}, [])
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "object", "properties": {FILE: file, **properties}, "required": [FILE, *required]}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query or form has no null: it is there or it is not."""
    options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default", "title"}}
    return {**kept, **options[0]} if len(options) == 1 else schema


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if operation.method == "POST" and operation.returns is not None and operation.keeps_answer:
        found.append(_header("Idempotency-Key", minLength=1, maxLength=255, pattern="^[!-~]+$"))
    if Stale in operation.problems:
        found.append(_header("If-Match", pattern='^("[0-9]{1,9}"|\\*)$'))
    return found


def _header(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string", **schema}}


def _responses(operation: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "成功 (done)"}
    if operation.returns:
        success["content"] = {operation.media_type: {"schema": schemas[operation.returns, "serialization"]}}
    elif operation.media_type != "application/json":
        success["content"] = {each: {"schema": {"type": "string"}} for each in operation.media_type.split(", ")}
    refused: dict[str, list[str]] = {}
    for problem in _problems(operation):
        refused.setdefault(str(problem.status), []).append(problem.code())
    problem_schema = schemas[ProblemView, "serialization"]
    others = {
        str(status): {
            "description": model.__name__,
            "content": {"application/json": {"schema": schemas[model, "serialization"]}},
        }
        for status, model in operation.answers.items()
    }
    return (
        {str(operation.status): success}
        | others
        | {
            status: {
                "description": ", ".join(dict.fromkeys(codes)),
                "content": {"application/problem+json": {"schema": problem_schema}},
            }
            for status, codes in sorted(refused.items())
        }
    )


def _problems(operation: Operation) -> list[type[Problem]]:
    """Return what the operation refuses of itself and what the floor refuses for it."""
    found: list[type[Problem]] = [*operation.problems, Unavailable]
    if operation.permission is not None:
        found += [Unauthorised, Forbidden]
    if operation.assurance:
        found += [StepUpNeeded]
    if operation.method != "GET":
        found += [Conflict]
    if operation.body or operation.takes_file:
        found += [Invalid, WrongType, TooLarge]
    elif operation.method == "POST":
        found += [Invalid, TooLarge]
    elif operation.query:
        found += [Invalid]
    if path_names(operation.path):
        found += [NotFound]
    return found
