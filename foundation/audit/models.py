"""The rows of the record, the ends of its chains, and the anchors that hold all ends at one moment."""

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Instant, Key


class Audit(Base):
    """監査記録: one act. `chain` is whose record it belongs to: a member's id, or the service's own.

    Ids stand in the facts, never names. `sequence` counts from 1 without a hole; how `hash` follows from the columns
    and `previous_hash` stands in `foundation/audit/chain.py`.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_chain_sequence", "chain", "sequence", unique=True),)

    id: Mapped[Key]
    at: Mapped[Instant]
    act: Mapped[str]
    actor: Mapped[str | None] = mapped_column(String(64))
    actor_member: Mapped[str | None] = mapped_column(String(36))
    chain: Mapped[str] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(80))
    facts: Mapped[Facts]
    sequence: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """監査記録の先頭: the newest row of a chain; locked by whoever adds to the chain."""

    __tablename__ = "audit_heads"

    chain: Mapped[Key]
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditAnchor(Base):
    """封印: the heads that moved since the anchor before, as canonical JSON; the anchors are a chain themselves."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    heads: Mapped[str]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AnchoredHead(Base):
    """封印済みの先頭: how far the anchors reach in a chain; a table of its own: no writer waits for it."""

    __tablename__ = "audit_anchored_heads"

    chain: Mapped[Key]
    sequence: Mapped[int] = mapped_column(BigInteger)
