"""Six-digit codes of an authenticator app (RFC 6238): SHA-1, 30 seconds, one step either side."""

import base64
import hmac
import os
import unicodedata
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS = 6
STEP = 30
DRIFT = (0, -1, 1)
"""Steps by which a device's clock may differ."""
_LENGTH = 20


def fresh_secret() -> str:
    """Return a new secret in base 32, as apps take it."""
    return base64.b32encode(os.urandom(_LENGTH)).decode()


def link(secret: str, account: str, issuer: str) -> str:
    """Return the otpauth link that sets up an app."""
    return _generator(secret).get_provisioning_uri(account, issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, in whatever width, or None where it is none of those that count now."""
    typed = unicodedata.normalize("NFKC", code).strip().encode()
    present = int(now.timestamp()) // STEP
    found = None
    for drift in DRIFT:
        if hmac.compare_digest(code_at(secret, present + drift), typed):
            found = present + drift
    return found


def code_at(secret: str, step: int) -> bytes:
    """Return the code of one step."""
    return _generator(secret).generate(step * STEP)


def _generator(secret: str) -> TOTP:
    # Apps know nothing but SHA-1 for sure; HMAC does not suffer from its collisions.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 — RFC 6238's default
