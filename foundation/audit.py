"""The record of who did what, when and on what: one row per act, in the act's own transaction."""

from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.actor import Actor
from foundation.database.base import Base, Facts, Instant, Key
from foundation.database.statements import insert_rows
from foundation.ids import new_id


class Audit(Base):
    """監査記録: one act. `chain` is the member whose record it belongs to; ids stand in the facts, never names.

    `sequence`, `previous_hash` and `hash` are the links of the member's chain.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_chain_sequence", "chain", "sequence", unique=True),)

    id: Mapped[Key]
    at: Mapped[Instant]
    act: Mapped[str]
    actor: Mapped[str | None] = mapped_column(String(64))
    actor_member: Mapped[str | None] = mapped_column(String(36))
    chain: Mapped[str | None] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(80))
    facts: Mapped[Facts]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)


def record(
    session: Session, actor: Actor, act: str, subject: str, /, *, chain: str | None = None, **facts: Any
) -> None:
    """Keep that the actor did the act on the subject (`request:ID`); `chain` defaults to the actor's member."""
    row = {
        "id": new_id(),
        "at": clock.now(session),
        "act": act,
        "actor": actor.person or ("operator" if actor.is_operator else None),
        "actor_member": actor.member,
        "chain": chain or actor.member,
        "subject": subject,
        "facts": facts,
    }
    insert_rows(session, Audit, row)
