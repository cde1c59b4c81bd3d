"""What a member writes down of its systems, networks, places, equipment and vendors, with its whole history."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agreements.models import Member
from foundation.database.base import Base, Facts, Instant, Key


class Change(StrEnum):
    """履歴の種類: what a revision did; `checked` says that nothing had to be changed."""

    CREATED = "created"
    CHANGED = "changed"
    CHECKED = "checked"
    RETIRED = "retired"
    RESTORED = "restored"

    @property
    def label(self) -> str:
        return {
            "created": "登録",
            "changed": "変更",
            "checked": "変更なしを確認",
            "retired": "廃止",
            "restored": "復活",
        }[self.value]


class InventoryRecord(Base):
    """台帳の記録: one thing in a member's inventory; what is said of it stands in its revisions.

    `version` is the number of the newest revision. A withheld record is shared with nobody. `checked_at` is when
    somebody last said that it is true, by changing it or by finding nothing to change.
    """

    __tablename__ = "inventory_records"
    __table_args__ = (Index("ix_inventory_records_member_kind", "member_id", "kind"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    is_withheld: Mapped[bool] = mapped_column(default=False)
    is_retired: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[Instant]
    checked_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)


class InventoryRevision(Base):
    """台帳の履歴: a record as it was from one change to the next; append-only."""

    __tablename__ = "inventory_revisions"

    record_id: Mapped[str] = mapped_column(String(36), ForeignKey("inventory_records.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change: Mapped[str] = mapped_column(String(8))
    fields: Mapped[Facts]
    is_withheld: Mapped[bool]
    note: Mapped[str | None]
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]

    record: Mapped[InventoryRecord] = relationship(lazy="joined", innerjoin=True)


class InventoryFacet(Base):
    """照合の索引: a vendor, package or data centre in a record as it stands now, folded for comparison."""

    __tablename__ = "inventory_facets"
    __table_args__ = (Index("ix_inventory_facets_value", "facet", "value", "member_id"),)

    record_id: Mapped[str] = mapped_column(String(36), ForeignKey("inventory_records.id"), primary_key=True)
    facet: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))


class InventorySharing(Base):
    """台帳の共有: whether a member's inventory is open in a group to those bound by an NDA; without a row it is."""

    __tablename__ = "inventory_sharing"

    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"), primary_key=True)
    is_shared: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[Instant]
