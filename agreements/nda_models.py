"""Who promised to keep silent about what the members of a group show each other."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agreements.models import Person
from foundation.database.base import Base, Instant, Key, Sealed, sealed_under


class NdaVersion(Base):
    """秘密保持契約書の版: one version of the text that people of a group sign; older ones stay readable."""

    __tablename__ = "nda_versions"
    __table_args__ = (UniqueConstraint("group_id", "number"),)

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    number: Mapped[int]
    text: Mapped[str]
    adopted_on: Mapped[date]
    created_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Instant]


class Nda(Base):
    """秘密保持契約: signed by a person for a group, from its first to its last day unless revoked before.

    `member_id` is whom the person worked for when signing. A renewal is a row of its own.
    """

    __tablename__ = "ndas"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked_with_reason"),
        Index("ix_ndas_person_group", "person_id", "group_id"),
        Index("ix_ndas_group", "group_id"),
    )

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    version_id: Mapped[str] = mapped_column(String(36), ForeignKey("nda_versions.id"))
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    way: Mapped[str] = mapped_column(String(12))
    signed_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str | None]
    recorded_by: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    revoked_by: Mapped[str | None] = mapped_column(String(64))
    revoked_reason: Mapped[str | None]

    version: Mapped[NdaVersion] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class NdaScan(Base):
    """秘密保持契約書の写し: the signed paper as a file, sealed; in a table of its own, so that no list loads it."""

    __tablename__ = "nda_scans"

    nda_id: Mapped[str] = mapped_column(String(36), ForeignKey("ndas.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    sealed: Mapped[Sealed] = mapped_column(info=sealed_under("nda_id", through="ndas.member_id", at_once=4))
