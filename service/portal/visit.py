"""One page request: who asks, with which form, and how refusals become pages."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from foundation.problems import Language, Problem
from foundation.settings import Settings
from foundation.uploads import Form, read_form
from service.portal import session
from service.portal.client import Api, ApiProblem, FieldError
from service.portal.rendering import render
from service.portal.session import Viewer

REF = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_FIELDS = 300
ROOMY = 16
MEGABYTE = 1_048_576
UNAUTHORISED, FORBIDDEN, NOT_FOUND, TOO_LARGE, FAILED = 401, 403, 404, 413, 500
STEP_UP = "step-up-needed"
NOTHING_HERE = "見つかりません。番号やリンクを確かめてください。"
FOREIGN = "ほかのサイトから送られた操作は受け付けません。このサイトの画面を開き直して、もう一度操作してください。"
REFUSALS = {
    TOO_LARGE: "送信内容が大きすぎます。文章を短くして、もう一度送ってください。",
    UNAUTHORISED: "サインインが必要です。",
    NOT_FOUND: NOTHING_HERE,
}
FILE_TOO_LARGE = "ファイルが大きすぎます。{most}MBまでにして、もう一度選んでください。"
HOME = "/incidents"
UNREADABLE = "送信内容を読み取れませんでした。画面を開き直して、もう一度送ってください。"


@dataclass
class Visit:
    """One request for a page, with the API as its visitor may use it."""

    request: Request
    settings: Settings
    api: Api

    async def viewer(self) -> Viewer:
        """Return who is signed in. Raises ApiProblem (401) where nobody is."""
        return await session.viewer_of(self.api)

    def ref(self, name: str) -> str:
        """Return an id from the path. Raises ApiProblem (404) where it can't be one."""
        value = str(self.request.path_params[name])
        if not REF.fullmatch(value):
            raise ApiProblem(NOT_FOUND, NOTHING_HERE)
        return value

    def act_in(self, acts: Collection[str]) -> str:
        """Return which of a page's acts the path names. Raises ApiProblem (404) where it is none of them."""
        wanted = str(self.request.path_params["act"])
        if wanted not in acts:
            raise ApiProblem(NOT_FOUND, NOTHING_HERE)
        return wanted

    async def form(self, *, files: int = 0) -> FormData:
        """Return the fields and files that were sent; HTTPException where they are unreadable or too many."""
        length = self.request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.settings.body_limit:
            raise HTTPException(TOO_LARGE)
        return await self.request.form(max_files=files, max_fields=MOST_FIELDS)

    async def upload(self) -> Form:
        """Return the fields and the one file that were sent, held in memory. Raises ApiProblem.

        Nothing large is read from anybody who is not signed in.
        """
        await self.viewer()
        try:
            return await read_form(self.request)
        except HTTPException:
            most = self.settings.attachment_limit // MEGABYTE
            raise ApiProblem(TOO_LARGE, FILE_TOO_LARGE.format(most=most)) from None
        except Problem as problem:
            errors = tuple(FieldError(each.pointer, each.ja) for each in problem.errors)
            raise ApiProblem(problem.status, problem.detail(Language.JA), problem.code(), errors) from None

    def render(self, template: str, /, *, title: str, problem: ApiProblem | None = None, **values: Any) -> Response:
        """Return a page; with a problem, the one that says on itself why something was refused."""
        if problem:
            values["status"] = problem.status
        return render(self.request, template, title=title, problem=problem, **values)

    async def refuse(self, problem: ApiProblem) -> Response:
        """Show why something can't be done; whoever is not signed in is sent to do so."""
        if problem.status == UNAUTHORISED:
            path = self.request.url.path if self.request.method == "GET" else "/incidents"
            return see(f"/?next={quote(path, safe='/')}")
        texts = [each.detail for each in problem.errors]
        return self.render(
            "refusal.html",
            title="処理できません",
            status=problem.status,
            viewer=await self._viewer_if_any(),
            detail=problem.detail,
            needs_step_up=problem.code == STEP_UP,
            texts=texts,
            is_settled=problem.status < FAILED,
        )

    async def _viewer_if_any(self) -> Viewer | None:
        try:
            return await self.viewer()
        except ApiProblem:
            return None


Handler = Callable[[Visit], Awaitable[Response]]


class FileRoute(Route):
    """ファイルを受け取るページ: takes in as much as the operation to which it sends the file on."""

    takes_file = True


def page(
    settings: Settings,
    path: str,
    get: Handler | None = None,
    post: Handler | None = None,
    *,
    takes_file: bool = False,
) -> Route:
    """Return a page's route, with its answers compressed for thin lines."""
    handlers = {name: handler for name, handler in (("GET", get), ("POST", post)) if handler}

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _answer(handlers[method], request, settings)

    # Far above what a form is read up to: Starlette answers a body beyond this in bare English words
    roomy = (settings.attachment_limit if takes_file else settings.body_limit) * ROOMY
    packing = [Middleware(GZipMiddleware, minimum_size=700)]
    kind = FileRoute if takes_file else Route
    return kind(path, endpoint, methods=list(handlers), middleware=packing, max_body_size=roomy)


async def tried(act: Awaitable[Response], again: Callable[[ApiProblem], Awaitable[Response]]) -> Response:
    """Do what a form asks for; why it can't be done is said on the form's own page."""
    try:
        return await act
    except ApiProblem as problem:
        if problem.status in {UNAUTHORISED, NOT_FOUND}:
            raise
        return await again(problem)


def onward_to(path: str) -> str:
    """Return where to go after signing in: a page of this portal, never another site."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if is_own and len(path) > 1 else HOME


def see(path: str) -> Response:
    """Send the browser on with a GET, so that reloading repeats nothing."""
    return RedirectResponse(path, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


def handed_over(file: httpx.Response) -> Response:
    """Return a file as the API gave it."""
    kept = ("content-type", "content-disposition", "cache-control")
    return Response(file.content, headers={name: file.headers[name] for name in kept if name in file.headers})


async def _answer(handler: Handler, request: Request, settings: Settings) -> Response:
    token = session.token_in(request, settings)
    async with Api(request, token) as api:
        visit = Visit(request, settings, api)
        try:
            _check_site(request)
            return await handler(visit)
        except ApiProblem as problem:
            return await visit.refuse(problem)
        except HTTPException as error:
            return await visit.refuse(ApiProblem(error.status_code, REFUSALS.get(error.status_code, UNREADABLE)))
        finally:
            await request.close()


def _check_site(request: Request) -> None:
    """Refuse a form that another site's page sent.

    An answer by link needs no session: its token alone counts, so there is nothing that another site could borrow.
    """
    is_answer = request.url.path.startswith("/r/")
    if request.method == "POST" and not is_answer and session.is_foreign(request):
        raise ApiProblem(FORBIDDEN, FOREIGN)
