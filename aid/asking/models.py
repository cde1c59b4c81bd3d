"""Asking without a sign-in: the codes and places of a member's cards, and the messages that asked."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key


class RequestCode(Base):
    """要請コード: one code of a person's card, counting once for the member; kept as a digest alone."""

    __tablename__ = "request_codes"
    __table_args__ = (
        UniqueConstraint("member_id", "digest", name="uq_request_codes_digest"),
        Index("ix_request_codes_person", "person_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    voided_at: Mapped[Instant | None]


class RequestPlace(Base):
    """受入場所: a numbered place of a member, as its cards name it (`L1`)."""

    __tablename__ = "request_places"

    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]


class AskedMessage(Base):
    """要請メッセージ: what a message became; `id` is the message's. Digests tell repeats and count wrong codes."""

    __tablename__ = "asked_messages"
    __table_args__ = (
        Index("ix_asked_messages_sender", "sender_digest", "at"),
        Index("ix_asked_messages_request", "request_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[Id]
    sender_digest: Mapped[bytes] = mapped_column(LargeBinary)
    text_digest: Mapped[bytes] = mapped_column(LargeBinary)
    request_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    has_wrong_code: Mapped[bool]
    receipt: Mapped[str | None]
    at: Mapped[Instant]
