"""A device with one passkey, as WebAuthn describes it: enough to register it and to sign in by it."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api_client import BASE, Service
from tests.service.signing_in import as_session

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """パスキーを持つ端末: signs what it is asked, and counts."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int = 0
    flags: int = PRESENT | VERIFIED

    def created(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a registration."""
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(key)
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=_client("webauthn.create", options), attestationObject=attestation)

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a sign-in."""
        self.count += 1
        client, data = _client("webauthn.get", options), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        host = (urlsplit(BASE).hostname or "").encode()
        return hashlib.sha256(host).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, **response: bytes) -> dict[str, Any]:
        known = _text(self.credential)
        return {
            "id": known,
            "rawId": known,
            "type": "public-key",
            "response": {name: _text(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }


async def registered(service: Service, session: str) -> Device:
    """Register a new device in a session."""
    device = Device()
    asked = (await as_session(service, session, "POST", "/api/me/passkeys/options")).json()
    draft = {"challenge": asked["challenge"], "credential": device.created(asked["options"]), "name": "端末"}
    made = await as_session(service, session, "POST", "/api/me/passkeys", json=draft)
    assert made.status_code == 201, made.text
    return device


def _client(kind: str, options: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "challenge": options["challenge"], "origin": BASE}).encode()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
