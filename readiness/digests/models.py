"""Peacetime reminders that wait to be bundled: one mail a week and person, however many there are."""

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Id, Instant, Key


class DigestItem(Base):
    """お知らせの項目: one reminder for one person, until it is mailed with the others or no longer true."""

    __tablename__ = "digest_items"
    __table_args__ = (
        Index(
            "uq_digest_items_waiting",
            "person_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("mailed_at IS NULL"),
            sqlite_where=text("mailed_at IS NULL"),
        ),
        Index("ix_digest_items_person", "person_id", "mailed_at"),
    )

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[Id]
    facts: Mapped[Facts]
    noted_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    mailed_at: Mapped[Instant | None]
