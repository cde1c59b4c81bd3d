"""Judging an ID token (OpenID Connect Core 3.1.3.7): who signed it, for whom, when, and for this very sign-in."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a public key: neither none, nor any that a public key could be mistaken for a secret in."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
FRESH = timedelta(minutes=10)
"""A token comes straight from the provider, so it was made just now."""
LONGEST = timedelta(hours=12)
"""Since somebody showed their factors there; a shift, as for sessions of our own."""
MOST_CHARACTERS = 16_384
LONGEST_SUBJECT = 255
LONGEST_ADDRESS = 254


class TokenRefusedError(Exception):
    """The token does not hold; the message says why, for the log."""


class KeyUnknownError(TokenRefusedError):
    """No kept key has signed it: the provider may have changed its keys."""


@dataclass(frozen=True, slots=True)
class Expected:
    """検証の条件: whose token it must be, for whom, and for which sign-in."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """認証された人: an issuer's subject, its mail address where the issuer vouches for it, and the factors shown."""

    issuer: str
    subject: str
    email: str | None
    assurance: int


def judge(id_token: str, jwks: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """Return the claims of a token that holds. Raises TokenRefusedError, KeyUnknownError."""
    if len(id_token) > MOST_CHARACTERS or not id_token.isascii():
        raise TokenRefusedError("length")
    header, claims = _opened(id_token, jwks)
    _check(header, claims, expected)
    return claims


def identity_of(
    claims: dict[str, Any], acr: list[str], amr: list[str], now: datetime, told: dict[str, Any] | None = None
) -> Identity:
    """Return who somebody is by their claims, and by what else the provider told of the very same subject."""
    mail = told if told is not None and told.get("sub") == claims["sub"] and "email" not in claims else claims
    email = mail.get("email")
    is_vouched_for = mail.get("email_verified") is True and _is_address(email)
    return Identity(
        claims["iss"], claims["sub"], email if is_vouched_for else None, _assurance(claims, acr, amr, now)
    )


def _is_address(email: object) -> bool:
    """Tell whether it could be somebody's: half of a surrogate pair has no bytes to be looked up by."""
    return isinstance(email, str) and 0 < len(email) <= LONGEST_ADDRESS and email.isprintable()


def _assurance(claims: dict[str, Any], acr: list[str], amr: list[str], now: datetime) -> int:
    """Count two factors only where the member said what they look like, and they were shown in this shift."""
    at = claims.get("auth_time")
    shown = claims.get("amr") or []
    is_listed = claims.get("acr") in acr or any(each in amr for each in shown)
    is_recent = isinstance(at, int | float) and now.timestamp() - at <= LONGEST.total_seconds() + LEEWAY
    return 2 if is_listed and is_recent else 1


def _opened(id_token: str, jwks: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    from joserfc import jwt  # noqa: PLC0415 — a tenth of a second to load
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above
    from joserfc.jwk import JWKRegistry  # noqa: PLC0415 — as above

    header = _header(id_token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise TokenRefusedError("alg")
    candidates = [
        each
        for each in jwks["keys"]
        if (kid is None or each.get("kid") in (kid, None)) and each.get("alg", algorithm) == algorithm
    ]
    for each in candidates:
        try:
            token = jwt.decode(id_token, JWKRegistry.import_key(each), [str(algorithm)])
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        return dict(token.header), dict(token.claims)
    raise KeyUnknownError("signature")


def _header(id_token: str) -> dict[str, Any]:
    """Return a token's header as it is claimed: only which key to try is taken from it."""
    first = id_token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        raise TokenRefusedError("form") from None
    if not isinstance(found, dict):
        raise TokenRefusedError("form")
    return found


def _check(header: dict[str, Any], claims: dict[str, Any], expected: Expected) -> None:
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 — a tenth of a second to load
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above

    now = int(expected.now.timestamp())
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": expected.issuer},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": expected.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True, "value": expected.nonce},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    try:
        CodeIDToken(claims, header, options, params).validate(now=now, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefusedError(_said(error)) from None
    _check_more(claims, expected, now)


def _said(error: Exception) -> str:
    """Return the library's own words; those of other errors may quote the provider."""
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above

    return str(error) if isinstance(error, JoseError) else type(error).__name__


def _check_more(claims: dict[str, Any], expected: Expected, now: int) -> None:
    """Refuse what the library leaves open: other audiences beside us, an old token, times that are none."""
    if claims["aud"] not in (expected.client_id, [expected.client_id]):
        raise TokenRefusedError("aud")
    if not _is_number(claims["exp"]) or not _is_number(claims["iat"]) or claims["iat"] < now - FRESH.total_seconds():
        raise TokenRefusedError("iat")
    if claims.get("auth_time") is not None and not (
        _is_number(claims["auth_time"]) and claims["auth_time"] <= now + LEEWAY
    ):
        raise TokenRefusedError("auth_time")
    if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise TokenRefusedError("sub")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
