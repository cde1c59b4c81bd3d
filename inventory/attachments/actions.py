"""Keeping what is attached to the records of one's own inventory; every upload is a version, and stays."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.models import Member
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.database.statements import insert_rows
from foundation.documents.intake import MEGABYTE, Taken
from foundation.ids import new_id
from foundation.sealing import seal, seal_bytes, shown
from inventory.attachments import queries
from inventory.attachments.checking import check_title
from inventory.attachments.models import CONTENT, FILE_NAME, TITLE, Attachment, AttachmentContent, AttachmentVersion
from inventory.attachments.schemas import AttachmentChange, AttachmentDraft, AttachmentView, VersionDraft
from inventory.errors import (
    AttachmentNotFound,
    AttachmentRetired,
    AttachmentsTooLarge,
    RecordNotFound,
    RecordRetired,
    TooManyAttachments,
)
from inventory.records.actions import keeper, own_member
from inventory.records.fields import Disclosure
from inventory.records.models import InventoryRecord
from inventory.records.queries import record_of
from inventory.records.reading import Reading
from inventory.records.schemas import NoteDraft
from inventory.records.validation import check_note
from inventory.records.visibility import own_records_visible_to


@dataclass(frozen=True, slots=True)
class Allowance:
    """添付ファイルの枠: how many files (versions) and bytes a member may keep in all."""

    files: int
    total: int


def check_record(session: Session, actor: Actor, ref: str, record_id: str) -> None:
    """Ask before a file is read whether there is such a record to attach it to.

    Raises MemberNotFound, NotYourRecords, RecordNotFound.
    """
    own_member(session, actor, ref)
    kept = select(InventoryRecord.id).where(InventoryRecord.id == record_id, own_records_visible_to(actor))
    if session.scalar(kept) is None:
        raise RecordNotFound


def check_attachment(session: Session, actor: Actor, ref: str, attachment_id: str) -> None:
    """Ask before a file is read whether there is such an attachment to replace.

    Raises MemberNotFound, NotYourRecords, AttachmentNotFound.
    """
    own_member(session, actor, ref)
    kept = select(Attachment.id).join(InventoryRecord, InventoryRecord.id == Attachment.record_id)
    if session.scalar(kept.where(Attachment.id == attachment_id, own_records_visible_to(actor))) is None:
        raise AttachmentNotFound


def attach(
    session: Session,
    actor: Actor,
    ref: str,
    record_id: str,
    draft: AttachmentDraft,
    file: Taken,
    allowance: Allowance,
) -> AttachmentView:
    """Keep a file beside a record.

    Raises MemberNotFound, NotYourRecords, RecordNotFound, RecordRetired, InvalidAttachment, TooManyAttachments,
    AttachmentsTooLarge.
    """
    member = own_member(session, actor, ref)
    check_title(draft.title)
    record = record_of(session, own_records_visible_to(actor), record_id)
    if record.is_retired:
        raise RecordRetired
    _check_room(session, member, file, allowance)
    newest = session.scalar(select(func.max(Attachment.number)).where(Attachment.member_id == member.id))
    attachment = Attachment(
        id=new_id(),
        member_id=member.id,
        record=record,
        number=(newest or 0) + 1,
        disclosure=draft.disclosure.value,
        version=0,
        created_at=clock.now(session),
    )
    session.add(attachment)
    return _kept(session, actor, attachment, draft.title, file, "added")


def replace(
    session: Session,
    actor: Actor,
    ref: str,
    attachment_id: str,
    draft: VersionDraft,
    file: Taken,
    allowance: Allowance,
    version: int | None = None,
) -> AttachmentView:
    """Keep a new version; the older ones stay, for the owner.

    Raises MemberNotFound, NotYourRecords, AttachmentNotFound, Stale, AttachmentRetired, InvalidAttachment,
    TooManyAttachments, AttachmentsTooLarge.
    """
    attachment = _own_attachment(session, actor, ref, attachment_id, version)
    check_title(draft.title)
    _check_room(session, session.get_one(Member, attachment.member_id), file, allowance)
    return _kept(session, actor, attachment, draft.title or _title(session, attachment), file, "replaced")


def change(
    session: Session,
    actor: Actor,
    ref: str,
    attachment_id: str,
    wanted: AttachmentChange,
    version: int | None = None,
) -> AttachmentView:
    """Say who else may open it, from the next call on. Raises as `replace` does."""
    attachment = _own_attachment(session, actor, ref, attachment_id, version)
    attachment.disclosure = wanted.disclosure.value
    audit.record(
        session,
        actor,
        "inventory.attachment_changed",
        f"attachment:{attachment.id}",
        disclosure=attachment.disclosure,
    )
    return _view(session, actor, attachment)


def retire(
    session: Session, actor: Actor, ref: str, attachment_id: str, draft: NoteDraft, version: int | None = None
) -> AttachmentView:
    """Take it out of use: from now on nobody but the owner opens it. Raises as `replace` does, and InvalidRecord."""
    attachment = _own_attachment(session, actor, ref, attachment_id, version)
    check_note(draft.note)
    attachment.retired_at, attachment.retired_by = clock.now(session), keeper(actor)
    audit.record(session, actor, "inventory.attachment_retired", f"attachment:{attachment.id}", note=draft.note)
    return _view(session, actor, attachment)


def _own_attachment(session: Session, actor: Actor, ref: str, attachment_id: str, version: int | None) -> Attachment:
    own_member(session, actor, ref)
    attachment = queries.attachment_of(session, own_records_visible_to(actor), attachment_id)
    check_version(attachment.version, version)
    if attachment.retired_at is not None:
        raise AttachmentRetired
    return attachment


def _check_room(session: Session, member: Member, file: Taken, allowance: Allowance) -> None:
    """Raise TooManyAttachments, AttachmentsTooLarge; the member's row is locked, so two uploads don't share a place.

    What is retired or replaced is kept and counts.
    """
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update(key_share=True))
    files, total = session.execute(
        select(func.count(), func.coalesce(func.sum(AttachmentVersion.size), 0))
        .join(Attachment, Attachment.id == AttachmentVersion.attachment_id)
        .where(Attachment.member_id == member.id)
    ).one()
    if files >= allowance.files:
        raise TooManyAttachments(most=allowance.files)
    left = allowance.total - total
    if len(file.content) > left:
        raise AttachmentsTooLarge(most=_megabytes(allowance.total), left=_megabytes(max(left, 0)))


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}"


def _kept(
    session: Session, actor: Actor, attachment: Attachment, title: str, file: Taken, what: str
) -> AttachmentView:
    """Write the next version and its bytes."""
    attachment.version += 1
    owner, version = attachment.member_id, new_id()
    row = AttachmentVersion(
        id=version,
        attachment_id=attachment.id,
        number=attachment.version,
        title_sealed=seal(session, owner, TITLE, version, title),
        file_name_sealed=seal(session, owner, FILE_NAME, version, file.name),
        kind=file.kind.value,
        size=len(file.content),
        made_by=keeper(actor),
        made_at=clock.now(session),
    )
    session.flush()
    session.add(row)
    sealed = seal_bytes(session, owner, CONTENT, version, file.content)
    insert_rows(session, AttachmentContent, {"version_id": version, "member_id": owner, "sealed": sealed})
    audit.record(
        session,
        actor,
        f"inventory.attachment_{what}",
        f"attachment:{attachment.id}",
        record=attachment.record_id,
        version=row.number,
        kind=row.kind,
        size=row.size,
    )
    return _view(session, actor, attachment)


def _title(session: Session, attachment: Attachment) -> str:
    newest = session.scalars(
        select(AttachmentVersion).where(
            AttachmentVersion.attachment_id == attachment.id, AttachmentVersion.number == attachment.version
        )
    ).one()
    return shown(session, attachment.member_id, TITLE, newest.id, newest.title_sealed)


def _view(session: Session, actor: Actor, attachment: Attachment) -> AttachmentView:
    session.flush()
    member = session.get_one(Member, attachment.member_id)
    return queries.view(session, attachment, Reading(member, Disclosure.OWNER, own_records_visible_to(actor)))
