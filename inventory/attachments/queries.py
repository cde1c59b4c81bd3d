"""Reading what is attached: lists without bytes, and one file at a time, each opening on the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from foundation import audit
from foundation.actor import Actor
from foundation.documents.judging.verdict import ContentKind
from foundation.documents.watermark import Watermark
from foundation.sealing import shown, unseal_bytes
from inventory.attachments import announcing
from inventory.attachments.models import CONTENT, FILE_NAME, TITLE, Attachment, AttachmentContent, AttachmentVersion
from inventory.attachments.schemas import (
    AttachmentsQuery,
    AttachmentsView,
    AttachmentVersionView,
    AttachmentView,
    FileQuery,
)
from inventory.attachments.sharing import AttachmentClass
from inventory.errors import AttachmentNotFound, RecordNotFound
from inventory.records import reading as readings
from inventory.records.fields import Disclosure
from inventory.records.kinds import RecordKind
from inventory.records.marks import view_of
from inventory.records.models import InventoryRecord
from inventory.records.reading import Reading, Shown
from inventory.records.schemas import ReadingQuery

FIELD = "attachments"
"""As what an attachment stands among the names of fields in the record of readings."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """開いたファイル: its bytes as they were uploaded. With a `mark` they are for another member's reader.

    The mark stands in the audit rows of the reading, and on every page that the reader gets.
    """

    kind: ContentKind
    title: str
    number: int
    version: int
    content: bytes
    mark: Watermark | None


def list_attachments(
    session: Session, actor: Actor, ref: str, record: str, wanted: AttachmentsQuery
) -> AttachmentsView:
    """Return what is attached to a record; titles shown to others are recorded.

    Raises InvalidReading, MemberNotFound, RecordNotFound.
    """
    reading = readings.reading_by(session, actor, ref, wanted)
    found = session.scalar(select(InventoryRecord).where(InventoryRecord.id == record, reading.visible))
    if found is None or reading.level is Disclosure.GROUP:
        raise RecordNotFound
    state = Attachment.retired_at.is_not(None) if wanted.is_retired else Attachment.retired_at.is_(None)
    rows = session.scalars(_open_to(reading).where(Attachment.record_id == record, state).order_by(Attachment.number))
    items = [view(session, each, reading) for each in rows.unique()]
    mark = readings.record(session, actor, reading, wanted, FIELD, [_shown(found)]) if items else None
    return AttachmentsView(items=items, watermark=mark and view_of(mark))


def read_attachment(
    session: Session, actor: Actor, ref: str, attachment: str, wanted: ReadingQuery
) -> AttachmentView:
    """Return one attachment without its bytes. Raises InvalidReading, MemberNotFound, AttachmentNotFound."""
    reading = readings.reading_by(session, actor, ref, wanted)
    found = _attachment(session, reading, attachment)
    mark = readings.record(session, actor, reading, wanted, FIELD, [_shown(found.record)])
    return view(session, found, reading).model_copy(update={"watermark": mark and view_of(mark)})


def open_file(session: Session, actor: Actor, ref: str, attachment: str, wanted: FileQuery) -> OpenedFile:
    """Return the bytes of an attachment, on the record; the owner of another's is told at once.

    Raises InvalidReading, MemberNotFound, AttachmentNotFound.
    """
    reading = readings.reading_by(session, actor, ref, wanted)
    found = _attachment(session, reading, attachment)
    version = _version(session, reading, found, wanted.version)
    facts: dict[str, str | int] = {"attachment": found.id, "version": version.number}
    mark = readings.record(session, actor, reading, wanted, "attachment", [_shown(found.record)], **facts)
    if mark is None:
        audit.record(session, actor, "inventory.attachment_read", f"attachment:{found.id}", version=version.number)
    else:
        announcing.tell_owner(session, reading, found, mark, readings.purpose_of(reading, wanted))
    return OpenedFile(
        kind=ContentKind(version.kind),
        title=shown(session, found.member_id, TITLE, version.id, version.title_sealed),
        number=found.number,
        version=version.number,
        content=_content(session, found, version),
        mark=mark,
    )


def attachment_of(session: Session, visible_to: ColumnElement[bool], attachment: str) -> Attachment:
    """Return an attachment for a change, locked, of a record that is visible. Raises AttachmentNotFound."""
    found = session.scalar(
        select(Attachment)
        .join(InventoryRecord, InventoryRecord.id == Attachment.record_id)
        .where(Attachment.id == attachment, visible_to)
        .with_for_update(of=Attachment)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise AttachmentNotFound
    return found


def view(session: Session, found: Attachment, reading: Reading) -> AttachmentView:
    """Show an attachment with the versions that the reader may open."""
    of_it = select(AttachmentVersion).where(AttachmentVersion.attachment_id == found.id)
    if not reading.is_own:
        of_it = of_it.where(AttachmentVersion.number == found.version)
    rows: Sequence[AttachmentVersion] = session.scalars(of_it.order_by(AttachmentVersion.number.desc())).all()
    versions = list(_version_views(session, found, rows, is_own=reading.is_own))
    newest = versions[0]
    return AttachmentView(
        id=found.id,
        member=found.member_id,
        record=found.record_id,
        number=found.number,
        title=newest.title,
        kind=newest.kind,
        size=newest.size,
        disclosure=AttachmentClass(found.disclosure),
        is_retired=found.retired_at is not None,
        version=found.version,
        versions=versions,
    )


def _open_to(reading: Reading) -> Select[Attachment]:
    """Build the select of the attachments that a reader may open: beside the record's rule their own class."""
    statement = (
        select(Attachment)
        .join(InventoryRecord, InventoryRecord.id == Attachment.record_id)
        .where(reading.visible, Attachment.member_id == reading.owner.id)
    )
    if reading.is_own:
        return statement
    return statement.where(and_(Attachment.disclosure == AttachmentClass.NDA.value, Attachment.retired_at.is_(None)))


def _attachment(session: Session, reading: Reading, attachment: str) -> Attachment:
    if reading.level is Disclosure.GROUP:
        raise AttachmentNotFound
    found = session.scalar(_open_to(reading).where(Attachment.id == attachment))
    if found is None:
        raise AttachmentNotFound
    return found


def _version(session: Session, reading: Reading, found: Attachment, wanted: int | None) -> AttachmentVersion:
    """Return the version that is asked for; what was replaced is for the owner alone. Raises AttachmentNotFound."""
    number = wanted or found.version
    if number != found.version and not reading.is_own:
        raise AttachmentNotFound
    version = session.scalar(
        select(AttachmentVersion).where(
            AttachmentVersion.attachment_id == found.id, AttachmentVersion.number == number
        )
    )
    if version is None:
        raise AttachmentNotFound
    return version


def _content(session: Session, found: Attachment, version: AttachmentVersion) -> bytes:
    sealed = session.scalars(select(AttachmentContent.sealed).where(AttachmentContent.version_id == version.id)).one()
    return unseal_bytes(session, found.member_id, CONTENT, version.id, sealed)


def _version_views(
    session: Session, found: Attachment, rows: Iterable[AttachmentVersion], *, is_own: bool
) -> Iterable[AttachmentVersionView]:
    owner = found.member_id
    for row in rows:
        yield AttachmentVersionView(
            number=row.number,
            title=shown(session, owner, TITLE, row.id, row.title_sealed),
            file_name=shown(session, owner, FILE_NAME, row.id, row.file_name_sealed) if is_own else None,
            kind=ContentKind(row.kind),
            size=row.size,
            made_at=row.made_at,
            made_by=row.made_by if is_own else None,
        )


def _shown(record: InventoryRecord) -> Shown:
    return Shown(RecordKind(record.kind), record.id, (FIELD,))
