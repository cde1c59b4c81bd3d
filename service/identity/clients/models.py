"""Programs of a member that call by themselves, and what they show."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Json, Key


class Scope(StrEnum):
    """連携の範囲: what a member lets one of its programs do; `service/policy.py` says which acts each holds."""

    INVENTORY_READ = "inventory.read"
    INVENTORY_WRITE = "inventory.write"
    PEOPLE_READ = "people.read"
    AID_READ = "aid.read"


class MachineClient(Base):
    """連携プログラム: a member's program with an id and a secret (OAuth 2.0), and who answers for it.

    After a rotation the former secret counts until `former_until`.
    """

    __tablename__ = "machine_clients"
    __table_args__ = (Index("ix_machine_clients_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str] = mapped_column(String(200))
    responsible_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    scopes: Mapped[list[str]] = mapped_column(Json)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[Instant | None]
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    disabled_at: Mapped[Instant | None]


class ClientToken(Base):
    """連携プログラムのトークン: what a program calls with for half an hour; only its digest is kept."""

    __tablename__ = "client_tokens"
    __table_args__ = (Index("ix_client_tokens_client", "client_id"),)

    id: Mapped[Key]
    client_id: Mapped[Id] = mapped_column(ForeignKey("machine_clients.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
