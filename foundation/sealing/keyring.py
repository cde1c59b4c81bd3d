"""The owners' data keys, opened as they are needed and forgotten soon."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import insert_or_skip
from foundation.sealing.ciphers import FIRST, KEY, OwnerKey, close
from foundation.sealing.errors import KeyErased
from foundation.sealing.masters import DIGESTS, Master, Masters
from foundation.sealing.models import DataKey

KEPT = timedelta(minutes=1)
"""How long an opened key is used without looking again: after it, every process knows of a new or an erased one."""
READ = "data_keys_read"
MADE = "data_keys_made"
CHANGED = "data_keys_changed"


@dataclass(frozen=True, slots=True)
class OwnerKeys:
    """データ鍵の版: what an owner's values are opened with; the highest version seals. An erased owner has none."""

    versions: Mapping[int, OwnerKey]
    read_at: datetime

    @property
    def version(self) -> int:
        """The version that seals. Raises KeyErased."""
        if not self.versions:
            raise KeyErased
        return max(self.versions)

    @property
    def current(self) -> OwnerKey:
        """The key that seals. Raises KeyErased."""
        return self.versions[self.version]


class Keyring:
    """鍵束: the master keys, and the data keys opened so far."""

    def __init__(self, master: bytes | Path, passphrase: str = "") -> None:
        self.masters = Masters(master, passphrase)
        self._known: dict[str, OwnerKeys] = {}

    def keys(self, session: Session, owner: str) -> OwnerKeys | None:
        """Return an owner's keys, None where it never had any.

        Keys made or changed by this transaction are read again each time: a savepoint may take them back.
        """
        is_changed = owner in session.info.get(CHANGED, ())
        if not is_changed and (known := self._fresh(session, owner)):
            return known
        read: dict[str, OwnerKeys] = session.info.setdefault(READ, {})
        if owner in read and not is_changed:
            return read[owner]
        rows = session.execute(_OF_OWNER, {"owner": owner}).all()
        if not rows:
            return None
        keys = self._opened(session, owner, rows)
        if owner not in session.info.get(MADE, ()) and not is_changed:
            read[owner] = keys
        return keys

    def read_ahead(self, session: Session, owners: Collection[str]) -> None:
        """Read the keys of many owners at once, those that are not known yet."""
        read: dict[str, OwnerKeys] = session.info.setdefault(READ, {})
        passed_over = {*read, *session.info.get(MADE, ()), *session.info.get(CHANGED, ())}
        wanted = {owner for owner in owners if owner not in passed_over and not self._fresh(session, owner)}
        if wanted:
            rows = session.execute(_OF_OWNERS, {"owners": sorted(wanted)})
            for owner, own in groupby(rows, key=attrgetter("owner")):
                read[owner] = self._opened(session, owner, list(own))

    def keys_to_seal(self, session: Session, owner: str) -> OwnerKeys:
        """Return an owner's keys, making the first where it never had any."""
        return self.keys(session, owner) or self._make(session, owner)

    def remember(self, session: Session) -> None:
        """Keep the keys that a transaction has read, now that it has ended well: they are stored for good."""
        self._known.update(session.info.get(READ, {}))
        for owner in session.info.get(CHANGED, ()):
            self._known.pop(owner, None)

    def changed(self, session: Session, owner: str) -> None:
        """Note that a transaction changes an owner's keys: from now on they are read anew."""
        session.info.setdefault(CHANGED, set()).add(owner)
        session.info.get(READ, {}).pop(owner, None)

    def add(self, session: Session, owner: str, version: int) -> None:
        """Make a version of an owner's key, unless somebody else just did."""
        master = self.masters.current(session)
        wrapped = close(master.cipher, os.urandom(KEY), place_of(owner, version))
        row = {"owner": owner, "version": version, "wrapped": wrapped, "master": master.id}
        insert_or_skip(session, DataKey, row)

    def _fresh(self, session: Session, owner: str) -> OwnerKeys | None:
        known = self._known.get(owner)
        return known if known and abs(clock.now(session) - known.read_at) < KEPT else None

    def _make(self, session: Session, owner: str) -> OwnerKeys:
        session.info.setdefault(MADE, set()).add(owner)
        self.add(session, owner, FIRST)
        return self._opened(session, owner, session.execute(_OF_OWNER, {"owner": owner}).all())

    def _opened(self, session: Session, owner: str, rows: Any) -> OwnerKeys:
        versions = {
            row.version: OwnerKey(self.masters.open(session, row, place_of(owner, row.version)))
            for row in rows
            if row.wrapped is not None
        }
        return OwnerKeys(versions, clock.now(session))


def place_of(owner: str, version: int) -> str:
    """Return what a wrapped data key is bound to."""
    return owner if version == FIRST else f"{owner}|{version}"


def keyring_of(session: Session) -> Keyring:
    """Return the keyring that the transaction was given."""
    keyring = session.info["keyring"]
    assert isinstance(keyring, Keyring)
    return keyring


def check_master_key(session: Session) -> None:
    """Raise SealError where the master key is missing or another one: better now than at each call."""
    keyring = keyring_of(session)
    keyring.keys_to_seal(session, DIGESTS)
    keyring.masters.settle(session)


def rewrap(session: Session, master: Master) -> tuple[str, int]:
    """Wrap every data key by a new master key; return the former one's id and how many there were.

    Whoever makes a data key meanwhile waits, and then uses the new one.
    """
    masters = keyring_of(session).masters
    session.execute(select(DataKey.owner).where(DataKey.owner == DIGESTS).with_for_update()).all()
    former = masters.current(session)
    masters.hold(master)
    rows = session.scalars(select(DataKey).where(DataKey.wrapped.is_not(None)).with_for_update()).all()
    for row in rows:
        place = place_of(row.owner, row.version)
        row.wrapped = close(master.cipher, masters.open(session, row, place), place)
        row.master = master.id
    session.flush()
    return former.id, len(rows)


_OF_OWNER = (
    select(DataKey.version, DataKey.wrapped, DataKey.master)
    .where(DataKey.owner == bindparam("owner"))
    .order_by(DataKey.version)
)
_OF_OWNERS = (
    select(DataKey.owner, DataKey.version, DataKey.wrapped, DataKey.master)
    .where(DataKey.owner.in_(bindparam("owners", expanding=True)))
    .order_by(DataKey.owner, DataKey.version)
)
