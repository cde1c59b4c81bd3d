"""Credentials that the service hands out."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Instant, Key


class ApiToken(Base):
    """APIトークン: an opaque credential of a person or an operator; only its digest is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[str | None] = mapped_column(String(36))
    is_operator: Mapped[bool] = mapped_column(default=False)
    assurance: Mapped[int]
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
