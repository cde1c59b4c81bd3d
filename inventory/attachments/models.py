"""Diagrams and documents beside the records of an inventory, sealed as a whole."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.database.base import Base, Instant, Key, Sealed, sealed_under
from inventory.records.models import InventoryRecord

TITLE = "attachment_versions.title"
FILE_NAME = "attachment_versions.file_name"
CONTENT = "attachment_contents.sealed"


class Attachment(Base):
    """添付ファイル: a diagram or document of one record; what it holds stands in its versions.

    `number` counts a member's attachments and is all that a mail says of one. `version` is the number of the newest
    version. `disclosure` is `nda` or `owner`.
    """

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("member_id", "number"), Index("ix_attachments_record", "record_id"))

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    record_id: Mapped[str] = mapped_column(String(36), ForeignKey("inventory_records.id"))
    number: Mapped[int]
    disclosure: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]
    retired_by: Mapped[str | None] = mapped_column(String(64))

    record: Mapped[InventoryRecord] = relationship(lazy="joined", innerjoin=True)


class AttachmentVersion(Base):
    """添付ファイルの版: one upload, with title and file name sealed (names tell secrets); append-only."""

    __tablename__ = "attachment_versions"
    __table_args__ = (UniqueConstraint("attachment_id", "number"),)

    id: Mapped[Key]
    attachment_id: Mapped[str] = mapped_column(String(36), ForeignKey("attachments.id"))
    number: Mapped[int]
    title_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("attachment_id", through="attachments.member_id"))
    file_name_sealed: Mapped[Sealed] = mapped_column(
        info=sealed_under("attachment_id", through="attachments.member_id")
    )
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]


class AttachmentContent(Base):
    """添付ファイルの中身: the sealed bytes of a version, apart from it so that no list ever loads them."""

    __tablename__ = "attachment_contents"

    version_id: Mapped[str] = mapped_column(String(36), ForeignKey("attachment_versions.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id", at_once=4))
