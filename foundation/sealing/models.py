"""The keys as they are kept: data keys wrapped by the master key, and what a passphrase is stretched with."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Instant


class DataKey(Base):
    """データ鍵: one version of the key of an owner's sealed values, wrapped by the master key.

    The highest version seals, the lower ones only open, from `retired_at` on. `master` names the master key (None:
    not noted yet). `reached` is how far rewriting has come. Of an erased owner the rows stay, without keys: so no
    new one is made.
    """

    __tablename__ = "data_keys"

    owner: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1, server_default="1")
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    master: Mapped[str | None] = mapped_column(String(16))
    retired_at: Mapped[Instant | None]
    reached: Mapped[str | None]
    erased_at: Mapped[Instant | None]


class PassphraseKey(Base):
    """合言葉の鍵: how a master key follows from its passphrase (argon2id, RFC 9106); the id is its check value."""

    __tablename__ = "passphrase_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    memory_kib: Mapped[int]
    passes: Mapped[int]
    lanes: Mapped[int]
    made_at: Mapped[Instant]
