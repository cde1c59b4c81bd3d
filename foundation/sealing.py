"""Sealed values: AES-256-GCM under one data key per owner, itself wrapped by the master key.

The row's identity is the associated data, so a sealed value moved to another row no longer opens.
Equality searches go through a keyed digest (HMAC-SHA-256) kept beside the sealed value.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Mapped, Session

from foundation.database.base import Base, Key, Sealed
from foundation.database.statements import insert_or_skip

NONCE = 12
KEY = 32
DIGESTS = "digests"
"""Owner of the key behind digests and answer tokens; not a member."""
READ = "data_keys_read"
MADE = "data_keys_made"


class DataKey(Base):
    """データ鍵: the key of one owner's sealed values, wrapped by the master key."""

    __tablename__ = "data_keys"

    owner: Mapped[Key]
    wrapped: Mapped[Sealed]


class SealError(RuntimeError):
    """A sealed value does not open: another master key, another row, or a changed byte."""


class KeyFileMissing(SealError):
    """The database was sealed with a master key whose file is gone: a new one would open nothing of it."""


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


class Keyring:
    """The master key and the data keys opened so far.

    Given a file instead of a key, it reads it when first needed, and makes it only for a database without data keys.
    """

    def __init__(self, master: bytes | Path) -> None:
        self._file = master if isinstance(master, Path) else None
        self._cipher = None if isinstance(master, Path) else _cipher(master)
        self._known: dict[str, OwnerKey] = {}

    def data_key(self, session: Session, owner: str) -> OwnerKey:
        """Return the owner's key, making it where there is none yet.

        A key made by this transaction is read again each time: a savepoint may take it back.
        """
        if known := self._known.get(owner):
            return known
        read: dict[str, OwnerKey] = session.info.setdefault(READ, {})
        if owner in read:
            return read[owner]
        wrapped = session.scalar(_WRAPPED, {"owner": owner})
        if wrapped is None:
            return self._make(session, owner)
        key = OwnerKey(_open(self._master(session), wrapped, owner))
        if owner not in session.info.get(MADE, ()):
            read[owner] = key
        return key

    def remember(self, session: Session) -> None:
        """Keep the keys that a transaction has read, now that it has ended well: they are stored for good."""
        self._known.update(session.info.get(READ, {}))

    def _make(self, session: Session, owner: str) -> OwnerKey:
        session.info.setdefault(MADE, set()).add(owner)
        master = self._master(session)
        wrapped = _seal(master, os.urandom(KEY), owner)
        insert_or_skip(session, DataKey, {"owner": owner, "wrapped": wrapped})
        return OwnerKey(_open(master, session.scalars(_WRAPPED, {"owner": owner}).one(), owner))

    def _master(self, session: Session) -> AESGCM:
        if self._cipher is None:
            assert self._file is not None
            if not self._file.exists() and session.scalar(select(DataKey.owner).limit(1)) is not None:
                raise KeyFileMissing(
                    f"主鍵のファイル {self._file} がありません。控えから戻すか、YUIMARU_KEY_FILE を確かめてください。"
                    " (the master key's file is missing; restore it or see YUIMARU_KEY_FILE)"
                )
            self._cipher = _cipher(read_or_make_key_file(self._file))
        return self._cipher


def _cipher(master: bytes) -> AESGCM:
    if len(master) != KEY:
        raise SealError("the master key must have 32 bytes")
    return AESGCM(master)


_WRAPPED = select(DataKey.wrapped).where(DataKey.owner == bindparam("owner"))


def read_or_make_key_file(path: Path) -> bytes:
    """Return the master key in a file (32 bytes, written as 64 hexadecimal digits), making it where absent."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text().strip())
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(KEY).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return bytes.fromhex(path.read_text().strip())


def seal(session: Session, owner: str, place: str, row: str, text: str) -> bytes:
    """Seal a text for one owner; `place` is table.column and `row` the row's id."""
    key = _keyring(session).data_key(session, owner).cipher
    return _seal(key, text.encode(), f"{owner}|{place}|{row}")


def unseal(session: Session, owner: str, place: str, row: str, sealed: bytes) -> str:
    """Open what `seal` closed. Raises SealError where it does not fit its place."""
    key = _keyring(session).data_key(session, owner).cipher
    return _open(key, sealed, f"{owner}|{place}|{row}").decode()


def seal_bytes(session: Session, owner: str, place: str, row: str, content: bytes) -> bytes:
    """Seal bytes for one owner, as `seal` does with texts."""
    key = _keyring(session).data_key(session, owner).cipher
    return _seal(key, content, f"{owner}|{place}|{row}")


def unseal_bytes(session: Session, owner: str, place: str, row: str, sealed: bytes) -> bytes:
    """Open what `seal_bytes` closed. Raises SealError where it does not fit its place."""
    key = _keyring(session).data_key(session, owner).cipher
    return _open(key, sealed, f"{owner}|{place}|{row}")


def digest(session: Session, purpose: str, text: str) -> bytes:
    """Return a keyed digest for equality searches; the same text has another one for another purpose."""
    return _keyring(session).data_key(session, DIGESTS).digest(f"{purpose}|{text}".encode())


def check_master_key(session: Session) -> None:
    """Raise SealError where the master key is missing or another one: better now than at each call."""
    try:
        _keyring(session).data_key(session, DIGESTS)
    except KeyFileMissing:
        raise
    except SealError:
        raise SealError(
            "主鍵がこのデータベースのものではありません。YUIMARU_KEY_FILE を確かめてください。"
            " (this is not the master key of this database; see YUIMARU_KEY_FILE)"
        ) from None


def _keyring(session: Session) -> Keyring:
    keyring = session.info["keyring"]
    assert isinstance(keyring, Keyring)
    return keyring


def _seal(key: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, plain, place.encode())


def _open(key: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag:
        raise SealError(f"a sealed value does not open at {place.split('|')[1:2] or place}") from None
