"""Who is bound by which agreement, and how its people are reached."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agreements.lifecycle import GroupStatus
from foundation.database.base import Base, Facts, Id, Instant, Key, Sealed, sealed_under


class MemberKind(StrEnum):
    """構成の種別: a municipality that signs, or one who takes part in another way."""

    MEMBER = "member"
    ASSOCIATE = "associate"
    PREFECTURE = "prefecture"
    PROVIDER = "provider"


class MembershipStatus(StrEnum):
    """参加の段階: invited, signed and bound, or gone."""

    INVITED = "invited"
    SIGNED = "signed"
    LEFT = "left"


class ContactFunction(StrEnum):
    """担当区分: 防災 (disaster) or 情報 (ict)."""

    DISASTER = "disaster"
    ICT = "ict"


class Confirmation(StrEnum):
    """臨時連絡先の確認方法: another member's contact vouches for it, or somebody called back."""

    MEMBER = "member"
    CALL_BACK = "call_back"


class Role(StrEnum):
    """役割: what a person answers for inside their own member, beside being a contact of it in a group."""

    ADMINISTRATOR = "administrator"
    APPROVER = "approver"
    AUDITOR = "auditor"


class ChannelKind(StrEnum):
    """連絡手段: only mail and SMS are sent by the service, the others are kept for people to use."""

    EMAIL = "email"
    SMS = "sms"
    MOBILE = "mobile"
    FIXED_PHONE = "fixed_phone"
    FAX = "fax"
    SATELLITE_PHONE = "satellite_phone"
    DISASTER_RADIO = "disaster_radio"
    LGWAN_MAIL = "lgwan_mail"


class Group(Base):
    """協定グループ: the municipalities bound by one agreement."""

    __tablename__ = "groups"

    id: Mapped[Key]
    name: Mapped[str]
    purpose: Mapped[str]
    status: Mapped[str] = mapped_column(String(12), default=GroupStatus.PREPARING.value)
    coordinator_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("members.id"))
    created_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    coordinator: Mapped["Member | None"] = relationship(lazy="joined")


class AgreementVersion(Base):
    """協定書の版: one version of a group's text with its machine-readable terms (協定条件)."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("group_id", "number"),)

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    number: Mapped[int]
    text: Mapped[str]
    terms: Mapped[Facts]
    adopted_on: Mapped[date | None]
    created_at: Mapped[Instant]


class Member(Base):
    """構成団体: a municipality, prefecture, company or body; its id is its own, a code is only a fact.

    The seat is where it really works now; distance is measured from there. `introduced_by` is the member whose
    coordinator entered its first people on its behalf; None where it did so itself, or an operator.
    """

    __tablename__ = "members"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(12))
    municipality: Mapped[str | None] = mapped_column(String(6), unique=True)
    name: Mapped[str]
    seat_name: Mapped[str | None]
    seat_municipality: Mapped[str | None] = mapped_column(String(6))
    seat_latitude: Mapped[float | None]
    seat_longitude: Mapped[float | None]
    seat_since: Mapped[Instant | None]
    introduced_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class GroupMember(Base):
    """参加: one member's part in one group, with its own signature and dates.

    `signed_by` is the member that recorded the signature; None where an operator did.
    """

    __tablename__ = "group_members"
    __table_args__ = (UniqueConstraint("group_id", "member_id"), Index("ix_group_members_member", "member_id"))

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    status: Mapped[str] = mapped_column(String(8), default=MembershipStatus.INVITED.value)
    deputy_order: Mapped[int | None]
    signatory_name: Mapped[str | None]
    signatory_title: Mapped[str | None]
    signed_on: Mapped[date | None]
    signed_by: Mapped[str | None] = mapped_column(String(36))
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)


class Person(Base):
    """担当者: somebody who works for a member; how they are reached stands in their channels.

    `left_at` is since when they have not been active, as the sweeping found it: within the hour.
    """

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    name: Mapped[str]
    kana: Mapped[str | None]
    department: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    left_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    channels: Mapped[list["Channel"]] = relationship(lazy="selectin", order_by="Channel.id")
    roles: Mapped[list["PersonRole"]] = relationship(
        lazy="selectin", order_by="PersonRole.role", cascade="all, delete-orphan"
    )


class PersonRole(Base):
    """役割の付与: one role of one person, and who gave it (an operator: None)."""

    __tablename__ = "person_roles"
    __table_args__ = (CheckConstraint("role IN ('administrator', 'approver', 'auditor')", name="role_known"),)

    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    given_by: Mapped[str | None] = mapped_column(String(36))
    given_at: Mapped[Instant]


class Desk(Base):
    """窓口: an office contact that is not a person, such as a 24 h duty desk."""

    __tablename__ = "desks"
    __table_args__ = (Index("ix_desks_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    name: Mapped[str]

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    channels: Mapped[list["Channel"]] = relationship(lazy="selectin", order_by="Channel.id")


class Channel(Base):
    """連絡手段: one address or number of a person or a desk; sealed, with a digest to find it by.

    `dead_at`: since when a server says that it does not exist; `dead_reason` is its status (RFC 3463).
    """

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (desk_id IS NULL)", name="one_holder"),
        CheckConstraint("(dead_at IS NULL) = (dead_reason IS NULL)", name="dead_reason_fits"),
        Index("ix_channels_person", "person_id"),
        Index("ix_channels_desk", "desk_id"),
        Index("ix_channels_digest", "digest"),
        Index("ix_channels_member", "member_id"),
        # Few are dead, and every ranking asks for them
        Index(
            "ix_channels_dead",
            "member_id",
            postgresql_where=text("dead_at IS NOT NULL"),
            sqlite_where=text("dead_at IS NOT NULL"),
        ),
        Index(
            "uq_channels_sign_in",
            "digest",
            unique=True,
            postgresql_where=text("kind = 'email' AND person_id IS NOT NULL"),
            sqlite_where=text("kind = 'email' AND person_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    person_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id"))
    desk_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("desks.id"))
    kind: Mapped[str] = mapped_column(String(16))
    address_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id", digest="digest"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str | None]
    dead_at: Mapped[Instant | None]
    dead_reason: Mapped[str | None] = mapped_column(String(12))


class Contact(Base):
    """協定担当者: who is designated by a member in a group, by function and order."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("group_id", "member_id", "function", "order", name="uq_contacts_place"),
        CheckConstraint("(person_id IS NULL) <> (desk_id IS NULL)", name="one_holder"),
        Index("ix_contacts_person", "person_id"),
    )

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    person_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id"))
    desk_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("desks.id"))
    function: Mapped[str] = mapped_column(String(8))
    order: Mapped[int]

    person: Mapped[Person | None] = relationship(lazy="joined")
    desk: Mapped[Desk | None] = relationship(lazy="joined")


class TemporaryContact(Base):
    """臨時連絡先: an address or number that counts during one incident, once confirmed.

    It counts for the group whose member entered it; in all groups (None) where its own member did.
    """

    __tablename__ = "temporary_contacts"
    __table_args__ = (Index("ix_temporary_contacts_incident", "incident_id", "member_id"),)

    id: Mapped[Key]
    incident_id: Mapped[Id]
    group_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("groups.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    person_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id"))
    label: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(16))
    address_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id", digest="digest"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[Instant | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_how: Mapped[str | None] = mapped_column(String(12))
    created_by: Mapped[str | None] = mapped_column(String(64))
    created_by_member: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[Instant]

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
