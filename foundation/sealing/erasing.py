"""Crypto-erasure: an owner's data keys are destroyed, and with them every value that stands under them.

The digests by which values were found go as well, since whoever holds the master key could try all telephone numbers
against them; and what stands under a key that all members share is blanked row by row.
"""

import os

from sqlalchemy import LargeBinary, Select, func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import dialect_of
from foundation.sealing.columns import SealedColumn, sealed_columns
from foundation.sealing.errors import SealError
from foundation.sealing.keyring import keyring_of
from foundation.sealing.masters import DIGESTS
from foundation.sealing.models import DataKey
from foundation.sealing.values import BLANK

DIGEST = 32


def erase(session: Session, owner: str) -> dict[str, int]:
    """Destroy all versions of an owner's key; return how many values were lost, by their place."""
    if owner == DIGESTS or any(each.under.shared == owner for each in sealed_columns()):
        raise SealError(f"the key of {owner} is shared by all members")
    lost = {column.place: _count(session, column, owner) for column in sealed_columns()}
    for column in sealed_columns():
        _blank(session, column, owner)
    _destroy(session, owner)
    return {place: count for place, count in lost.items() if count}


def is_erased(session: Session, owner: str) -> bool:
    """Tell whether an owner's keys were destroyed."""
    statement = select(DataKey.owner).where(DataKey.owner == owner, DataKey.erased_at.is_not(None)).limit(1)
    return session.scalar(statement) is not None


def erased_owners() -> Select[str]:
    """Return the owners whose keys were destroyed, for a query that leaves them out."""
    return select(DataKey.owner).where(DataKey.erased_at.is_not(None))


def _count(session: Session, column: SealedColumn, owner: str) -> int:
    is_there = column.column.is_not(None) if column.under.is_json else column.column != BLANK
    return session.scalar(select(func.count()).where(column.is_of(owner), is_there)) or 0


def _blank(session: Session, column: SealedColumn, owner: str) -> None:
    if column.is_shared:
        session.execute(update(column.table).where(column.is_of(owner)).values({column.column: BLANK}))
    if column.under.digest is None:
        return
    digest = column.table.c[column.under.digest]
    rows = session.scalars(select(column.key).where(column.is_of(owner))).all()
    for row in rows:
        session.execute(update(column.table).where(column.key == row).values({digest: os.urandom(DIGEST)}))


def _destroy(session: Session, owner: str) -> None:
    keyring = keyring_of(session)
    if keyring.keys(session, owner) is None:
        # Without a tombstone the next value would make it a key
        session.add(DataKey(owner=owner, version=1))
        session.flush()
    # Overwritten in its place first: SQLite keeps what an update shortens until `secure_delete` zeroes it
    if dialect_of(session) == "sqlite":
        zeros = func.zeroblob(func.length(DataKey.wrapped), type_=LargeBinary)
        session.execute(update(DataKey).where(DataKey.owner == owner).values(wrapped=zeros))
    session.execute(
        update(DataKey)
        .where(DataKey.owner == owner)
        .values(wrapped=None, reached=None, erased_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
    keyring.changed(session, owner)
