"""A member's inventory over the API: kept by its own people, read by others on the record."""

from starlette.responses import Response

from agreements.errors import GroupNotFound, MemberNotFound
from foundation.calls import Call
from foundation.documents import sheets
from foundation.documents.answers import PDF, file_response
from foundation.documents.errors import DocumentTooLarge, DocumentTooSlow, NoJapaneseFont, TooManyDocuments
from foundation.documents.typesetting import check_font
from foundation.documents.workshop import WORKSHOP
from foundation.operations import operation
from foundation.problems import NotFound, Stale, StepUpNeeded
from inventory import permissions
from inventory.errors import (
    EmergencyAccessOver,
    InvalidReading,
    InvalidRecord,
    LessThanPromised,
    NothingToTakeOut,
    NotYourRecords,
    RecordNotFound,
    RecordNotRetired,
    RecordRetired,
    StillPromised,
    TooManyRecords,
)
from inventory.records import actions, disclosures, documents, exchange, queries, sharing
from inventory.records.reading import is_own
from inventory.records.schemas import (
    CheckView,
    DisclosuresQuery,
    DisclosuresView,
    DocumentFormat,
    DocumentQuery,
    Encoding,
    ExportQuery,
    ImportDraft,
    ImportView,
    NoteDraft,
    ReadingQuery,
    RecordChange,
    RecordDraft,
    RecordKindsView,
    RecordQuery,
    RecordsQuery,
    RecordsView,
    RecordView,
    RevisionsView,
    SharingDraft,
    SharingsView,
    TableFormat,
)

READ_REFUSED = (MemberNotFound, RecordNotFound, InvalidReading, EmergencyAccessOver, StepUpNeeded)
KEEP_REFUSED = (MemberNotFound, NotYourRecords, RecordNotFound, InvalidRecord, LessThanPromised, StillPromised, Stale)


@operation("GET", "/record-kinds", permission=permissions.SEE_CATALOGUE, returns=RecordKindsView)
async def list_record_kinds(_call: Call) -> RecordKindsView:
    """台帳の種別と項目 (the kinds of record, their fields and who sees them)."""
    return queries.record_kinds()


@operation(
    "GET",
    "/inventory/{code}/records",
    permission=permissions.SEE_RECORDS,
    query=RecordsQuery,
    returns=RecordsView,
    problems=[MemberNotFound, InvalidReading, EmergencyAccessOver, StepUpNeeded],
)
async def list_records(call: Call, code: str, query: RecordsQuery) -> RecordsView:
    """台帳を見る (read a member's inventory; another member's for a group and a purpose, on the record)."""
    database = call.database
    read = database.read if is_own(call.actor, code) else database.disclose
    return await read(queries.list_records, call.actor, code, query)


@operation(
    "POST",
    "/inventory/{code}/records",
    permission=permissions.KEEP_RECORDS,
    body=RecordDraft,
    returns=RecordView,
    status=201,
    problems=[MemberNotFound, NotYourRecords, InvalidRecord, TooManyRecords],
)
async def create_record(call: Call, code: str, draft: RecordDraft) -> RecordView:
    """台帳に登録する (write a new record into the inventory)."""
    return await call.database.write(actions.create, call.actor, code, draft)


@operation(
    "GET",
    "/inventory/{code}/records/{record}",
    permission=permissions.SEE_RECORDS,
    query=RecordQuery,
    returns=RecordView,
    problems=READ_REFUSED,
)
async def read_inventory_record(call: Call, code: str, record: str, query: RecordQuery) -> RecordView:
    """台帳の記録を見る (read one record, as it is or as it was)."""
    database = call.database
    read = database.read if is_own(call.actor, code) else database.disclose
    return await read(queries.read_record, call.actor, code, record, query)


@operation(
    "PATCH",
    "/inventory/{code}/records/{record}",
    permission=permissions.KEEP_RECORDS,
    body=RecordChange,
    returns=RecordView,
    problems=[*KEEP_REFUSED, RecordRetired],
)
async def change_record(call: Call, code: str, record: str, change: RecordChange) -> RecordView:
    """台帳の記録を変更する (change a record)."""
    return await call.database.write(actions.change, call.actor, code, record, change, call.if_match)


@operation(
    "GET",
    "/inventory/{code}/records/{record}/revisions",
    permission=permissions.SEE_RECORDS,
    query=ReadingQuery,
    returns=RevisionsView,
    problems=READ_REFUSED,
)
async def list_record_revisions(call: Call, code: str, record: str, query: ReadingQuery) -> RevisionsView:
    """台帳の記録の履歴 (the history of a record)."""
    database = call.database
    read = database.read if is_own(call.actor, code) else database.disclose
    return await read(queries.list_revisions, call.actor, code, record, query)


@operation(
    "POST",
    "/inventory/{code}/records/{record}/checks",
    permission=permissions.KEEP_RECORDS,
    body=NoteDraft,
    returns=RecordView,
    status=201,
    problems=[*KEEP_REFUSED, RecordRetired],
)
async def check_record(call: Call, code: str, record: str, draft: NoteDraft) -> RecordView:
    """台帳の記録に変更がないことを確認する (say that a record is true as it stands)."""
    return await call.database.write(actions.check, call.actor, code, record, draft, call.if_match)


@operation(
    "POST",
    "/inventory/{code}/records/{record}/retirement",
    permission=permissions.KEEP_RECORDS,
    body=NoteDraft,
    returns=RecordView,
    problems=[*KEEP_REFUSED, RecordRetired],
)
async def retire_record(call: Call, code: str, record: str, draft: NoteDraft) -> RecordView:
    """台帳の記録を廃止する (say that something is no longer there)."""
    return await call.database.write(actions.retire, call.actor, code, record, draft, call.if_match)


@operation(
    "POST",
    "/inventory/{code}/records/{record}/restoration",
    permission=permissions.KEEP_RECORDS,
    body=NoteDraft,
    returns=RecordView,
    problems=[*KEEP_REFUSED, RecordNotRetired],
)
async def restore_record(call: Call, code: str, record: str, draft: NoteDraft) -> RecordView:
    """台帳の記録を復活させる (take back a retirement)."""
    return await call.database.write(actions.restore, call.actor, code, record, draft, call.if_match)


@operation(
    "POST",
    "/inventory/{code}/checks",
    permission=permissions.KEEP_RECORDS,
    body=NoteDraft,
    returns=CheckView,
    status=201,
    problems=[MemberNotFound, NotYourRecords, InvalidRecord],
)
async def check_inventory(call: Call, code: str, draft: NoteDraft) -> CheckView:
    """台帳の全体に変更がないことを確認する (say that the whole inventory is true as it stands)."""
    return await call.database.write(actions.check_all, call.actor, code, draft)


@operation(
    "GET",
    "/inventory/{code}/export",
    permission=permissions.KEEP_RECORDS,
    query=ExportQuery,
    media_type=f"text/csv, {sheets.MEDIA_TYPE}",
    problems=[NotFound, InvalidRecord],
)
async def export_inventory(call: Call, code: str, query: ExportQuery) -> Response:
    """台帳を CSV か Excel で出力する (take one kind of one's own inventory out as a table)."""
    taken = await call.database.disclose(exchange.export, call.actor, code, query)
    content = await WORKSHOP.made(exchange.made, taken, query)
    charset = "utf-8" if query.encoding is Encoding.UTF_8 else "windows-31j"
    media_type = sheets.MEDIA_TYPE if query.format is TableFormat.XLSX else f"text/csv; charset={charset}"
    name = f"inventory-{query.kind.value}.{query.format.value}"
    return file_response(content, media_type, name, f"台帳_{query.kind.label}", taken.mark)


@operation(
    "GET",
    "/inventory/{code}/document",
    permission=permissions.SEE_RECORDS,
    query=DocumentQuery,
    media_type=f"{PDF}, {sheets.MEDIA_TYPE}",
    problems=[MemberNotFound, InvalidReading, InvalidRecord, NothingToTakeOut, NoJapaneseFont, DocumentTooLarge],
)
async def take_out_inventory(call: Call, code: str, query: DocumentQuery) -> Response:
    """台帳を PDF か Excel で取り出す (take an inventory out to be read, another member's on the record).

    Whether it can be made is asked before anything is recorded; it is made when the record is written.
    """
    if query.format is DocumentFormat.PDF:
        await WORKSHOP.made(check_font)
    taken = await call.database.disclose(documents.take_out, call.actor, code, query)
    content = await WORKSHOP.made(taken.made)
    media_type = PDF if query.format is DocumentFormat.PDF else sheets.MEDIA_TYPE
    name = f"inventory.{query.format.value}"
    return file_response(content, media_type, name, f"台帳_{taken.owner}", taken.mark)


@operation(
    "POST",
    "/inventory/{code}/imports",
    permission=permissions.KEEP_RECORDS,
    body=ImportDraft,
    returns=ImportView,
    problems=[MemberNotFound, NotYourRecords, InvalidRecord, TooManyDocuments, DocumentTooSlow],
)
async def import_inventory(call: Call, code: str, draft: ImportDraft) -> ImportView:
    """台帳を CSV か Excel から取り込む (read a file into one's own inventory, or see what would become of it)."""
    rows = await WORKSHOP.made(exchange.rows_in, draft)
    return await call.database.write(exchange.take_in, call.actor, code, draft, rows, call.language)


@operation(
    "GET",
    "/inventory/{code}/disclosures",
    permission=permissions.SHARE,
    query=DisclosuresQuery,
    returns=DisclosuresView,
    problems=[NotFound],
)
async def list_disclosures(call: Call, code: str, query: DisclosuresQuery) -> DisclosuresView:
    """台帳の閲覧記録 (who looked at one's inventory, when, at what and why)."""
    return await call.database.read(disclosures.list_disclosures, call.actor, code, query)


@operation(
    "GET",
    "/inventory/{code}/sharing",
    permission=permissions.SHARE,
    returns=SharingsView,
    problems=[NotFound],
)
async def list_sharing(call: Call, code: str) -> SharingsView:
    """台帳の共有先 (in which groups one's inventory is open to those bound by an NDA)."""
    return await call.database.read(sharing.list_sharing, call.actor, code)


@operation(
    "PUT",
    "/inventory/{code}/sharing/{group}",
    permission=permissions.SHARE,
    body=SharingDraft,
    returns=SharingsView,
    problems=[GroupNotFound, NotYourRecords],
)
async def share_inventory(call: Call, code: str, group: str, draft: SharingDraft) -> SharingsView:
    """台帳の共有を変更する (open or shut one's inventory in a group)."""
    return await call.database.write(sharing.share, call.actor, code, group, draft)
