"""The record over the API: read and taken away by those whom a member trusts with it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row
from starlette.responses import StreamingResponse

from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from service import permissions
from service.record import export, queries
from service.record.schemas import AuditExportQuery, AuditQuery, AuditView, ExportFormat

AT_ONCE = 1000
"""Rows of an export read at a time; each in a moment of its own, so that nobody waits for a long one."""


@operation("GET", "/audit", permission=permissions.READ_RECORD, query=AuditQuery, returns=Page[AuditView])
async def read_audit(call: Call, query: AuditQuery) -> Page[AuditView]:
    """自団体の監査記録を読む、新しい順 (the record of one's own member, newest first; the reading is recorded)."""
    return await call.database.disclose(queries.read, call.actor, query)


@operation(
    "GET",
    "/audit/export",
    permission=permissions.READ_RECORD,
    query=AuditExportQuery,
    media_type="text/csv, application/jsonl",
)
async def export_audit(call: Call, query: AuditExportQuery) -> StreamingResponse:
    """自団体の監査記録を書き出す (the record of one's own member as CSV or JSON lines; the export is recorded)."""
    last = await call.database.disclose(queries.begin_export, call.actor, query)
    is_csv = query.format is ExportFormat.CSV
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="audit.{query.format}"',
    }
    media_type = "text/csv; charset=utf-8" if is_csv else "application/jsonl"
    return StreamingResponse(_pieces(call, query, last), headers=headers, media_type=media_type)


async def _pieces(call: Call, query: AuditExportQuery, last: int) -> AsyncIterator[str]:
    if query.format is ExportFormat.CSV:
        yield export.csv_head()
    after = 0
    while rows := await call.database.read(queries.export_page, call.actor, query, after, last, AT_ONCE):
        yield await _piece(call, query, rows)
        after = rows[-1].sequence


async def _piece(call: Call, query: AuditExportQuery, rows: Sequence[Row[Any]]) -> str:
    if query.format is ExportFormat.JSONL:
        return export.json_lines(rows)
    return export.csv_lines(await call.database.read(queries.views, call.actor, rows))
