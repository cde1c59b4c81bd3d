"""Steps by which files are attached to an inventory and opened."""

import io
from typing import Any

import httpx
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from tests.api_client import Service
from tests.foundation.documents.samples import pdf
from tests.world import KOMATSU, World

TITLE = "架空庁舎の構成図"
FILE_NAME = "架空_秘匿構成.pdf"


async def attach(
    service: Service,
    world: World,
    record: str,
    content: bytes | None = None,
    *,
    name: str = FILE_NAME,
    expect: int = 201,
    headers: dict[str, str] | None = None,
    **form: str,
) -> dict[str, Any]:
    """Attach a file to a record as its member's contact."""
    path = f"/api/inventory/{KOMATSU}/records/{record}/attachments"
    return await upload(
        service,
        path,
        world.email(KOMATSU),
        pdf() if content is None else content,
        name=name,
        expect=expect,
        headers=headers,
        **{"title": TITLE, "disclosure": "nda", **form},
    )


async def upload(
    service: Service,
    path: str,
    by: str,
    content: bytes,
    *,
    name: str = FILE_NAME,
    expect: int = 201,
    headers: dict[str, str] | None = None,
    **form: str,
) -> dict[str, Any]:
    files = {"file": (name, content, "application/octet-stream")}
    answer = await service.call("POST", path, by=by, data=form, files=files, headers=headers or {})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fetch(service: Service, attachment: str, by: str, *, code: str = KOMATSU, **query: Any) -> httpx.Response:
    """Open a file as one's own."""
    return await service.call("GET", f"/api/inventory/{code}/attachments/{attachment}/file", by=by, params=query)


async def rows(service: Service, act: str) -> list[Audit]:
    def find(session: Session) -> list[Audit]:
        return list(session.scalars(select(Audit).where(Audit.act == act).order_by(Audit.id)))

    return await service.database.read(find)


def text_of(content: bytes) -> list[str]:
    """Return the text of each page, without white space: lines break where they must."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]
