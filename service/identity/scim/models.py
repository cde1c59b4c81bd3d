"""What a member's directory shows to be let in, and which of the member's people it keeps."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key, Sealed, sealed_under


class DirectoryToken(Base):
    """ディレクトリのトークン: the credential of one member's directory (SCIM); only its digest is kept."""

    __tablename__ = "directory_tokens"
    __table_args__ = (Index("ix_directory_tokens_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_by: Mapped[Id]
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


class DirectoryPerson(Base):
    """ディレクトリ上の担当者: how a member's directory knows one of its people.

    The user name is sealed, for most directories take the mail address, and so is the directory's own id; the digests
    are those of both as they are compared. `says_active` is false where the directory took back what it said of being
    active. Of who left the row stays with all its names blank.
    """

    __tablename__ = "directory_people"
    __table_args__ = (
        Index(
            "uq_directory_people_user_digest",
            "member_id",
            "user_digest",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
            sqlite_where=text("left_at IS NULL"),
        ),
        Index(
            "uq_directory_people_external_digest",
            "member_id",
            "external_digest",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
            sqlite_where=text("left_at IS NULL"),
        ),
    )

    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    user_name_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id", digest="user_digest"))
    user_digest: Mapped[bytes] = mapped_column(LargeBinary)
    external_id_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_under("member_id", digest="external_digest")
    )
    external_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    display_name: Mapped[str | None]
    family_name: Mapped[str | None]
    given_name: Mapped[str | None]
    says_active: Mapped[bool]
    changed_at: Mapped[Instant]
    left_at: Mapped[Instant | None]
