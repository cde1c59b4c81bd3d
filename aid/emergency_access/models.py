"""Emergency accesses: who asked to read whose inventory, how it was opened and ended, and who looked at it after."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key

_IS_LIVE = text("state IN ('asked', 'open')")


class EmergencyAccess(Base):
    """緊急閲覧: one person of a member that has promised aid reads the owner's inventory for a while, without NDA.

    `opens_at` is when it opens without a second person. A person has one at a time for the same owner and incident.
    """

    __tablename__ = "emergency_accesses"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 15 AND 240", name="four_hours_at_most"),
        CheckConstraint("(state = 'reviewed') = (review_note IS NOT NULL)", name="reviewed_with_note"),
        Index(
            "uq_emergency_accesses_live",
            "person_id",
            "owner_id",
            "incident_id",
            unique=True,
            postgresql_where=_IS_LIVE,
            sqlite_where=_IS_LIVE,
        ),
        Index("ix_emergency_accesses_group", "group_id"),
        Index("ix_emergency_accesses_owner", "owner_id"),
        Index("ix_emergency_accesses_member", "member_id"),
    )

    id: Mapped[Key]
    owner_id: Mapped[Id]
    member_id: Mapped[Id]
    person_id: Mapped[Id]
    group_id: Mapped[Id]
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    commitment_id: Mapped[str] = mapped_column(String(36), ForeignKey("commitments.id"))
    reason: Mapped[str]
    undertaking: Mapped[int]
    minutes: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[Instant]
    opens_at: Mapped[Instant]
    opening: Mapped[str | None] = mapped_column(String(12))
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_by_member: Mapped[str | None] = mapped_column(String(36))
    opened_at: Mapped[Instant | None]
    until_at: Mapped[Instant | None]
    ending: Mapped[str | None] = mapped_column(String(12))
    ended_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[Instant | None]
    review_due_at: Mapped[Instant | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    reviewed_at: Mapped[Instant | None]
    review_note: Mapped[str | None]
