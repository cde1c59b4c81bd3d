"""What went out of the record, to be kept by others."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Instant, Json


class RecordCheckpoint(Base):
    """控えの送付: the anchor of this number was mailed to contacts of these members, who can hold us to it."""

    __tablename__ = "audit_checkpoints"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    members: Mapped[list[str]] = mapped_column(Json)
