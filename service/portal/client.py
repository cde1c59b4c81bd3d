"""The portal's only way to anything: the API, called as the person who is signed in."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.requests import Request

from foundation.peers import address_of
from foundation.uploads import FILE, Form

MOST_PAGES = 20
FORBIDDEN = 403
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class FieldError:
    """項目の誤り: where (JSON pointer) and what to do."""

    pointer: str
    detail: str


@dataclass
class ApiProblem(Exception):
    """The API refused; `detail` is its sentence for the person."""

    status: int
    detail: str
    code: str = ""
    errors: tuple[FieldError, ...] = field(default=())

    def __str__(self) -> str:
        return self.detail

    @property
    def said(self) -> str:
        """All that the refusal says, in one paragraph."""
        return " ".join([self.detail, *(each.detail for each in self.errors)])


class Api:
    """An HTTP client of this very application, with the session's bearer token."""

    def __init__(self, request: Request, token: str | None) -> None:
        headers = {"Accept-Language": "ja"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # The API counts wrong sign-ins by where they come from, which is the visitor, not the portal.
        peer = address_of(request, request.app.state.settings.trusted_proxy) or ""
        transport = httpx.ASGITransport(app=request.app, client=(peer, 0), raise_app_exceptions=False)
        self._http = httpx.AsyncClient(
            transport=transport,
            base_url=f"{request.url.scheme}://{request.url.netloc}/api",
            headers=headers,
            timeout=SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: str | None) -> Any:
        """Return the answer's JSON. Raises ApiProblem."""
        given = {name: value for name, value in query.items() if value}
        return _answer(await self._http.get(path, params=given))

    async def get_at_terminal(self, path: str, terminal: str) -> Any:
        """Return the answer's JSON to a browser that shows which shared terminal it is. Raises ApiProblem."""
        return _answer(await self._http.get(path, headers={"Yuimaru-Terminal": terminal}))

    async def every(self, path: str, *, first: str | None = None, **query: str | None) -> list[Any]:
        """Return the items of all pages of a list from a cursor on, up to a bound. Raises ApiProblem."""
        return [item for page in await self.pages(path, first=first, **query) for item in page["items"]]

    async def pages(self, path: str, *, first: str | None = None, **query: str | None) -> list[Any]:
        """Return the pages themselves, where each says more than its items. Raises ApiProblem."""
        pages: list[Any] = []
        cursor = first
        for _ in range(MOST_PAGES):
            pages.append(await self.get(path, **query, cursor=cursor))
            cursor = pages[-1]["next"]
            if cursor is None:
                break
        return pages

    async def every_allowed(self, path: str, **query: str | None) -> list[Any]:
        """Return what `every` does, or nothing where it is not for the person. Raises ApiProblem."""
        try:
            return await self.every(path, **query)
        except ApiProblem as problem:
            if problem.status != FORBIDDEN:
                raise
            return []

    async def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        """Send a body; the same key again gets the first answer again. Raises ApiProblem."""
        headers = {"Idempotency-Key": key} if key else {}
        return _answer(await self._http.post(path, json=body, headers=headers))

    async def upload(self, path: str, form: Form) -> Any:
        """Send a form with its file on. Raises ApiProblem."""
        file = (form.upload.name, form.upload.content, "application/octet-stream")
        return _answer(await self._http.post(path, data=dict(form.fields), files={FILE: file}))

    async def patch(self, path: str, body: dict[str, Any], *, version: str | None = None) -> Any:
        """Change something, with a version only as the caller saw it. Raises ApiProblem (412 where it is not)."""
        headers = {"If-Match": f'"{version}"'} if version else {}
        return _answer(await self._http.patch(path, json=body, headers=headers))

    async def download(self, path: str, **query: str | None) -> httpx.Response:
        """Return an answer that is a file. Raises ApiProblem."""
        given = {name: value for name, value in query.items() if value}
        response = await self._http.get(path, params=given)
        if not response.is_success:
            _answer(response)
        return response

    async def post_for_file(self, path: str) -> httpx.Response:
        """Have a file made, and return it. Raises ApiProblem."""
        response = await self._http.post(path, json={})
        if not response.is_success:
            _answer(response)
        return response

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Set something. Raises ApiProblem."""
        _answer(await self._http.put(path, json=body))

    async def delete(self, path: str) -> None:
        """Take something away. Raises ApiProblem."""
        _answer(await self._http.delete(path))


def _answer(response: httpx.Response) -> Any:
    if response.is_success:
        return response.json() if response.content else None
    given = response.json() if "json" in response.headers.get("content-type", "") else {}
    raise ApiProblem(
        status=response.status_code,
        detail=given.get("detail", "処理できませんでした。時間をおいてもう一度お試しください。"),
        code=given.get("type", "").rpartition(":")[2],
        errors=tuple(FieldError(each["pointer"], each["detail"]) for each in given.get("errors", ())),
    )
