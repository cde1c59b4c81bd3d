"""AES-256-GCM as it is used here: how a sealed value looks, and what a master key is known by.

A value is `header | nonce | ciphertext and tag`. The header names the version of the owner's data key; values from
before there were versions have none and stand under version 1. A nonce that happens to look like a header is no
danger: what does not authenticate as the one is tried as the other, and nothing authenticates as both.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.sealing.errors import SealError

NONCE = 12
KEY = 32
TAG = 16
MAGIC = b"\x00yk\x01"
VERSION = 2
"""Bytes of a header's version, after the magic ones."""
HEADER = len(MAGIC) + VERSION
FIRST = 1
"""The version of a key that was made before there were versions, and of every owner's first one."""
_ID = b"yuimaru master key"


class OwnerKey:
    """An owner's data key, made ready for what it is used for: a cipher and a keyed digest."""

    def __init__(self, key: bytes) -> None:
        self.cipher = AESGCM(key)
        self._digest = hmac.new(key, digestmod=hashlib.sha256)

    def digest(self, text: bytes) -> bytes:
        """Return the keyed digest of a text."""
        digesting = self._digest.copy()
        digesting.update(text)
        return digesting.digest()


def key_id(master: bytes) -> str:
    """Return what a master key is known by: 16 hexadecimal digits that tell nothing of it."""
    return hmac.new(master, _ID, hashlib.sha256).hexdigest()[:16]


def cipher_of(master: bytes) -> AESGCM:
    """Return the cipher of a master key. Raises SealError where it has another length."""
    if len(master) != KEY:
        raise SealError("the master key must have 32 bytes")
    return AESGCM(master)


def header(version: int) -> bytes:
    """Return what a value sealed under a version of its key begins with."""
    return MAGIC + version.to_bytes(VERSION, "big")


def version_in(sealed: bytes) -> int | None:
    """Return the version that a value's header names; None where it has no header."""
    if not sealed.startswith(MAGIC) or len(sealed) < HEADER + NONCE + TAG:
        return None
    return int.from_bytes(sealed[len(MAGIC) : HEADER], "big")


def close(key: AESGCM, plain: bytes, place: str) -> bytes:
    """Seal bytes for a place, under a fresh nonce."""
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, plain, place.encode())


def opened(key: AESGCM, sealed: bytes, place: str) -> bytes | None:
    """Open what `close` sealed; None where it does not authenticate."""
    if len(sealed) < NONCE + TAG:
        return None
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag:
        return None
