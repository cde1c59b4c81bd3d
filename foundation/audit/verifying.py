"""Checking the whole record: every row, head and anchor, as a stream, so that its size doesn't matter."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Text, cast, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from foundation import clock
from foundation.audit import anchors
from foundation.audit.anchors import Anchor
from foundation.audit.chain import GENESIS, anchor_hash, instant, parsed
from foundation.audit.checkpoints import Checkpoint
from foundation.audit.faults import ChainCheck, Fault, FaultKind
from foundation.audit.models import AnchoredHead, Audit, AuditAnchor, AuditHead

AT_ONCE = 1000
"""Rows fetched, and anchored heads looked up, at a time."""
SEALED_WITHIN = timedelta(minutes=10)
"""After this, and ten rounds of any worker, a row is under an anchor; no transaction takes as long."""
MOST = 100
"""How many faults are told; the others are counted."""


@dataclass(slots=True)
class Verification:
    """検査結果: how much was checked and what is wrong with it.

    `unsealed` counts the chains with rows that no anchor holds though a worker would have made one, `unsealed_since`
    is the oldest such row's instant: a worker that didn't run, or anchors taken away, which nothing here tells apart.
    """

    rows: int = 0
    chains: int = 0
    anchors: int = 0
    newest: Anchor | None = None
    unsealed: int = 0
    unsealed_since: str | None = None
    faults: list[Fault] = field(default_factory=list)
    faults_in_all: int = 0

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults_in_all

    def add(self, *faults: Fault) -> None:
        """Keep faults, as far as they are told."""
        self.faults_in_all += len(faults)
        self.faults += faults[: MOST - len(self.faults)]


def verify(session: Session, checkpoint: Checkpoint | None = None) -> Verification:
    """Recompute the record as one snapshot shows it, and hold it against a checkpoint that was kept outside."""
    found = Verification(newest=anchors.newest(session))
    with _any_text(session):
        _check_rows(session, found)
        _check_anchors(session, found)
    if checkpoint is not None:
        _check_checkpoint(session, found, checkpoint)
    return found


def verify_chain(session: Session, chain: str) -> Verification:
    """Recompute the rows of one chain alone; its anchors, and what they would show, are left to `verify`."""
    found = Verification(chains=1)
    with _any_text(session):
        head = session.execute(select(*_of(AuditHead)).where(AuditHead.chain == chain)).one_or_none()
        check = ChainCheck(chain, (head.sequence, head.hash) if head else None)
        for row in _rows(session, chain):
            check.take(row)
            found.rows += 1
    if found.rows or (head is not None and head.sequence):
        found.add(*check.finish())
    return found


@contextmanager
def _any_text(session: Session) -> Iterator[None]:
    """Let SQLite give back text that is no UTF-8: it was never written, and must be told, not stumbled over."""
    driver: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    driver.text_factory = _as_it_is
    try:
        yield
    finally:
        driver.text_factory = str


def _as_it_is(text: bytes) -> str:
    return text.decode(errors="surrogateescape")


def _check_rows(session: Session, found: Verification) -> None:
    heads = {row.chain: (row.sequence, row.hash) for row in session.execute(select(*_of(AuditHead)))}
    found.chains = len(heads)
    check: ChainCheck | None = None
    for row in _rows(session):
        if check is None or check.chain != row["chain"]:
            if check is not None:
                found.add(*check.finish())
            check = ChainCheck(row["chain"], heads.pop(row["chain"], None))
        check.take(row)
        found.rows += 1
    if check is not None:
        found.add(*check.finish())
    for chain, head in heads.items():
        found.add(*ChainCheck(chain, head).finish() if head[0] else ())


def _rows(session: Session, chain: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield all rows, or one chain's, chain by chain, as the hash covers them.

    What was never a value of ours stays as it is.
    """
    columns = [each for each in _of(Audit) if each.key not in {"at", "facts"}]
    at = _instant_of(session, Audit.at)
    statement = select(*columns, at.label("at"), cast(Audit.facts, Text).label("facts"))
    if chain is not None:
        statement = statement.where(Audit.chain == chain)
    ordered = statement.order_by(Audit.chain, Audit.sequence).execution_options(yield_per=AT_ONCE)
    for row in session.connection().execute(ordered).mappings():
        yield {**row, "at": _written(row["at"]), "facts": _read(row["facts"])}


def _instant_of(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """On SQLite an instant is text, and may have been made any text: it is taken as it stands."""
    return type_coerce(column, String) if session.get_bind().dialect.name == "sqlite" else column.expression


def _written(at: Any) -> Any:
    """Return an instant as the hash covers it; SQLite's text only as it was written, since filters compare texts."""
    if isinstance(at, str):
        return f"{at[:10]}T{at[11:]}Z" if at[10:11] == " " else None
    return instant(at) if hasattr(at, "astimezone") else at


def _read(facts: Any) -> Any:
    try:
        return parsed(facts)
    except (TypeError, ValueError):
        return None


def _check_anchors(session: Session, found: Verification) -> None:
    at = _instant_of(session, AuditAnchor.at)
    columns = [each for each in _of(AuditAnchor) if each.key != "at"]
    statement = select(*columns, at.label("at")).order_by(AuditAnchor.number).execution_options(yield_per=AT_ONCE)
    previous, number = GENESIS, 0
    waiting: list[tuple[str, int, bytes, int]] = []
    reached: dict[str, int] = {}
    blamed: set[str] = set()
    for row in session.connection().execute(statement).mappings():
        found.anchors += 1
        number += 1
        heads = _heads_of(dict(row)) if row["number"] == number and row["previous_hash"] == previous else None
        if heads is None:
            found.add(Fault(FaultKind.ANCHOR, anchor=row["number"]))
        for chain, (sequence, end) in (heads or {}).items():
            waiting.append((chain, sequence, end, row["number"]))
            reached[chain] = sequence
        previous, number = row["hash"], row["number"]
        if len(waiting) >= AT_ONCE:
            found.add(*_differing(session, waiting, blamed))
            waiting.clear()
    found.add(*_differing(session, waiting, blamed))
    _check_reach(session, found, reached)
    _check_sealed(session, found, reached)


def _heads_of(row: Mapping[str, Any]) -> dict[str, tuple[int, bytes]] | None:
    """Return an anchor's heads, or None where its hash does not follow from it."""
    try:
        heads = parsed(row["heads"])
        if anchor_hash(row["previous_hash"], row["number"], _written(row["at"]), heads) != row["hash"]:
            return None
        return anchors.heads_in(row["heads"])
    except (TypeError, ValueError, AttributeError):
        return None


def _differing(session: Session, anchored: list[tuple[str, int, bytes, int]], blamed: set[str]) -> list[Fault]:
    """Return where the chains are not what the anchors say, once for each chain."""
    if not anchored:
        return []
    places = [(chain, sequence) for chain, sequence, _, _ in anchored]
    statement = select(Audit.chain, Audit.sequence, Audit.hash).where(tuple_(Audit.chain, Audit.sequence).in_(places))
    kept = {(row.chain, row.sequence): row.hash for row in session.connection().execute(statement)}
    faults = []
    for chain, sequence, end, number in anchored:
        if chain not in blamed and kept.get((chain, sequence)) != end:
            blamed.add(chain)
            kind = FaultKind.ANCHOR if (chain, sequence) in kept else FaultKind.TRUNCATED
            faults.append(Fault(kind, chain, sequence, anchor=number))
    return faults


def _check_reach(session: Session, found: Verification, reached: dict[str, int]) -> None:
    """Hold what the next anchor will be made from against the anchors: else it could be told to pass a chain by."""
    kept = {row.chain: row.sequence for row in session.execute(select(*_of(AnchoredHead)))}
    for chain in sorted(kept.keys() | reached.keys()):
        if kept.get(chain) != reached.get(chain):
            found.add(Fault(FaultKind.ANCHOR, chain, reached.get(chain)))


def _check_sealed(session: Session, found: Verification, reached: dict[str, int]) -> None:
    """An anchor holds every row of its time: what it passed by was put there later; the rest may still wait."""
    passed_by = instant(found.newest.at - SEALED_WITHIN) if found.newest else ""
    late = instant(clock.now(session) - SEALED_WITHIN)
    heads = session.execute(select(AuditHead.chain, AuditHead.sequence).order_by(AuditHead.chain)).all()
    for chain in [head.chain for head in heads if head.sequence > reached.get(head.chain, 0)]:
        first = reached.get(chain, 0) + 1
        column = _instant_of(session, Audit.at)
        at = _written(session.scalar(select(column).where(Audit.chain == chain, Audit.sequence == first)))
        if at is None or at >= late:
            continue
        if at < passed_by:
            found.add(Fault(FaultKind.ANCHOR, chain, first))
        found.unsealed += 1
        found.unsealed_since = min(at, found.unsealed_since or at)


def _check_checkpoint(session: Session, found: Verification, checkpoint: Checkpoint) -> None:
    kept = session.scalar(select(AuditAnchor.hash).where(AuditAnchor.number == checkpoint.number))
    if kept != checkpoint.hash:
        found.add(Fault(FaultKind.ROLLED_BACK, anchor=checkpoint.number))


def _of(table: type[Any]) -> list[ColumnElement[Any]]:
    return list(table.__table__.c)
