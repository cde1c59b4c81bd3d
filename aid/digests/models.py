"""One message about several requests: which requests a partner was asked about at once."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key


class AskDigest(Base):
    """まとめ照会: one question to one partner about several requests; the topic of its alert is this id."""

    __tablename__ = "ask_digests"

    id: Mapped[Key]
    group_id: Mapped[Id]
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    member_id: Mapped[Id]
    raised_at: Mapped[Instant]


class DigestedRequest(Base):
    """まとめ照会の要請: a request that a digest asks about, by its place in the message; `settled_at`: no more."""

    __tablename__ = "digested_requests"
    __table_args__ = (Index("ix_digested_requests_request", "request_id", "member_id"),)

    digest_id: Mapped[str] = mapped_column(String(36), ForeignKey("ask_digests.id"), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"), primary_key=True)
    member_id: Mapped[Id]
    place: Mapped[int]
    settled_at: Mapped[Instant | None]
