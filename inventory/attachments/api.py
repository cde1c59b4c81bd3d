"""Attachments over the API: kept by their own member's people, opened by others on the record and with a mark."""

from starlette.responses import Response

from agreements.errors import MemberNotFound
from foundation.calls import Call
from foundation.documents.errors import (
    DocumentTooSlow,
    NoJapaneseFont,
    TooManyDocuments,
    UnreadableDocument,
)
from foundation.documents.intake import Taken, UnfitFile, take_in
from foundation.documents.judging.verdict import ContentKind
from foundation.documents.marking import CannotBeMarked, check_marking, handed_out
from foundation.downloads import download
from foundation.operations import operation
from foundation.problems import Stale, StepUpNeeded
from foundation.uploads import Upload
from inventory import permissions
from inventory.attachments import actions, queries
from inventory.attachments.actions import Allowance
from inventory.attachments.checking import secret_refusal
from inventory.attachments.schemas import (
    AttachmentChange,
    AttachmentDraft,
    AttachmentsQuery,
    AttachmentsView,
    AttachmentView,
    FileQuery,
    VersionDraft,
)
from inventory.errors import (
    AttachmentNotFound,
    AttachmentRetired,
    AttachmentsTooLarge,
    EmergencyAccessOver,
    InvalidAttachment,
    InvalidReading,
    InvalidRecord,
    NotYourRecords,
    RecordNotFound,
    RecordRetired,
    TooManyAttachments,
)
from inventory.records.reading import is_own
from inventory.records.schemas import NoteDraft, ReadingQuery

GROUNDS_REFUSED = (InvalidReading, EmergencyAccessOver, StepUpNeeded)
KEEP_REFUSED = (MemberNotFound, NotYourRecords, AttachmentNotFound, AttachmentRetired, Stale)
UPLOAD_REFUSED = (
    UnfitFile,
    InvalidAttachment,
    TooManyAttachments,
    AttachmentsTooLarge,
    DocumentTooSlow,
    TooManyDocuments,
)
MARKING_REFUSED = (CannotBeMarked, UnreadableDocument, NoJapaneseFont, TooManyDocuments, DocumentTooSlow)
MEDIA = ", ".join(dict.fromkeys(each.media_type for each in ContentKind))


@operation(
    "GET",
    "/inventory/{code}/records/{record}/attachments",
    permission=permissions.SEE_RECORDS,
    query=AttachmentsQuery,
    returns=AttachmentsView,
    problems=[MemberNotFound, RecordNotFound, *GROUNDS_REFUSED],
)
async def list_attachments(call: Call, code: str, record: str, query: AttachmentsQuery) -> AttachmentsView:
    """台帳の記録の添付ファイルの一覧 (what is attached to a record, without the files)."""
    database = call.database
    read = database.read if is_own(call.actor, code) else database.disclose
    return await read(queries.list_attachments, call.actor, code, record, query)


@operation(
    "POST",
    "/inventory/{code}/records/{record}/attachments",
    permission=permissions.KEEP_RECORDS,
    body=AttachmentDraft,
    returns=AttachmentView,
    status=201,
    problems=[MemberNotFound, NotYourRecords, RecordNotFound, RecordRetired, *UPLOAD_REFUSED],
)
async def attach_file(call: Call, code: str, record: str, draft: AttachmentDraft, file: Upload) -> AttachmentView:
    """台帳の記録にファイルを添付する (attach a diagram or document to a record)."""
    await call.database.read(actions.check_record, call.actor, code, record)
    taken = await _take_in(call, file)
    return await call.database.write(actions.attach, call.actor, code, record, draft, taken, _allowance(call))


@operation(
    "GET",
    "/inventory/{code}/attachments/{attachment}",
    permission=permissions.SEE_RECORDS,
    query=ReadingQuery,
    returns=AttachmentView,
    problems=[MemberNotFound, AttachmentNotFound, *GROUNDS_REFUSED],
)
async def read_attachment(call: Call, code: str, attachment: str, query: ReadingQuery) -> AttachmentView:
    """添付ファイルの版を見る (one attachment and its versions, without the files)."""
    database = call.database
    read = database.read if is_own(call.actor, code) else database.disclose
    return await read(queries.read_attachment, call.actor, code, attachment, query)


@operation(
    "GET",
    "/inventory/{code}/attachments/{attachment}/file",
    permission=permissions.SEE_RECORDS,
    query=FileQuery,
    media_type=MEDIA,
    problems=[MemberNotFound, AttachmentNotFound, *GROUNDS_REFUSED, *MARKING_REFUSED],
)
async def open_attachment(call: Call, code: str, attachment: str, query: FileQuery) -> Response:
    """添付ファイルを開く (the file; another member's with the reader's mark, and told to its owner)."""
    if not is_own(call.actor, code):
        await check_marking()
    file = await call.database.disclose(queries.open_file, call.actor, code, attachment, query)
    kind, content = await handed_out(file.kind, file.content, file.mark)
    plain = f"attachment-{file.number}-v{file.version}"
    return download(
        content, kind.media_type, title=f"{call.state.mode.mark}{file.title}", plain=plain, extension=kind.extension
    )


@operation(
    "POST",
    "/inventory/{code}/attachments/{attachment}/versions",
    permission=permissions.KEEP_RECORDS,
    body=VersionDraft,
    returns=AttachmentView,
    status=201,
    problems=[*KEEP_REFUSED, *UPLOAD_REFUSED],
)
async def replace_attachment(
    call: Call, code: str, attachment: str, draft: VersionDraft, file: Upload
) -> AttachmentView:
    """添付ファイルを新しい版に差し替える (upload a new version; older ones stay for the owner)."""
    await call.database.read(actions.check_attachment, call.actor, code, attachment)
    taken = await _take_in(call, file)
    return await call.database.write(
        actions.replace, call.actor, code, attachment, draft, taken, _allowance(call), call.if_match
    )


@operation(
    "PATCH",
    "/inventory/{code}/attachments/{attachment}",
    permission=permissions.KEEP_RECORDS,
    body=AttachmentChange,
    returns=AttachmentView,
    problems=KEEP_REFUSED,
)
async def change_attachment(call: Call, code: str, attachment: str, change: AttachmentChange) -> AttachmentView:
    """添付ファイルの開示区分を変更する (say who else than the owner may open a file)."""
    return await call.database.write(actions.change, call.actor, code, attachment, change, call.if_match)


@operation(
    "POST",
    "/inventory/{code}/attachments/{attachment}/retirement",
    permission=permissions.KEEP_RECORDS,
    body=NoteDraft,
    returns=AttachmentView,
    problems=[*KEEP_REFUSED, InvalidRecord],
)
async def retire_attachment(call: Call, code: str, attachment: str, draft: NoteDraft) -> AttachmentView:
    """添付ファイルを廃止する (take a file out of use; its versions stay for the owner)."""
    return await call.database.write(actions.retire, call.actor, code, attachment, draft, call.if_match)


async def _take_in(call: Call, file: Upload) -> Taken:
    return await take_in(file, call.state.settings.attachment_limit, call.actor.member, secret_refusal)


def _allowance(call: Call) -> Allowance:
    settings = call.state.settings
    return Allowance(settings.attachment_count, settings.attachment_total)
