"""Guest IDs, prepared in peacetime by the member whose systems they open."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.database.base import Base, Id, Instant, Key, sealed_under


class GuestPool(Base):
    """ゲストIDの区分: the guest IDs of one system, and what a helper must fulfil before one is issued."""

    __tablename__ = "guest_pools"
    __table_args__ = (Index("ix_guest_pools_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    name: Mapped[str]
    record_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("inventory_records.id"))
    needs_pledge: Mapped[bool]
    needs_training: Mapped[bool]
    instructions: Mapped[str | None]
    created_at: Mapped[Instant]


class GuestId(Base):
    """ゲストID: one account; its secret is sealed, or lies in a numbered envelope.

    `round` counts its secrets: each is for at most one person. The sealed secret is dropped when it is shown.
    """

    __tablename__ = "guest_ids"
    __table_args__ = (
        UniqueConstraint("pool_id", "label"),
        CheckConstraint("secret_sealed IS NULL OR envelope IS NULL", name="secret_or_envelope"),
    )

    id: Mapped[Key]
    pool_id: Mapped[str] = mapped_column(String(36), ForeignKey("guest_pools.id"))
    label: Mapped[str] = mapped_column(String(200))
    secret_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_under("pool_id", through="guest_pools.member_id")
    )
    envelope: Mapped[str | None]
    round: Mapped[int] = mapped_column(default=1)
    prepared_at: Mapped[Instant]

    pool: Mapped[GuestPool] = relationship(lazy="joined", innerjoin=True)


class GuestUse(Base):
    """ゲストIDの利用: one named person's time with one secret of a guest ID; the rows stay and prove it.

    The database refuses a second use of the same round. `commitment_id` says for which aid; `member_id` is the
    helper's.
    """

    __tablename__ = "guest_uses"
    __table_args__ = (
        UniqueConstraint("guest_id", "round"),
        CheckConstraint("starts_at < until_at", name="ends_after_start"),
        Index("ix_guest_uses_member", "member_id"),
        Index("ix_guest_uses_commitment", "commitment_id"),
        Index("ix_guest_uses_incident", "incident_id"),
    )

    id: Mapped[Key]
    guest_id: Mapped[str] = mapped_column(String(36), ForeignKey("guest_ids.id"))
    round: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    commitment_id: Mapped[Id]
    incident_id: Mapped[Id]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    helper: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id"))
    starts_at: Mapped[Instant]
    until_at: Mapped[Instant]
    reserved_by: Mapped[str] = mapped_column(String(64))
    nda_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("ndas.id"))
    undertaking: Mapped[str | None]
    is_trained: Mapped[bool] = mapped_column(default=False)
    issued_by: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[Instant | None]
    received_by: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[Instant | None]
    returned_by: Mapped[str | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[Instant | None]
    reason: Mapped[str | None]
