"""What is attached to a record: put there, replaced, shut and retired by its own member, opened by whoever may."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from service.portal.forms import text
from service.portal.inventory.reading import READING, code_in, page_of
from service.portal.visit import Visit, handed_over, see, tried


async def attach(visit: Visit) -> Response:
    return await _on_record(visit, _send(visit, f"/inventory/{code_in(visit)}{_record(visit)}/attachments"))


async def replace(visit: Visit) -> Response:
    """Upload a new version of what is attached."""
    return await _on_record(visit, _send(visit, f"{_attachment(visit)}/versions"))


async def act(visit: Visit) -> Response:
    """Change who may open a file, or take it out of use."""
    found = ACTS[visit.act_in(ACTS)]
    return await _on_record(visit, found(visit))


async def open_file(visit: Visit) -> Response:
    """Hand over a file: one's own as it is, another member's with the reader's mark."""
    query = {name: visit.request.query_params.get(name) for name in (*READING, "version")}
    return handed_over(await visit.api.download(f"{_attachment(visit)}/file", **query))


async def _send(visit: Visit, path: str) -> Response:
    await visit.api.upload(path, await visit.upload())
    return _back(visit)


async def _disclose(visit: Visit) -> Response:
    values = await visit.form()
    await visit.api.patch(_attachment(visit), {"disclosure": text(values, "disclosure")})
    return _back(visit)


async def _retire(visit: Visit) -> Response:
    values = await visit.form()
    await visit.api.post(f"{_attachment(visit)}/retirement", {"note": text(values, "note") or None})
    return _back(visit)


ACTS: dict[str, Callable[[Visit], Awaitable[Response]]] = {"disclosure": _disclose, "retirement": _retire}


async def _on_record(visit: Visit, doing: Awaitable[Response]) -> Response:
    return await tried(doing, lambda problem: page_of(visit, problem))


def _attachment(visit: Visit) -> str:
    return f"/inventory/{code_in(visit)}/attachments/{visit.ref('attachment')}"


def _record(visit: Visit) -> str:
    return f"/records/{visit.ref('record')}"


def _back(visit: Visit) -> Response:
    return see(f"/inventory/{code_in(visit)}{_record(visit)}#attachments")
