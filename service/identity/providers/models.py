"""Identity providers of members, and which of their accounts are whom."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Json, Key, Sealed, sealed_under


class IdentityProvider(Base):
    """認証基盤: where a member's people sign in by OpenID Connect.

    `two_factor_acr` and `two_factor_amr` are the values that count as two factors there. `discovered` and `jwks` are
    what the provider last said of itself, so that nothing waits for it but a sign-in; `failed_at` is when it last did
    not answer.
    """

    __tablename__ = "identity_providers"
    __table_args__ = (UniqueConstraint("member_id", "issuer"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str]
    secret_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id"))
    two_factor_acr: Mapped[list[str]] = mapped_column(Json)
    two_factor_amr: Mapped[list[str]] = mapped_column(Json)
    is_enabled: Mapped[bool]
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    discovered: Mapped[dict[str, Any] | None] = mapped_column(Json)
    discovered_at: Mapped[Instant | None]
    jwks: Mapped[dict[str, Any] | None] = mapped_column(Json)
    jwks_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]


class ProviderDomain(Base):
    """メールドメイン: whose addresses are sent to which provider; one provider a domain."""

    __tablename__ = "provider_domains"
    __table_args__ = (Index("ix_provider_domains_provider", "provider_id"),)

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("identity_providers.id"))


class DirectoryLink(Base):
    """認証基盤との対応: which person of the member an issuer's subject is; elsewhere it is another's."""

    __tablename__ = "directory_links"
    __table_args__ = (
        UniqueConstraint("member_id", "issuer", "subject"),
        UniqueConstraint("member_id", "issuer", "person_id"),
        Index("ix_directory_links_person", "person_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[Id]
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[Id]
    made_at: Mapped[Instant]
    used_at: Mapped[Instant]


class OidcAttempt(Base):
    """認証の手続き: one way to a provider and back, for one browser, once and within ten minutes."""

    __tablename__ = "oidc_attempts"

    id: Mapped[Key]
    provider_id: Mapped[str] = mapped_column(ForeignKey("identity_providers.id"))
    state: Mapped[bytes] = mapped_column(unique=True)
    browser: Mapped[bytes]
    nonce: Mapped[str] = mapped_column(String(64))
    verifier_sealed: Mapped[Sealed] = mapped_column(
        info=sealed_under("provider_id", through="identity_providers.member_id")
    )
    is_shared: Mapped[bool]
    ends_at: Mapped[Instant]
