"""Sealing and opening values, and the digests by which they are found.

The row's identity is the associated data, so a sealed value moved to another row no longer opens.
Equality searches go through a keyed digest (HMAC-SHA-256) kept beside the sealed value.
"""

from sqlalchemy.orm import Session

from foundation.sealing.ciphers import FIRST, HEADER, close, header, opened, version_in
from foundation.sealing.errors import KeyErased, SealError
from foundation.sealing.keyring import OwnerKeys, keyring_of
from foundation.sealing.masters import DIGESTS

ERASED = "消去済み"
"""What stands in the place of a value whose owner's keys were destroyed."""
BLANK = b""
"""What is kept instead of a value under a shared key, when its owner is erased."""


def seal(session: Session, owner: str, place: str, row: str, text: str) -> bytes:
    """Seal a text for one owner; `place` is table.column and `row` the row's id. Raises KeyErased."""
    keys = keyring_of(session).keys_to_seal(session, owner)
    return header(keys.version) + close(keys.current.cipher, text.encode(), f"{owner}|{place}|{row}")


def unseal(session: Session, owner: str, place: str, row: str, sealed: bytes) -> str:
    """Open what `seal` closed. Raises SealError where it does not fit its place, KeyErased."""
    return unseal_with_version(session, owner, place, row, sealed)[1]


def shown(session: Session, owner: str, place: str, row: str, sealed: bytes) -> str:
    """Open a value for a view; one that was erased says so."""
    try:
        return unseal(session, owner, place, row, sealed)
    except KeyErased:
        return ERASED


def unseal_with_version(session: Session, owner: str, place: str, row: str, sealed: bytes) -> tuple[int, str]:
    """Open a value and tell which version of its owner's key it stands under. Raises SealError, KeyErased."""
    keys = keyring_of(session).keys(session, owner)
    if sealed == BLANK or (keys is not None and not keys.versions):
        raise KeyErased
    found = _opened(keys, sealed, f"{owner}|{place}|{row}") if keys else None
    if found is None:
        raise SealError(f"a sealed value does not open at {place}")
    return found[0], found[1].decode()


def digest(session: Session, purpose: str, text: str) -> bytes:
    """Return a keyed digest for equality searches; the same text has another one for another purpose."""
    keys = keyring_of(session).keys_to_seal(session, DIGESTS)
    return keys.current.digest(f"{purpose}|{text}".encode())


def _opened(keys: OwnerKeys, sealed: bytes, place: str) -> tuple[int, bytes] | None:
    named = version_in(sealed)
    if named is not None and named in keys.versions:
        plain = opened(keys.versions[named].cipher, sealed[HEADER:], place)
        if plain is not None:
            return named, plain
    # From before there were versions, with a nonce that may look like a header
    if FIRST in keys.versions and (plain := opened(keys.versions[FIRST].cipher, sealed, place)) is not None:
        return FIRST, plain
    return None
