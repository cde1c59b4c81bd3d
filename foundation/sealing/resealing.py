"""A new version of an owner's data key: new values at once, others rewritten bit by bit, the old version destroyed.

Rewriting begins when every process has forgotten that the old version was the newest, so nothing is sealed under it
behind the rewriting's back; and nothing is destroyed before a last look has found no value under it.
"""

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.sealing.ciphers import header
from foundation.sealing.columns import SealedColumn, sealed_columns
from foundation.sealing.errors import KeyErased, SealError
from foundation.sealing.facts import resealed_facts
from foundation.sealing.keyring import KEPT, keyring_of
from foundation.sealing.masters import DIGESTS
from foundation.sealing.models import DataKey
from foundation.sealing.values import BLANK, seal, unseal_with_version

WAIT = 5 * KEPT
"""From a new version to the beginning of the rewriting: any transaction that knew only the old one has ended."""
AT_ONCE = 200
"""Rows rewritten in one transaction: well under a tenth of a second."""
END = "~"
"""Stands behind every id: a column that is done."""


def renew(session: Session, owner: str) -> int:
    """Make the next version of an owner's key and return its number. Raises KeyErased, SealError.

    Where a former version is still being rewritten, its successor is kept: the answer is then that one.
    """
    keyring = keyring_of(session)
    keys = keyring.keys(session, owner)
    if keys is None or owner == DIGESTS:
        raise SealError(f"there is no data key of {owner} that could be renewed")
    if _retired(session, owner):
        return keys.version
    session.execute(
        update(DataKey)
        .where(DataKey.owner == owner, DataKey.version == keys.version)
        .values(retired_at=clock.now(session))
    )
    keyring.add(session, owner, keys.version + 1)
    keyring.changed(session, owner)
    return keys.version + 1


def rewrite(session: Session, owner: str) -> bool:
    """Rewrite some values of an owner under its newest key; True once nothing stands under an older one."""
    retired = _retired(session, owner)
    if not retired:
        return True
    if max(each.retired_at or clock.now(session) for each in retired) > clock.now(session) - WAIT:
        return False
    name, _, after = (retired[0].reached or "").partition("|")
    columns = [each for each in sealed_columns() if each.place >= name]
    left = AT_ONCE
    for column in columns:
        reached, count = _rewrite_column(session, column, owner, after if column.place == name else "", left)
        left -= count
        retired[0].reached = f"{column.place}|{reached}"
        if reached != END:
            return False
    return _destroy(session, owner, retired)


def _retired(session: Session, owner: str) -> list[DataKey]:
    statement = select(DataKey).where(
        DataKey.owner == owner, DataKey.retired_at.is_not(None), DataKey.wrapped.is_not(None)
    )
    return list(session.scalars(statement.order_by(DataKey.version).with_for_update()))


def _rewrite_column(session: Session, column: SealedColumn, owner: str, after: str, limit: int) -> tuple[str, int]:
    """Rewrite up to so many rows; return the last one's id, or END, and how many there were."""
    if after == END or limit <= 0:
        return after, 0
    if column.under.is_json:
        return END, _rewrite_facts(session, column, owner)
    statement = (
        select(column.key, column.column)
        .where(column.is_under(owner), column.column.is_not(None), column.column != BLANK, column.key > after)
        .order_by(column.key)
        .limit(limit)
        .with_for_update(of=column.table)
    )
    rows = session.execute(statement).all()
    for row, sealed in rows:
        fresh = _sealed_anew(session, owner, column.place, row, sealed)
        if fresh is not None:
            session.execute(update(column.table).where(column.key == row).values({column.column: fresh}))
    return (rows[-1][0], len(rows)) if len(rows) == limit else (END, len(rows))


def _sealed_anew(session: Session, owner: str, place: str, row: str, sealed: bytes) -> bytes | None:
    """Return a value under the newest key; None where it stands under it."""
    version, text = unseal_with_version(session, owner, place, row, sealed)
    keys = keyring_of(session).keys(session, owner)
    is_newest = keys is None or version == keys.version
    return None if is_newest else seal(session, owner, place, row, text)


def _rewrite_facts(session: Session, column: SealedColumn, owner: str) -> int:
    """Rewrite all facts of an owner at once: links that sign in, and few of them."""
    keys = list(column.table.primary_key.columns)
    statement = select(*keys, column.column).where(column.is_under(owner)).with_for_update(of=column.table)
    rows = session.execute(statement).all()
    for *row, facts in rows:
        is_row = and_(*(key == value for key, value in zip(keys, row, strict=True)))
        fresh = resealed_facts(session, owner, column.place, facts)
        session.execute(update(column.table).where(is_row).values({column.column: fresh}))
    return len(rows)


def _destroy(session: Session, owner: str, retired: list[DataKey]) -> bool:
    """Destroy the retired versions; where a value turned up that stands under one, begin anew instead."""
    keyring = keyring_of(session)
    keys = keyring.keys(session, owner)
    if keys is None or not keys.versions:
        raise KeyErased
    start = header(keys.version)
    for column in sealed_columns():
        if not column.under.is_json and _is_left(session, column, owner, start):
            retired[0].reached = None
            return False
    for each in retired:
        each.wrapped, each.reached = None, None
    session.flush()
    keyring.changed(session, owner)
    return True


def _is_left(session: Session, column: SealedColumn, owner: str, start: bytes) -> bool:
    left = select(func.count()).where(column.is_under(owner), column.column != BLANK, ~column.begins_with(start))
    return bool(session.scalar(left))
