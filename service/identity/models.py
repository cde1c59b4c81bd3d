"""Credentials: what people show, what the service hands out for it, and what went wrong."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key, Sealed, sealed_under


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


class Method(StrEnum):
    """サインインの方法: what was shown when a session began."""

    PASSWORD = "password"  # noqa: S105 — the name of a way, no credential
    CODE = "code"
    INVITATION = "invitation"
    PASSKEY = "passkey"
    PIN = "pin"


class Ending(StrEnum):
    """セッションの終わり方: signed out, ended from elsewhere, another person's turn, a new token, new credentials."""

    SIGNED_OUT = "signed_out"
    ENDED = "ended"
    SWITCHED = "switched"
    RENEWED = "renewed"
    CREDENTIALS = "credentials"


class PersonSession(Base):
    """セッション: one sign-in of a person; only the digest of its token is kept.

    It counts until `ends_at`, and no longer than its idle limit after `seen_at`.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("assurance IN (1, 2)", name="assurance_known"),
        Index("ix_sessions_person", "person_id"),
        Index("ix_sessions_terminal", "terminal_id"),
    )

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[Id]
    member_id: Mapped[Id]
    assurance: Mapped[int]
    method: Mapped[str] = mapped_column(String(16))
    terminal_id: Mapped[str | None] = mapped_column(String(36))
    made_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    ended_why: Mapped[str | None] = mapped_column(String(16))


class Password(Base):
    """パスワード: a person's, as an argon2id hash."""

    __tablename__ = "passwords"

    person_id: Mapped[Key]
    hash: Mapped[str]
    set_at: Mapped[Instant]


class TotpSecret(Base):
    """認証アプリ: a person's secret for six-digit codes (RFC 6238); counts once a code has confirmed it.

    `last_step` is the half minute of the last code taken: none is taken twice.
    """

    __tablename__ = "totp_secrets"

    id: Mapped[Key]
    person_id: Mapped[str] = mapped_column(String(36), unique=True)
    member_id: Mapped[Id]
    secret_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member_id"))
    made_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class PrintedCode(Base):
    """印刷コード: one of ten codes on paper, each for one sign-in."""

    __tablename__ = "printed_codes"
    __table_args__ = (Index("ix_printed_codes_person", "person_id"),)

    id: Mapped[Key]
    person_id: Mapped[Id]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    voided_at: Mapped[Instant | None]


class Invitation(Base):
    """サインインの招待: a link by mail with which a person sets a password; once, and within three days.

    With `resets_factors` a lost phone or key is given up as well. `invited_by` vouched for the person.
    """

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_person", "person_id"),)

    id: Mapped[Key]
    person_id: Mapped[Id]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    resets_factors: Mapped[bool]
    invited_by: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class FailureCount(Base):
    """失敗の数: wrong sign-ins of one account, one place, or all; nothing is looked at before `blocked_until`.

    `last_at` is up to when the count has leaked; less than one failure's time before the last one.
    """

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[Instant]
    blocked_until: Mapped[Instant]
    told_at: Mapped[Instant | None]


class KnownPlace(Base):
    """サインインしたことのある場所: a digest of an address from which a person signed in well."""

    __tablename__ = "known_places"

    person_id: Mapped[Key]
    place: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    seen_at: Mapped[Instant]


class Terminal(Base):
    """共用端末: a browser that several people use in turn; it shows a token of its own."""

    __tablename__ = "terminals"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_by: Mapped[Id]
    made_at: Mapped[Instant]


class TerminalPerson(Base):
    """共用端末の利用者: who has fully signed in there, on which day last, and the short number to come back by."""

    __tablename__ = "terminal_people"

    terminal_id: Mapped[str] = mapped_column(String(36), ForeignKey("terminals.id"), primary_key=True)
    person_id: Mapped[Key]
    signed_on: Mapped[date]
    pin_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    pin_failures: Mapped[int]


class Passkey(Base):
    """パスキー: a public key of a person's device (WebAuthn)."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_person", "person_id"),)

    id: Mapped[Key]
    person_id: Mapped[Id]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    made_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class Challenge(Base):
    """チャレンジ: what a passkey has to sign, once; `person_id` is set where it is to be registered."""

    __tablename__ = "passkey_challenges"

    id: Mapped[Key]
    person_id: Mapped[str | None] = mapped_column(String(36))
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    ends_at: Mapped[Instant]
