"""Reading without an NDA in an emergency: what the owner allowed beforehand, and what was opened on the day."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant


class EmergencyPermission(Base):
    """緊急閲覧の承諾: whether a member lets its inventory be read in an emergency under a group's agreement.

    Without a row it does not, nor after the agreement's terms once dropped emergency access, or the member left.
    """

    __tablename__ = "emergency_permissions"

    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"), primary_key=True)
    is_allowed: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[Instant]


class ReadingGrant(Base):
    """閲覧の許可: that one person may read one member's inventory from one instant to another.

    The room above writes it, for it knows the aid that the grant hangs on; its id is that of the emergency access.
    `person_id` works for `member_id`, which has promised `commitment_id` to the owner in `incident_id`.
    """

    __tablename__ = "reading_grants"
    __table_args__ = (
        CheckConstraint("starts_at < until_at", name="ends_after_start"),
        Index("ix_reading_grants_person", "person_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    incident_id: Mapped[Id]
    commitment_id: Mapped[Id]
    reason: Mapped[str]
    starts_at: Mapped[Instant]
    until_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
