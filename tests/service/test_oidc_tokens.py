"""An ID token holds only where every part of it does."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from service.identity.oidc.tokens import Expected, KeyUnknownError, TokenRefusedError, identity_of, judge
from tests.service.oidc_provider import CLIENT, at_hash, key, signed

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER, NONCE, ACCESS = "https://idp.example", "n-0S6_WzA2Mj", "SlAV32hkKG"
KEY = key()
EXPECTED = Expected(ISSUER, CLIENT, NONCE, ACCESS, NOW)
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "248289761001",
    "aud": CLIENT,
    "iat": SECONDS,
    "exp": SECONDS + 300,
    "nonce": NONCE,
    "at_hash": at_hash(ACCESS),
}


def published(*keys: Any) -> dict[str, Any]:
    return {"keys": [each.as_dict(private=False) for each in keys or (KEY,)]}


def test_a_good_one_holds() -> None:
    assert judge(signed(GOOD, KEY), published(), EXPECTED)["sub"] == "248289761001"
    assert judge(signed({**GOOD, "aud": [CLIENT], "azp": CLIENT}, KEY), published(), EXPECTED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example"},
        {"iss": ISSUER + "/"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"], "azp": CLIENT},
        {"aud": []},
        {"azp": "somebody-else"},
        {"nonce": "another"},
        {"nonce": ""},
        {"exp": SECONDS - 61},
        {"exp": "2099-01-01"},
        {"exp": True},
        {"iat": SECONDS - 601},
        {"iat": SECONDS + 61},
        {"nbf": SECONDS + 61},
        {"auth_time": SECONDS + 61},
        {"auth_time": "now"},
        {"amr": "mfa"},
        {"at_hash": at_hash("another")},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        *({name: None} for name in ("iss", "sub", "aud", "iat", "exp", "nonce")),
    ],
    ids=str,
)
@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "10.5.1", "10.5.2", "10.5.3", "10.5.4")
def test_any_wrong_claim_refuses_it(wrong: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**GOOD, **wrong}.items() if value is not None}
    with pytest.raises(TokenRefusedError):
        judge(signed(claims, KEY), published(), EXPECTED)


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3")
def test_none_and_shared_secrets_sign_nothing() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "first"})
    with pytest.raises(TokenRefusedError, match="alg"):
        judge(f"{_part({'alg': 'none'})}.{_part(GOOD)}.", published(), EXPECTED)
    # The public key taken for a shared secret, as text and as the list has it
    for secret in (rsa.as_pem(private=False), str(rsa.as_dict(private=False)["n"]).encode()):
        head = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(GOOD)}"
        signature = hmac.digest(secret, head.encode(), "sha256")
        with pytest.raises(TokenRefusedError, match="alg"):
            judge(f"{head}.{_encoded(signature)}", published(rsa), EXPECTED)
    assert judge(signed(GOOD, rsa, "RS256"), published(rsa), EXPECTED)


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3")
def test_only_a_published_key_counts() -> None:
    stranger = key()
    for forged in (signed(GOOD, stranger), signed(GOOD, stranger, kid="unheard-of"), _cut(signed(GOOD, KEY))):
        with pytest.raises(KeyUnknownError):
            judge(forged, published(), EXPECTED)
    with pytest.raises(TokenRefusedError):
        judge(signed(GOOD, stranger, jwk=stranger.as_dict(private=False)), published(), EXPECTED)


@pytest.mark.parametrize("text", ["", "a.b", "....", "é.é.é", "e30.e30.", "W10.e30.x", "x" * 20_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        judge(text, published(), EXPECTED)


def _cut(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{'A' * 8}{signature[8:]}"


MFA = {"acr": "https://refeds.org/profile/mfa", "auth_time": SECONDS}


@pytest.mark.parametrize(
    ("claims", "factors"),
    [
        (MFA, 2),
        ({**MFA, "acr": "1"}, 1),
        ({**MFA, "auth_time": None}, 1),
        ({**MFA, "auth_time": SECONDS - 13 * 3600}, 1),
        ({"amr": ["pwd", "mfa"], "auth_time": SECONDS}, 2),
        ({"amr": ["pwd"], "auth_time": SECONDS}, 1),
        ({}, 1),
    ],
)
@pytest.mark.asvs("6.8.1", "6.8.4")
def test_two_factors_are_those_that_the_member_named(claims: dict[str, Any], factors: int) -> None:
    found = identity_of({**GOOD, **claims}, [MFA["acr"]], ["mfa"], NOW)  # type: ignore[list-item]  # the one text in it
    assert found.assurance == factors
    assert identity_of({**GOOD, **claims}, [], [], NOW).assurance == 1


def test_a_mail_address_counts_only_where_the_issuer_vouches_for_it_and_of_the_same_subject() -> None:
    def mail(claims: dict[str, Any], told: dict[str, Any] | None = None) -> str | None:
        return identity_of({**GOOD, **claims}, [], [], NOW + timedelta(0), told).email

    assert mail({"email": "a@b.example", "email_verified": True}) == "a@b.example"
    for doubtful in (False, "true", 1, None):
        assert mail({"email": "a@b.example", "email_verified": doubtful}) is None
    told = {"sub": GOOD["sub"], "email": "a@b.example", "email_verified": True}
    assert mail({}, told) == "a@b.example"
    assert mail({}, {**told, "sub": "another"}) is None
    assert mail({"email": "x@b.example"}, told) is None, "what the token says itself is not made good elsewhere"


def test_a_header_without_bottom_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=")
    with pytest.raises(TokenRefusedError, match="form"):
        judge(f"{deep}.e30.x", published(), EXPECTED)


@pytest.mark.parametrize("email", ["\ud800@city.example", "a\x00@city.example", "a" * 255, "", 5, None])
def test_what_is_no_address_is_none(email: object) -> None:
    claims = {**GOOD, "email": email, "email_verified": True}
    assert identity_of(claims, [], [], NOW).email is None
