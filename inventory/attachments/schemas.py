"""What goes in and out at the operations on attachments."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from foundation.documents.judging.verdict import ContentKind
from foundation.fields import Line, Schema, View
from inventory.attachments.sharing import AttachmentClass
from inventory.records.schemas import ReadingQuery, WatermarkView


class AttachmentDraft(Schema):
    """添付ファイルの登録: the fields of the form beside its file (`file`). Nothing attached is for the group."""

    title: Line
    disclosure: AttachmentClass


class VersionDraft(Schema):
    """添付ファイルの差し替え: the fields of the form beside its file; without a title the last one stays."""

    title: Line | None = None


class AttachmentChange(Schema):
    """添付ファイルの変更: who else than the owner may open it."""

    disclosure: AttachmentClass


class AttachmentsQuery(ReadingQuery):
    """添付ファイルの一覧の条件: one's own also those that are retired."""

    is_retired: bool = False


class FileQuery(ReadingQuery):
    """ファイルの閲覧の条件: the newest version, or for the owner an older one."""

    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class AttachmentVersionView(View):
    """添付ファイルの版: what is known of one upload; who made it and its file name are for the owner."""

    number: int
    title: str
    file_name: str | None
    kind: ContentKind
    size: int
    made_at: datetime
    made_by: str | None


class AttachmentView(View):
    """添付ファイル: the newest version first; others than the owner see that one alone.

    `watermark` stands where another member's is read by itself; in a list the list has it.
    """

    id: str
    member: str
    record: str
    number: int
    title: str
    kind: ContentKind
    size: int
    disclosure: AttachmentClass
    is_retired: bool
    version: int
    versions: list[AttachmentVersionView]
    watermark: WatermarkView | None = None


class AttachmentsView(View):
    """添付ファイルの一覧: those of one record."""

    items: list[AttachmentView]
    watermark: WatermarkView | None = None
