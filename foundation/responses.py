"""Answers: views as JSON, problems as problem+json (RFC 9457)."""

import json
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from foundation.problems import Language, Problem


class ErrorView(BaseModel):
    """項目の誤り: where it is (JSON pointer), its code, and what to do."""

    pointer: str
    code: str
    detail: str


class ProblemView(BaseModel):
    """問題: why something was refused. `type` is stable, `detail` is for the person."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorView] = Field(default_factory=list)


def view_response(view: Any, status: int) -> Response:
    """Return a view as JSON, with its version as ETag where it has one."""
    if isinstance(view, Response):
        return view
    if view is None:
        return Response(status_code=status)
    headers = {"Cache-Control": "no-store"}
    if (version := getattr(view, "version", None)) is not None:
        headers["ETag"] = f'"{version}"'
    return Response(view.model_dump_json(), status, headers, "application/json")


def problem_response(problem: Problem, language: Language) -> Response:
    """Return a problem in the caller's language."""
    english = language is Language.EN
    body = {
        "type": f"urn:yuimaru:problem:{problem.code()}",
        "title": problem.detail(Language.EN),
        "status": problem.status,
        "detail": problem.detail(language),
    }
    if problem.errors:
        body["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.en if english else each.ja}
            for each in problem.errors
        ]
    headers = {"Cache-Control": "no-store", "Content-Language": language.value}
    if problem.status == 401:  # noqa: PLR2004 — the one status that HTTP wants explained
        headers["WWW-Authenticate"] = "Bearer"
    if problem.status in {429, 503}:
        headers["Retry-After"] = str(problem.facts.get("seconds", 5))
    return Response(json.dumps(body, ensure_ascii=False), problem.status, headers, "application/problem+json")


def language_of(accepted: str | None) -> Language:
    """Return the language a caller asks for: Japanese unless English comes first."""
    first = (accepted or "").split(",", 1)[0].strip().lower()
    return Language.EN if first.startswith("en") else Language.JA
