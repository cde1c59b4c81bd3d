"""The addresses to which mail comes back: `local+tag@domain`, the tag naming one delivery or one attempt.

A tag is a bearer's proof like an answer link: it ends in a keyed digest, so that nobody can make one up. It survives
servers that change the case of a local part, and leaves 25 characters for the mailbox's own.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from foundation.sealing import digest
from notifications.mail import BadAddress, mailbox

_PROOF = 6  # bytes; each guess is a mail that is stored
_ID = 16
_LONGEST_LOCAL = 64 - len("+r") - 36  # RFC 5321 §4.5.3.1.1


class Tagged(StrEnum):
    """印の種類: a reply to a delivery, or news of one attempt."""

    REPLY = "r"
    BOUNCE = "b"


@dataclass(frozen=True, slots=True)
class Named:
    """印が指すもの: `id` of a delivery (REPLY) or of an attempt (BOUNCE)."""

    kind: Tagged
    id: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """受信用アドレス: where replies and bounces come in; what stands behind its `+` is ours."""

    local: str
    domain: str

    @classmethod
    def read(cls, text: str) -> "Mailbox":
        """Read an address. Raises BadAddress where tags behind it would not fit."""
        local, _, domain = mailbox(text).rpartition("@")
        if "+" in local or '"' in local or len(local) > _LONGEST_LOCAL:
            raise BadAddress(f"@ の前は引用符と + のない {_LONGEST_LOCAL} 文字以内にしてください")
        return cls(local, domain.lower())

    def address(self, tag: str) -> str:
        return f"{self.local}+{tag}@{self.domain}"

    def takes(self, address: str) -> bool:
        """Tell whether mail to an address is for this mailbox."""
        return self.tag_in(address) is not None

    def tag_in(self, address: str) -> str | None:
        """Return what stands behind the `+`, empty where there is none; None for somebody else's address."""
        local, _, domain = address.strip().strip("<>").lower().rpartition("@")
        own, _, tag = local.strip('"').partition("+")
        return tag if own == self.local.lower() and domain == self.domain else None


def tag(session: Session, kind: Tagged, row: str) -> str:
    """Return the tag of a delivery or an attempt, whose id is a UUID: 37 of [a-z2-7]."""
    packed = UUID(row).bytes + _proof(session, kind, row)
    return kind + base64.b32encode(packed).decode("ascii").rstrip("=").lower()


def named_by(session: Session, text: str) -> Named | None:
    """Return what a tag names; None for one that was not given out."""
    try:
        kind = Tagged(text[:1].lower())
        packed = base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
    except (ValueError, binascii.Error):
        return None
    if len(packed) != _ID + _PROOF:
        return None
    row = str(UUID(bytes=packed[:_ID]))
    is_ours = hmac.compare_digest(packed[_ID:], _proof(session, kind, row))
    return Named(kind, row) if is_ours else None


def _proof(session: Session, kind: Tagged, row: str) -> bytes:
    return digest(session, f"mail-tag-{kind}", row)[:_PROOF]
