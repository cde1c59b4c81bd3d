"""What members could give, and how much of it is promised already."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agreements.models import Member
from foundation.database.base import Base, Id, Instant, Key


class Capability(Base):
    """支援可能内容: how much of a kind a member could give, and on what conditions.

    `held` is offered and waits for the requester's answer, `committed` is accepted; the database refuses
    that both together pass the quantity. A withdrawn one stays, for its movements are never deleted. `record_id`
    names the piece of equipment in the inventory that it follows, if any; its quantity is what can be lent of that.
    """

    __tablename__ = "capabilities"
    __table_args__ = (
        CheckConstraint("held >= 0 AND committed >= 0 AND held + committed <= quantity", name="never_over_promised"),
        Index("ix_capabilities_kind_member", "kind", "member_id"),
        Index("ix_capabilities_member", "member_id"),
        Index("ix_capabilities_record", "record_id"),
        # Few have promised anything, and every ranking asks for them
        Index(
            "ix_capabilities_committed",
            "member_id",
            postgresql_where=text("committed > 0"),
            sqlite_where=text("committed > 0"),
        ),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(32))
    quantity: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    committed: Mapped[int] = mapped_column(default=0)
    spec: Mapped[str | None]
    lead_time_hours: Mapped[int]
    max_days: Mapped[int | None]
    conditions: Mapped[str | None]
    is_for_all_groups: Mapped[bool] = mapped_column(default=True)
    is_made_up: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[Instant]
    withdrawn_at: Mapped[Instant | None]
    # No foreign key: SQLite would rebuild a table that others point to.
    record_id: Mapped[str | None] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(default=1)

    member: Mapped[Member] = relationship(lazy="raise", viewonly=True)
    named_groups: Mapped[list["CapabilityGroup"]] = relationship(lazy="raise", viewonly=True)


class CapabilityGroup(Base):
    """提供先グループ: a group to which a capability is offered, where it is not offered to all."""

    __tablename__ = "capability_groups"

    capability_id: Mapped[str] = mapped_column(String(36), ForeignKey("capabilities.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"), primary_key=True)


class StockMovement(Base):
    """在庫の動き: one change of what is held or committed, append-only; `reference` says for what (an offer line)."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        UniqueConstraint("capability_id", "reference", "number"),
        Index("ix_stock_movements_reference", "reference"),
    )

    id: Mapped[Key]
    capability_id: Mapped[str] = mapped_column(String(36), ForeignKey("capabilities.id"))
    reference: Mapped[Id]
    number: Mapped[int]
    held: Mapped[int]
    committed: Mapped[int]
    at: Mapped[Instant]
