"""The master keys that this process holds, by their ids."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import insert_rows
from foundation.sealing import keyfile, passphrases
from foundation.sealing.ciphers import cipher_of, key_id, opened
from foundation.sealing.errors import KeyFileMissing, PassphraseRefused, SealError
from foundation.sealing.models import DataKey, PassphraseKey

DIGESTS = "digests"
"""Owner of the key behind digests and answer tokens; not a member."""


@dataclass(frozen=True, slots=True)
class Master:
    """主鍵: one master key, ready for use."""

    id: str
    cipher: AESGCM

    @classmethod
    def of(cls, key: bytes) -> "Master":
        """Make a key ready. Raises SealError where it has another length."""
        return cls(key_id(key), cipher_of(key))


class Masters:
    """主鍵の束: the keys found in the file and beside it, and the one that follows from the passphrase.

    Given a file instead of a key, it reads it when first needed, and makes it only for a database without data keys.
    """

    def __init__(self, master: bytes | Path, passphrase: str = "") -> None:
        self.file = master if isinstance(master, Path) else None
        self._passphrase = passphrase
        self._held: dict[str, Master] = {}
        if isinstance(master, bytes):
            self.hold(Master.of(master))

    def hold(self, master: Master) -> None:
        """Keep a key ready."""
        self._held[master.id] = master

    def current(self, session: Session) -> Master:
        """Return the key that wraps new data keys, making it for a database without any.

        On PostgreSQL nobody exchanges it before the transaction ends.
        """
        row = session.execute(_CURRENT).one_or_none()
        if row is None:
            return self._first(session)
        return self._named(session, row.master) if row.master else self._unnamed()

    def open(self, session: Session, row: Any, place: str) -> bytes:
        """Unwrap a data key. Raises SealError, naming the remedy, where its master key is not to be had."""
        if row.master:
            key = opened(self._named(session, row.master).cipher, row.wrapped, place)
        else:
            self._look_beside()
            tried = (opened(each.cipher, row.wrapped, place) for each in self._held.values())
            key = next((each for each in tried if each is not None), None)
        if key is None:
            raise self._other()
        return key

    def settle(self, session: Session) -> None:
        """Note the master's id where there is none, and put in place the file that a killed rotation left."""
        master = self.current(session)
        session.execute(
            update(DataKey).where(DataKey.master.is_(None), DataKey.wrapped.is_not(None)).values(master=master.id)
        )
        if self.file is not None and session.get(PassphraseKey, master.id) is None:
            keyfile.put_in_place(self.file, master.id)

    def note(self, session: Session, passphrase: str) -> Master:
        """Make a master key of a passphrase and note what it is stretched with."""
        key, values = passphrases.fresh(passphrase)
        insert_rows(session, PassphraseKey, {**values, "made_at": clock.now(session)})
        return Master.of(key)

    def _first(self, session: Session) -> Master:
        if self._passphrase:
            made = self.note(session, passphrases.read_new(self._passphrase))
        elif self.file is not None:
            made = Master.of(keyfile.read_or_make_key_file(self.file))
        else:
            return next(iter(self._held.values()))
        self.hold(made)
        return made

    def _named(self, session: Session, wanted: str) -> Master:
        if wanted not in self._held:
            kept = session.get(PassphraseKey, wanted)
            if kept is None:
                self._look_beside()
            else:
                self._derive(kept)
        if wanted not in self._held:
            raise self._missing() if self._is_file_missing() else self._other()
        return self._held[wanted]

    def _unnamed(self) -> Master:
        self._look_beside()
        if not self._held:
            raise self._missing()
        return next(iter(self._held.values()))

    def _derive(self, kept: PassphraseKey) -> None:
        if not self._passphrase:
            raise PassphraseRefused(
                "このデータベースの主鍵は合言葉から作られています。YUIMARU_KEY_PASSPHRASE_FILE を指定してください。"
                " (the master key follows from a passphrase; set YUIMARU_KEY_PASSPHRASE_FILE)"
            )
        self.hold(Master.of(passphrases.derive(passphrases.read(self._passphrase), kept)))

    def _look_beside(self) -> None:
        for key in keyfile.keys_beside(self.file) if self.file else ():
            self._held.setdefault(key_id(key), Master.of(key))

    def _is_file_missing(self) -> bool:
        return self.file is not None and not self.file.exists()

    def _missing(self) -> SealError:
        return KeyFileMissing(
            f"主鍵のファイル {self.file} がありません。控えから戻すか、YUIMARU_KEY_FILE を確かめてください。"
            " (the master key's file is missing; restore it or see YUIMARU_KEY_FILE)"
        )

    def _other(self) -> SealError:
        return SealError(
            "主鍵がこのデータベースのものではありません。YUIMARU_KEY_FILE を確かめてください。"
            " (this is not the master key of this database; see YUIMARU_KEY_FILE)"
        )


_CURRENT = (
    select(DataKey.master)
    .where(DataKey.wrapped.is_not(None))
    .order_by(case((DataKey.owner == DIGESTS, 0), else_=1), DataKey.owner)
    .limit(1)
    .with_for_update(read=True)
)
