"""A receiving member's own directory, and what is still to be done there for its guest IDs."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key, Sealed, sealed_under
from foundation.leases import LEASE_CHECK, Leased


class MemberDirectory(Base):
    """自団体のディレクトリ: where a member keeps its accounts (SCIM 2.0); its token is sealed.

    `tested_at` and `test_code` say what came of the last test; a code of None is one that went well.
    """

    __tablename__ = "member_directories"

    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"), primary_key=True)
    base_url: Mapped[str]
    token_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id"))
    is_on: Mapped[bool]
    changed_by: Mapped[Id]
    changed_at: Mapped[Instant]
    tested_at: Mapped[Instant | None]
    test_code: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)


class DirectoryTask(Leased, Base):
    """ディレクトリへの依頼: one account to be enabled or disabled, kept until the directory has confirmed it.

    `number` counts an account's tasks: none begins before the one before it has ended. `tries` counts what was sent,
    `attempt` the leases. `error_code` says what came of the last try.
    """

    __tablename__ = "directory_tasks"
    __table_args__ = (
        LEASE_CHECK,
        CheckConstraint("state IN ('due', 'leased', 'confirmed', 'superseded')", name="state_known"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_with_instant"),
        UniqueConstraint("guest_id", "number"),
        Index(
            "ix_directory_tasks_due",
            "due_at",
            postgresql_where=text("state IN ('due', 'leased')"),
            sqlite_where=text("state IN ('due', 'leased')"),
        ),
        Index("ix_directory_tasks_member", "member_id"),
        Index("ix_directory_tasks_use", "use_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    guest_id: Mapped[str] = mapped_column(String(36), ForeignKey("guest_ids.id"))
    use_id: Mapped[str] = mapped_column(String(36), ForeignKey("guest_uses.id"))
    number: Mapped[int]
    wanted: Mapped[str] = mapped_column(String(8))
    account: Mapped[str]
    until_at: Mapped[Instant]
    made_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[Instant | None]
    error_code: Mapped[str | None] = mapped_column(String(32))
    confirmed_at: Mapped[Instant | None]
