"""WebAuthn's two ceremonies, judged by its library: no passkey counts without the device's own check of its user."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

NAME = "結まーる"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Site:
    """サイト: to which host a passkey belongs, and from which origin it is used."""

    host: str
    origin: str

    @classmethod
    def of(cls, base_url: str) -> "Site":
        """Return the site of the service's own address; a device refuses any other."""
        parts = urlsplit(base_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True, slots=True)
class Key:
    """検証済みの鍵: a passkey after its check."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def creation_options(site: Site, challenge: bytes, person: str, name: str, known: list[bytes]) -> dict[str, Any]:
    """Return what a device needs to make a key for a person; those it has already are refused there."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 — half a second to load
    from webauthn.helpers.structs import (  # noqa: PLC0415 — as above
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=person.encode(),
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def request_options(site: Site, challenge: bytes) -> dict[str, Any]:
    """Return what a device needs to sign in; it offers its own keys, so nobody says who they are before."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 — as above
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 — as above

    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def created(site: Site, challenge: bytes, credential: dict[str, Any]) -> Key | None:
    """Return the key that a device made, or None where its answer does not hold."""
    from webauthn import verify_registration_response  # noqa: PLC0415 — as above

    try:
        checked = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 — whatever a stranger sends is a refusal, never a failure
        log.info("passkey_refused", reason=type(error).__name__)
        return None
    return Key(checked.credential_id, checked.credential_public_key, checked.sign_count)


def sign_count_after(site: Site, challenge: bytes, credential: dict[str, Any], key: Key) -> int | None:
    """Return the device's count after a right signature, or None; one that went back is a copied key."""
    from webauthn import verify_authentication_response  # noqa: PLC0415 — as above

    try:
        checked = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 — as above
        log.info("passkey_refused", reason=type(error).__name__)
        return None
    return checked.new_sign_count


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Return which key an answer names, or nothing that any key has."""
    from webauthn import base64url_to_bytes  # noqa: PLC0415 — as above

    try:
        return base64url_to_bytes(str(credential.get("rawId", "")))
    except ValueError:
        return b""
